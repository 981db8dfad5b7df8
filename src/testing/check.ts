/**
 * @file Running the laws: seeded, with the seed and the shrunk case in the message.
 */
import fc from 'fast-check';
import { GradcheckError } from '../graph/errors.js';
import type { Definition, Sample } from '../ops/define.js';
import { choices, drawFrom } from './arbitraries.js';
import { lawBatch } from './law-batch.js';
import { lawBroadcast, lawLinear, lawOrder2, lawPure, lawShape, lawSpecial, lawVjp, type Law } from './laws.js';

/** How often and from which seed a law is tried. */
export interface LawOptions {
  /** Number of draws; default 60. */
  runs?: number;
  /** Seed; default 42. */
  seed?: number;
  /** Look for a smaller counterexample after a failure? Default true. */
  shrink?: boolean;
}

/** What became of the draws of one law. */
export interface LawReport {
  /** How many calls were drawn. */
  readonly draws: number;
  /** The largest relative error among them; 0 for laws that hold exactly. */
  readonly worst: number;
}

/** Runs one law on samples of an op; a failure is reported by fast-check with seed and shrunk counterexample. */
export function checkProperty(op: Definition, law: Law, options: LawOptions = {}): LawReport {
  let [draws, worst] = [0, 0];
  fc.assert(
    fc.property(choices, (tape) => {
      const draw = drawFrom(tape);
      const error = law(op, op.spec.sample(draw) as Sample<unknown>, (n) => draw.numbers(n));
      draws++;
      if (typeof error === 'number') worst = Math.max(worst, error);
    }),
    { seed: options.seed ?? 42, numRuns: options.runs ?? 60, endOnFailure: options.shrink === false, includeErrorInReport: true },
  );
  return { draws, worst };
}

/**
 * All laws of one op: shapes, vjp, second order, linearity, purity, broadcasting, batches, special points, declared errors.
 * @throws an error with the law, the seed and the shrunk case.
 * @example
 * const cubeOp = elementwise({ name: 'cubeForTest', inputs: ['x'], doc: 'x³', scalar: (x) => x! ** 3, vjp: { x: ({ g, x }) => mul(g, mul(3, mul(x, x))) }, samples: { x: reals } });
 * checkOp(cubeOp.definition, { runs: 20 });
 */
export function checkOp(op: Definition, options: LawOptions = {}): void {
  for (const law of [lawShape, lawVjp, lawOrder2, lawLinear, lawPure, lawBroadcast, lawBatch]) checkProperty(op, law, options);
  lawSpecial(op);
  for (const { call, message } of op.spec.errors ?? []) {
    let error: unknown;
    try {
      call();
    } catch (caught) {
      error = caught;
    }
    if (!(error instanceof Error && message.test(error.message)))
      throw new GradcheckError(op.name, 'L8: a declared error did not come', String(message), String(error));
  }
}
