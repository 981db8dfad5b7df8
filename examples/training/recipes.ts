/**
 * @file The models that are trained: two linear ones that differ in their loss, and a network of two hidden layers.
 */
import { adamw, cosineSchedule, LinearSVC, MLPClassifier, sgd, SoftmaxClassifier, UsageError } from 'chainrule';

/** Any of them. */
export type Model = SoftmaxClassifier | LinearSVC | MLPClassifier;

/** Names of the models. */
export const models = ['softmax', 'svm', 'mlp'] as const;

/** A model for a training of this many steps. */
export function makeModel(
  name: string,
  { epochs, steps, hidden, lambda }: { epochs: number; steps: number; hidden: readonly number[]; lambda: number },
): Model {
  const decaySteps = Math.max(1, steps);
  const common = { epochs, batchSize: 128, randomState: 0 };
  if (name === 'softmax')
    return new SoftmaxClassifier({ ...common, lambda, optimizer: sgd({ lr: cosineSchedule(0.02, { decaySteps }), momentum: 0.9 }) });
  if (name === 'svm')
    return new LinearSVC({ ...common, lambda, optimizer: sgd({ lr: cosineSchedule(0.004, { decaySteps }), momentum: 0.9 }) });
  if (name === 'mlp') {
    const optimizer = adamw({ lr: cosineSchedule(2e-3, { decaySteps }), weightDecay: 0.05 });
    return new MLPClassifier({ ...common, hiddenLayerSizes: hidden, dropout: 0.2, batchNorm: true, optimizer });
  }
  throw new UsageError('npm run train', `unknown model '${name}'`, undefined, models.join(', '));
}
