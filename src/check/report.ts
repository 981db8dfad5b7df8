/**
 * @file What a gradient check found: the element farthest from passing, and the error that says so.
 */
import { GradcheckError } from '../graph/errors.js';
import { formatNumber } from '../graph/format.js';

/** The worst element of a gradient check. */
export interface GradcheckElement {
  /** Position of the input. */
  readonly input: number;
  /** Position of the output leaf. */
  readonly output: number;
  /** Flat indices into input and output. */
  readonly index: readonly [input: number, output: number];
  /** Which mode gave the analytic value. */
  readonly mode: 'backward' | 'forward';
  readonly analytic: number;
  readonly numeric: number;
  readonly abs: number;
  readonly rel: number;
}

/** What a gradient check found. */
export interface GradcheckReport {
  readonly ok: boolean;
  /** The element farthest from passing; null when no elements were compared. */
  readonly worst: GradcheckElement | null;
  /** Guesses at the cause. */
  readonly hints: readonly string[];
}

/** What is compared. */
export type Compared = Pick<GradcheckElement, 'input' | 'output' | 'index' | 'mode' | 'analytic' | 'numeric'>;

/** |analytic − numeric| beyond what is allowed; equal infinities agree, NaN never does: there is no derivative to compare. */
export function excess(analytic: number, numeric: number, allowed: number): number {
  if (analytic === numeric) return -Infinity;
  const beyond = Math.abs(analytic - numeric) - allowed;
  return Number.isNaN(beyond) ? Infinity : beyond;
}

/** A check in progress. */
export class Findings {
  worst: GradcheckElement | null = null;
  readonly hints: Set<string> = new Set();
  /** What is wrong apart from a mismatch of elements. */
  problem: string | null = null;
  #badness = -Infinity;

  constructor(
    readonly atol: number,
    readonly rtol: number,
  ) {}

  get ok(): boolean {
    return this.problem === null && this.#badness <= 0;
  }

  /** Is the worst element outside the tolerances? */
  get mismatch(): boolean {
    return this.#badness > 0;
  }

  compare(element: Compared): void {
    const { analytic, numeric } = element;
    const { worst } = this;
    const bad = excess(analytic, numeric, this.atol + this.rtol * Math.abs(numeric));
    // a NaN in one output makes every difference of it NaN: the element with a NaN on both sides is the one to name
    if (worst !== null && bad <= this.#badness && !(bad === Infinity && Number.isNaN(analytic) && !Number.isNaN(worst.analytic))) return;
    const abs = Math.abs(analytic - numeric);
    this.#badness = bad;
    this.worst = { ...element, abs, rel: abs === 0 ? 0 : abs / Math.abs(numeric) };
  }

  /** Something else is wrong; the first such thing is said. */
  fail(problem: string, hint?: string): void {
    this.problem ??= problem;
    if (hint !== undefined) this.hints.add(hint);
  }

  report(): GradcheckReport {
    const said = this.problem === null ? [] : [this.problem];
    return { ok: this.ok, worst: this.worst, hints: this.ok ? [] : [...said, ...this.hints] };
  }
}

/** The error of a check that failed. */
export function failure(name: string, { problem, mismatch, worst, hints }: Findings, note: string): GradcheckError {
  const hint = [...hints].join('; ') || undefined;
  if (!mismatch || worst === null) return new GradcheckError(name, problem ?? 'the backward pass is wrong', undefined, hint);
  const by = worst.mode === 'forward' ? ' computed with forward mode' : '';
  const which = `output ${worst.output} with respect to input ${worst.input}`;
  const values = `input element ${worst.index[0]}, output element ${worst.index[1]}: analytic ${formatNumber(worst.analytic, 9)}, numeric ${formatNumber(worst.numeric, 9)}`;
  if (Number.isNaN(worst.abs) && (Number.isNaN(worst.analytic) || Number.isNaN(worst.numeric))) {
    const side = !Number.isNaN(worst.numeric) ? 'analytic ' : !Number.isNaN(worst.analytic) ? 'numeric ' : '';
    return new GradcheckError(name, `the ${side}derivative${by} of ${which} is NaN`, values, hint);
  }
  const errors = `absolute error ${formatNumber(worst.abs, 3)}, relative error ${formatNumber(worst.rel, 3)}`;
  return new GradcheckError(name, `Jacobian${by} mismatch for ${which}`, `${values}, ${errors}${note}`, hint);
}
