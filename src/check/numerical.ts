/**
 * @file Numerical derivatives: slow, approximate, and independent of every rule.
 */
import { convert, toTensor, type TensorLike } from '../graph/create.js';
import { checkOptions, GradError, UsageError } from '../graph/errors.js';
import { showShape } from '../graph/shape.js';
import { Tensor } from '../graph/tensor.js';
import { flattenTree } from '../graph/tree.js';
import { noGrad } from '../transforms/custom.js';
import type { TensorTree, Tree } from '../transforms/types.js';
import { checkStep } from './options.js';

/** Options of `numericalGradient`. */
export interface NumericalOptions {
  /** Step; default 1e-5. */
  h?: number;
  /** 'central' (default): (f(x + h) − f(x − h))/2h, error O(h²); 'forward': (f(x + h) − f(x))/h, error O(h). */
  scheme?: 'central' | 'forward';
}

/** `x` in float64 with element `i` moved by `by`. */
export function nudge(x: Tensor, i: number, by: number): Tensor {
  const data = convert(x.data, 'float64');
  data[i]! += by;
  return new Tensor(x.shape, 'float64', data, null);
}

/**
 * Numerical gradient of a scalar function of one argument (a tensor, a number or a tree), element by element, in float64.
 * @throws GradError when f does not return a scalar; UsageError for unknown options or a step that is not positive.
 * @see lectures 002:95, 004:1400
 * @example
 * numericalGradient((x) => mul(x, x), 3).item().toFixed(6); // → 6.000000
 * numericalGradient((x) => mul(x, x), 3, { h: 0.5, scheme: 'forward' }); // → 6.5
 */
export function numericalGradient<P = Tensor, T extends Tree = Tree>(
  f: (x: P) => TensorLike,
  x: T,
  options: NumericalOptions = {},
): TensorTree<T> {
  checkOptions('numericalGradient', options, ['h', 'scheme']);
  const { h = 1e-5, scheme = 'central' } = options;
  checkStep('numericalGradient', 'h', h);
  if (scheme !== 'central' && scheme !== 'forward')
    throw new UsageError('numericalGradient', `unknown scheme '${String(scheme)}'`, undefined, "'central' or 'forward'");
  const tree = flattenTree('numericalGradient', x);
  const values = tree.leaves.map((t) => new Tensor(t.shape, 'float64', convert(t.data, 'float64'), null));
  const at = (k: number, moved: Tensor): number => {
    const out = toTensor(
      noGrad(() => f(tree.rebuild(values.map((v, j) => (j === k ? moved : v))) as P)),
      'numericalGradient',
    );
    if (out.size !== 1) throw new GradError('numericalGradient', 'f must return a scalar', `got ${showShape(out.shape)}`, 'sum the result');
    return out.first();
  };
  const gradients = values.map((v, k) => {
    const g = new Float64Array(v.size);
    const base = scheme === 'forward' && v.size > 0 ? at(k, v) : 0;
    for (let i = 0; i < v.size; i++) {
      g[i] = scheme === 'forward' ? (at(k, nudge(v, i, h)) - base) / h : (at(k, nudge(v, i, h)) - at(k, nudge(v, i, -h))) / (2 * h);
    }
    return new Tensor(v.shape, 'float64', g, null);
  });
  return tree.rebuild(gradients) as TensorTree<T>;
}
