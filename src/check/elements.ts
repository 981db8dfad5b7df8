/**
 * @file Element by element: the whole analytic Jacobian against central differences.
 */
import type { Tensor } from '../graph/tensor.js';
import { zeros } from '../ops/create.js';
import { linearize } from '../transforms/linearize.js';
import { linearizeAll } from '../transforms/vjp.js';
import { hintsFor } from './hints.js';
import { type AnyFunction, evaluate, evaluateMoved, flattenLeaves, type Subject } from './inputs.js';
import { nudge } from './numerical.js';
import type { Findings, GradcheckElement } from './report.js';

/** What is compared beside the gradient. */
export interface How {
  /** Largest difference allowed between two backward passes. */
  readonly nondetTol: number;
  /** Is forward mode checked too? */
  readonly forward: boolean;
}

/** Entries of a Jacobian: [output][input][output element][input element]. */
type Blocks = readonly (readonly (readonly (readonly number[])[])[])[];

const zerosLike = (t: Tensor): Tensor => zeros(t.shape, { dtype: t.dtype });

/** Zeros like the tensors, with a single 1. */
function unit(like: readonly Tensor[], k: number, i: number): Tensor[] {
  const basis = like.map(zerosLike);
  basis[k]!.data[i] = 1;
  return basis;
}

/** Rows by pulls. */
function byReverse(f: AnyFunction, primals: readonly Tensor[]): Blocks {
  const run = linearizeAll('gradcheck', f, primals);
  return run.outputs.map((y, o) => {
    const rows = Array.from({ length: y.size }, (_, j) => run.pull(unit(run.outputs, o, j)).map((leaves) => [...leaves[0]!.data]));
    return primals.map((_, k) => rows.map((row) => row[k]!));
  });
}

/** Columns by pushes. */
function byForward(f: AnyFunction, primals: readonly Tensor[]): Blocks {
  const [out, push] = linearize((...xs: Tensor[]) => flattenLeaves(f, xs), [...primals]);
  const columns = primals.map((x, k) => Array.from({ length: x.size }, (_, i) => push(...unit(primals, k, i)).map((t) => [...t.data])));
  return out.map((y, o) => columns.map((column) => Array.from({ length: y.size }, (_, j) => column.map((tangents) => tangents[o]![j]!))));
}

/** Compares every element, in every mode asked for. */
export function checkElements(point: Subject, found: Findings, { nondetTol, forward }: How): void {
  const { name, f, inputs, active, primals, call, eps } = point;
  const reverse = byReverse(call, primals);
  const again = byReverse(call, primals);
  const pushed = forward ? byForward(call, primals) : undefined;
  active.forEach((input, k) => {
    for (let i = 0; i < primals[k]!.size; i++) {
      const [up, down] = [eps, -eps].map((by) => evaluateMoved(name, f, inputs, input, i, by)) as [Float64Array[], Float64Array[]];
      up.forEach((values, output) => {
        values.forEach((v, j) => {
          const numeric = (v - down[output]![j]!) / (2 * eps);
          const at = { input, output, index: [i, j] as const, numeric };
          const analytic = reverse[output]![k]![j]![i]!;
          found.compare({ ...at, mode: 'backward', analytic });
          if (pushed !== undefined) found.compare({ ...at, mode: 'forward', analytic: pushed[output]![k]![j]![i]! });
          if (Math.abs(analytic - again[output]![k]![j]![i]!) > nondetTol) differ(found);
        });
      });
    }
  });
  checkAtZero(point, found);
  if (!found.ok && found.worst !== null) for (const hint of hintsAbout(point, found.worst)) found.hints.add(hint);
}

/** Says that two backward passes are not the same. */
export function differ(found: Findings): void {
  found.fail('two runs of the backward pass differ', 'is f random or does it keep state?');
}

/** A backward pass that forgets its cotangent looks right for a cotangent of 1: of 0 it must be exactly 0. */
export function checkAtZero({ call, primals }: Subject, found: Findings): void {
  const run = linearizeAll('gradcheck', call, primals);
  const gradients = run.pull(run.outputs.map(zerosLike)).flat();
  // a NaN fails by itself, and for another reason
  if (gradients.every((g) => !g.data.some((v: number) => v !== 0 && !Number.isNaN(v)))) return;
  found.fail('the backward pass is not multiplied by the cotangent', 'it must be 0 for a cotangent of 0');
}

/** The guesses of `hintsFor` about one element. */
function hintsAbout({ call, primals, active, eps }: Subject, worst: GradcheckElement): string[] {
  const k = active.indexOf(worst.input);
  const [i, j] = worst.index;
  const output = (by: number): number =>
    evaluate(
      call,
      primals.map((t, n) => (n === k ? nudge(t, i, by) : t)),
    )[worst.output]![j]!;
  const places = primals.flatMap((t, n) => [...t.data].flatMap((value, e) => (Number.isFinite(value) ? [] : [{ n, e, value }])));
  const place = places.find(({ n, e }) => n === k && e === i) ?? places[0];
  const odd = place === undefined ? null : `element ${place.e} of input ${active[place.n]} is ${place.value}`;
  return hintsFor({ worst, odd, output, eps });
}
