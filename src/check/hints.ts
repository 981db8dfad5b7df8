/**
 * @file Why a gradient check failed: guesses from the worst element and the function around it.
 */
import { formatNumber } from '../graph/format.js';

/** What the hints look at. */
export interface Failure {
  /** The element farthest from passing. */
  readonly worst: { readonly analytic: number; readonly numeric: number };
  /** An input that is not finite, in words; null when all are. */
  readonly odd: string | null;
  /** The element of the output, with that element of the input moved by some step. */
  readonly output: (by: number) => number;
  /** Step of the central differences. */
  readonly eps: number;
}

const close = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-4 * Math.max(1e-12, Math.abs(b));

/** Where NaN or an infinity comes from; null when both derivatives are finite. */
function notFinite({ worst, odd, output, eps }: Failure): string | null {
  if (Number.isFinite(worst.analytic) && Number.isFinite(worst.numeric)) return null;
  if (odd !== null) return `${odd}: check at finite points`;
  if (Number.isNaN(output(0))) return 'f is NaN there: is the input outside its domain?';
  if (![0, eps, -eps].every((by) => Number.isFinite(output(by))))
    return 'f is not finite within eps of the input: is it at the edge of its domain?';
  return 'f is finite there, the rule is not: does it compute 0/0 or ∞ − ∞, or is the slope infinite?';
}

/**
 * How far f jumps between two places, or 0 where it is continuous there. Halving the way towards the larger change keeps a jump and shrinks
 * everything else: a kink by 1000 in ten halvings, a root with an infinite slope by 30.
 */
function jumpBetween(output: (by: number) => number, from: number, to: number): number {
  let [a, b] = [from, to];
  const values = new Map([a, b].map((by) => [by, output(by)]));
  const change = (p: number, q: number): number => Math.abs(values.get(q)! - values.get(p)!);
  const whole = change(a, b);
  for (let halving = 0; halving < 10; halving++) {
    const middle = (a + b) / 2;
    values.set(middle, output(middle));
    [a, b] = change(a, middle) > change(middle, b) ? [a, middle] : [middle, b];
  }
  const noise = 1e-10 * Math.abs(values.get(a)!);
  return change(a, b) > Math.max(noise, whole / 2) ? change(a, b) : 0;
}

/** Guesses at the cause of a failure. */
export function hintsFor(failure: Failure): string[] {
  const { worst, output, eps } = failure;
  const { analytic, numeric } = worst;
  const broken = notFinite(failure);
  if (broken !== null) return [broken];
  const hints: string[] = [];
  if (numeric !== 0 && close(analytic, -numeric)) hints.push('the sign is flipped');
  if (numeric !== 0 && close(analytic, 2 * numeric)) hints.push('the analytic value is twice the numeric one');
  if (numeric !== 0 && close(2 * analytic, numeric)) hints.push('the analytic value is half the numeric one');
  const here = output(0);
  const [right, left] = [(output(eps) - here) / eps, (here - output(-eps)) / eps];
  if (Math.abs(right - left) > 1e-2 * Math.max(1, Math.abs(right), Math.abs(left))) {
    const jump = Math.max(jumpBetween(output, -eps, 0), jumpBetween(output, 0, eps));
    if (jump > 0) hints.push(`f jumps by ${formatNumber(jump, 3)} within eps`);
    else hints.push(`a kink within eps: slope ${formatNumber(left)} on the left, ${formatNumber(right)} on the right`);
  } else if (analytic === 0) hints.push('the analytic value is 0: is the input cut off (stopGradient, noGrad, .data, .item(), toArray())?');
  return hints;
}
