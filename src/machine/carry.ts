/**
 * @file Results that are what the next run is given: parameters and state of a training step. The program moves them itself at its end, each
 * thread the part that lies in its cache, and only if the step was sound: if not, nothing has changed.
 */
import { sameShape, stridesOf } from '../graph/shape.js';
import type { Body } from './encode.js';
import { BYTES } from './reads.js';
import type { Carry, Operand, Plan, Value } from './steps.js';

/** A result, and the input of the next run that it is. */
export interface Pair {
  readonly output: number;
  readonly input: number;
}

const isWhole = ({ value, view }: Operand): boolean =>
  view.offset === 0 && sameShape(view.strides, stridesOf(view.shape)) && view.shape.reduce((size, n) => size * n, 1) === value.size;

/** Is it a number that a step writes to memory? */
const isComputed = ({ value, view }: Operand): boolean =>
  value.kind === 'computed' && value.stored && value.size === 1 && view.offset === 0;

/**
 * A plan that ends with the moves of all pairs, if its `finite` results are finite; the pairs that it cannot move stay with the caller. Those
 * are all of them where a result is something that was given: then the order of the moves matters.
 */
export function withCarries(
  plan: Plan,
  pairs: readonly Pair[],
  finite: readonly number[],
): { readonly plan: Plan; readonly left: readonly Pair[] } {
  const tests = finite.map((i) => plan.outputs[i]!);
  const results = pairs.map(({ output }) => plan.outputs[output]!);
  if (!tests.every(isComputed) || results.some((x) => x.value.kind === 'given' || x.value.kind === 'number')) return { plan, left: pairs };
  const fits = ({ output, input }: Pair): boolean => {
    const [from, to] = [plan.outputs[output]!, plan.given[input]!];
    return to.kind === 'given' && to.dtype === from.dtype && to.size === from.value.size && from.value.kind === 'computed' && isWhole(from);
  };
  const own = pairs.filter(fits);
  if (own.length === 0) return { plan, left: pairs };
  const moves = own.map(({ output, input }) => ({ from: plan.outputs[output]!, to: plan.given[input]! }));
  return { plan: { ...plan, steps: [...plan.steps, { kind: 'carry', finite: tests, moves }] }, left: pairs.filter((p) => !fits(p)) };
}

/** Bytes that threads share in whole: a line of the cache. */
const LINE = 64;

/** Moves what lies in the part of each thread, if all that must be is finite: x − x is 0. */
export function emitCarry(body: Body, { finite, moves }: Carry, address: (v: Value) => number): void {
  finite.forEach(({ value }, i) => {
    const type = value.dtype === 'float32' ? 'f32' : 'f64';
    const load = (): Body => body.i32(address(value)).at(`${type}.load`, 0);
    load();
    load().do(`${type}.sub`);
    (type === 'f32' ? body.f32(0) : body.f64(0)).do(`${type}.eq`);
    if (i > 0) body.do('i32.and');
  });
  body.when(() => {
    for (const { from, to } of moves) {
      const size = BYTES[to.dtype];
      const part = body.part(to.size, LINE / size);
      const at = (value: Value): Body => body.get(part.from).i32(size).do('i32.mul').i32(address(value)).do('i32.add');
      at(to);
      at(from.value).get(part.count).i32(size).do('i32.mul').copy();
      body.release('i32', part.from);
      body.release('i32', part.count);
    }
  });
}
