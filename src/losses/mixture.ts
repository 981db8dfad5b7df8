/**
 * @file Mixtures of densities: several answers at once.
 */
import { type TensorLike, toTensor } from '../graph/create.js';
import { ShapeError, UsageError } from '../graph/errors.js';
import { broadcastShapes, type Shape, showShape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { add } from '../ops/arithmetic.js';
import { pick } from '../ops/indexing.js';
import { Generator } from '../ops/random.js';
import { broadcastTo, reshape, transpose } from '../ops/shaping.js';
import { stack } from '../ops/slicing.js';
import { logSoftmax, logsumexp } from '../ops/softmax.js';
import { categorical, checkWeights, type Density, generatorOf, held } from './densities.js';

/** The shape of a density's parameters: that of no draws, which take nothing from a generator. */
const shapeOf = (density: Density): Shape => density.sample([0], { generator: new Generator(0) }).shape.slice(1);

/** Draws of shape [...shape, ...wide], independent of each other also where the parameters broadcast to `wide`. */
function drawsOf(density: Density, shape: Shape, wide: Shape, generator: Generator): Tensor {
  const own = shapeOf(density);
  const lead = wide.length - own.length;
  const axes = [...wide.keys()];
  const spread = axes.filter((i) => wide[i] !== (own[i - lead] ?? -1));
  const order = [...spread, ...axes.filter((i) => !spread.includes(i))];
  const drawn = density.sample([...shape, ...spread.map((i) => wide[i]!)], { generator });
  const flat = reshape(drawn, [...shape, ...order.map((i) => wide[i]!)]);
  return transpose(flat, [...shape.keys(), ...axes.map((i) => shape.length + order.indexOf(i))]);
}

/**
 * Mixture of M densities: log p(y) = log Σ_m softmax(logits)_m · p_m(y), stable. The logits have the M weights on their last axis; the axes
 * before it broadcast with y and the parameters of the components. Several modes: what one Gaussian or Laplace density cannot say.
 * @throws UsageError unless components are densities and every row has a component that is possible; ShapeError when they do not fit.
 * @see lecture 000:287–295, the mixture of Laplace densities. The exponent printed there is −|y − f|/(2γ): with the factor 1/(2γ) that
 * integrates to 2; a density has −|y − f|/γ. torch.distributions.MixtureSameFamily
 * @example
 * const twoModes = mixture([0, 0], [laplace(-3, { scale: 0.5 }), laplace(3, { scale: 0.5 })]);
 * exp(twoModes.logProb([-3, 0, 3])); // → [0.500003, 0.00247875, 0.500003]
 */
export function mixture(logits: TensorLike, components: readonly Density[]): Density {
  if (!Array.isArray(components)) throw new UsageError('mixture', 'components must be a list of densities', `got ${typeof components}`);
  const parts = [...(components as readonly Density[])];
  const odd = parts.findIndex((c) => typeof (c as Density | undefined)?.logProb !== 'function');
  if (odd >= 0) throw new UsageError('mixture', 'components must be densities', `components[${odd}] is ${typeof parts[odd]}`);
  const kept = held('mixture', logits);
  const read = (): Tensor => {
    const s = toTensor(kept, 'mixture');
    checkWeights('mixture', s, 'logits');
    if (s.shape[s.ndim - 1] === parts.length) return s;
    throw new ShapeError('mixture', 'needs one logit a component', `logits ${showShape(s.shape)}, ${parts.length} components`);
  };
  read();
  return {
    logProb: (y) => {
      const weights = logSoftmax(read());
      const at = held('mixture', y);
      const logs = parts.map((p) => p.logProb(at));
      const shape = logs.reduce<Shape>((s, l) => broadcastShapes('mixture', s, l.shape), []);
      broadcastShapes('mixture', shape, weights.shape.slice(0, -1));
      const joint = stack(
        logs.map((l) => broadcastTo(l, shape)),
        { axis: -1 },
      );
      return logsumexp(add(weights, joint), { axis: -1 });
    },
    sample: (shape, options) => {
      const generator = generatorOf('mixture', shape, options);
      const s = read();
      const wide = parts.reduce<Shape>((w, p) => broadcastShapes('mixture', w, shapeOf(p)), s.shape.slice(0, -1));
      const chosen = categorical({ logits: broadcastTo(s, [...wide, parts.length]) }).sample(shape, { generator });
      const draws = parts.map((p) => drawsOf(p, shape, wide, generator));
      return pick(stack(draws, { axis: -1 }), chosen);
    },
  };
}
