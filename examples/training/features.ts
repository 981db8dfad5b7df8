/**
 * @file What a model sees of an image: its pixels, the histogram of its colours, or that of its edges; each column with mean 0 and
 * deviation 1 on the training data.
 */
import { add, cast, colorHistogram, concatFeatures, div, hog, mean, reshape, std, sub, type Tensor, UsageError } from 'chainrule';
import type { Part } from '../digits/data.js';
import type { Images } from '../neighbors/data.js';

/** Names of the features. */
export const features = ['pixels', 'colors', 'hog'] as const;

function extract(kind: string, X: Tensor, shape: readonly [number, number, number]): Tensor {
  if (kind === 'pixels') return cast(X, 'float32');
  const images = reshape(X, [X.shape[0]!, ...shape]);
  // the lecture joins several features of an image to one vector (001:1016)
  if (kind === 'colors') return cast(colorHistogram(images, { bins: 16, normalize: true }), 'float32');
  if (kind === 'hog')
    return cast(
      concatFeatures(
        (x: Tensor) => hog(x),
        (x: Tensor) => colorHistogram(x, { bins: 8, normalize: true }),
      )(images),
      'float32',
    );
  throw new UsageError('npm run train', `unknown features '${kind}'`, undefined, features.join(', '));
}

/** Training and test features. A column that never changes stays 0. */
export function featuresOf(kind: string, { train, test, imageShape }: Images): { train: Part; test: Part } {
  const raw = extract(kind, train.X, imageShape);
  const center = mean(raw, { axis: 0 });
  const scale = add(std(raw, { axis: 0 }), 1e-3);
  const standard = (X: Tensor): Tensor => div(sub(X, center), scale);
  return { train: { X: standard(raw), y: train.y }, test: { X: standard(extract(kind, test.X, imageShape)), y: test.y } };
}
