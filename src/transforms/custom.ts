/**
 * @file Rules of one's own, and code that is not recorded.
 */
import { toTensor } from '../graph/create.js';
import { ShapeError, UsageError } from '../graph/errors.js';
import { sameShape, showShape } from '../graph/shape.js';
import { withState } from '../graph/state.js';
import { emit } from '../graph/tape.js';
import { type OpLike, Tensor } from '../graph/tensor.js';
import { isLeaf, flattenTree } from '../graph/tree.js';
import { zeros } from '../ops/create.js';
import type { Arguments } from './types.js';

/** The two halves of a custom derivative. */
export interface CustomVjp<P extends readonly unknown[], Res> {
  /** Value and residuals. It is recorded, so second derivatives follow the residuals. */
  fwd: (...args: P) => readonly [out: Tensor, residuals: Res];
  /** One cotangent an argument (null: zero), from the residuals and the cotangent of the output. */
  bwd: (residuals: Res, g: Tensor) => readonly (Tensor | number | null)[];
}

/**
 * f with a derivative of one's own. Values come from f where nothing is differentiated, else from `fwd`.
 * @throws UsageError when bwd returns another number of cotangents; ShapeError when one has the wrong shape.
 * @example
 * const clipped = customVjp((x) => mul(x, 1), { fwd: (x) => [mul(x, 1), x], bwd: (x, g) => [clip(g, -1, 1)] });
 * grad((x) => mul(clipped(x), 5))(2); // → 1
 */
export function customVjp<P extends readonly unknown[] = Tensor[], Res = unknown>(
  f: (...args: P) => Tensor,
  rule: CustomVjp<P, Res>,
): (...args: Arguments<P>) => Tensor {
  if (typeof f !== 'function' || typeof rule?.fwd !== 'function' || typeof rule.bwd !== 'function') {
    throw new UsageError('customVjp', 'needs f and { fwd, bwd }');
  }
  return (...args) => {
    const resolved = args.map((a) => (isLeaf(a) ? toTensor(a) : a));
    const inputs = resolved.filter((a): a is Tensor => a instanceof Tensor);
    if (inputs.length !== args.length && args.some((a) => !isLeaf(a) && containsTracked(a))) {
      throw new UsageError('customVjp', 'tensors to differentiate must be arguments of their own, not inside trees');
    }
    if (!inputs.some((t) => t.node !== null)) return toTensor(f(...(resolved as unknown as P)), 'customVjp');
    const forward: unknown = rule.fwd(...(resolved as unknown as P));
    if (!Array.isArray(forward) || !(forward[0] instanceof Tensor))
      throw new UsageError('customVjp', 'fwd must return [tensor, residuals]');
    const [out, residuals] = forward as [Tensor, Res];
    const names = inputs.map((_, i) => `argument ${i}`);
    const at = resolved.flatMap((a, i) => (a instanceof Tensor ? [i] : []));
    let last: { g: Tensor; cotangents: readonly (Tensor | number | null)[] } | undefined;
    const op: OpLike = {
      name: f.name ? `customVjp(${f.name})` : 'customVjp',
      inputs: names,
      broadcasts: false,
      rule: () => (context: { g: Tensor }, i: number) => {
        if (last?.g !== context.g) last = { g: context.g, cotangents: checked(rule.bwd(residuals, context.g), args.length) };
        const du = last.cotangents[at[i]!];
        const x = inputs[i]!;
        const result = du === null || du === undefined ? zeros(x.shape, { dtype: x.dtype }) : toTensor(du, 'customVjp', x.dtype);
        if (!sameShape(result.shape, x.shape)) {
          throw new ShapeError(
            'customVjp',
            `bwd gave shape ${showShape(result.shape)} for argument ${at[i]}`,
            `expected ${showShape(x.shape)}`,
          );
        }
        return result;
      },
      context: (_inputs, _attrs, _out, g) => ({ g }) as never,
    };
    return emit(op, inputs, undefined, out.storage, out.shape, out.dtype);
  };
}

function checked(cotangents: unknown, n: number): readonly (Tensor | number | null)[] {
  if (!Array.isArray(cotangents) || cotangents.length !== n) {
    throw new UsageError(
      'customVjp',
      'bwd must return one cotangent an argument',
      `expected ${n}, got ${Array.isArray(cotangents) ? cotangents.length : typeof cotangents}`,
    );
  }
  return cotangents as (Tensor | number | null)[];
}

function containsTracked(tree: unknown): boolean {
  try {
    return flattenTree('customVjp', tree).leaves.some((t) => t.node !== null);
  } catch {
    return false;
  }
}

/**
 * Runs f without recording: its results are constants to every derivative.
 * @example
 * grad((x) => mul(x, noGrad(() => mul(x, x))))(2); // → 4
 */
export function noGrad<R>(f: () => R): R {
  return withState({ recording: false }, f);
}
