/**
 * @file A step length that satisfies the strong Wolfe conditions: enough descent, and a slope that has become flat.
 * @see Nocedal, Wright, Numerical Optimization, 2006, algorithms 3.5 and 3.6; the constants are those of torch.optim.LBFGS
 * @see Hager, Zhang 2005: the approximate conditions, where values differ by roundings only
 */

/** The function along the line: its value, its gradient, and the slope along the direction. */
export interface LinePoint {
  readonly t: number;
  readonly f: number;
  readonly g: Float64Array;
  readonly slope: number;
}

/** What a search is told. */
export interface LineSearch {
  /** The function at step length t. */
  readonly at: (t: number) => LinePoint;
  /** Where the search begins: t = 0. */
  readonly start: LinePoint;
  /** The first step length tried. */
  readonly first: number;
  /** Largest component of the direction. */
  readonly scale: number;
  /** The bracket is small enough below this. */
  readonly toleranceChange: number;
  /** Points tried at most, after the first. */
  readonly most: number;
}

const ARMIJO = 1e-4; // c₁: enough descent
const CURVATURE = 0.9; // c₂: flat enough
const ROUNDING = 4 * Number.EPSILON; // values that differ less, relatively, differ by roundings

const clamp = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);

/** Minimum of the cubic through two values and slopes, kept within [low, high]; their middle where there is none. */
export function cubicMinimum(a: LinePoint, b: LinePoint, low: number, high: number): number {
  const [p, q] = a.t <= b.t ? [a, b] : [b, a];
  const d1 = p.slope + q.slope - (3 * (p.f - q.f)) / (p.t - q.t);
  const square = d1 * d1 - p.slope * q.slope;
  const t = q.t - (q.t - p.t) * ((q.slope + Math.sqrt(square) - d1) / (q.slope - p.slope + 2 * Math.sqrt(square)));
  return square >= 0 && Number.isFinite(t) ? clamp(t, low, high) : (low + high) / 2;
}

/** Searches; the result is the best point found, and how often the function was asked. */
export function strongWolfe({ at, start, first, scale, toleranceChange, most }: LineSearch): { point: LinePoint; evaluations: number } {
  // a value that is no number is as bad as can be: the bracket closes before it
  const ask = (t: number): LinePoint => {
    const point = at(t);
    return Number.isFinite(point.f) && Number.isFinite(point.slope) ? point : { ...point, f: Infinity, slope: NaN };
  };
  const tooHigh = (p: LinePoint): boolean => p.f > start.f + ARMIJO * p.t * start.slope;
  const flat = (p: LinePoint): boolean => Math.abs(p.slope) <= -CURVATURE * start.slope;

  // near a minimum, values no longer tell what slopes still do
  const flatAndLevel = (p: LinePoint): boolean => flat(p) && Math.abs(p.f - start.f) <= ROUNDING * Math.abs(start.f);

  let [before, now] = [start, ask(first)];
  let evaluations = 1;
  let rounds = 0;
  let bracket: [LinePoint, LinePoint] | null = null;
  for (; rounds < most; rounds++) {
    if (flatAndLevel(now)) return { point: now, evaluations };
    if (tooHigh(now) || (rounds > 1 && now.f >= before.f)) {
      bracket = [before, now];
      break;
    }
    if (flat(now)) return { point: now, evaluations };
    if (now.slope >= 0) {
      bracket = [before, now];
      break;
    }
    const next = cubicMinimum(before, now, now.t + 0.01 * (now.t - before.t), now.t * 10);
    [before, now] = [now, ask(next)];
    evaluations++;
  }
  bracket ??= [start, now];
  let [low, high] = bracket[0].f <= bracket[1].f ? bracket : [bracket[1], bracket[0]];
  let stalled = false;
  for (; rounds < most && Math.abs(high.t - low.t) * scale >= toleranceChange; rounds++) {
    const [left, right] = [Math.min(low.t, high.t), Math.max(low.t, high.t)];
    // before a wall that may be anywhere in the bracket, a tenth of it
    let t = high.f === Infinity ? low.t + 0.1 * (high.t - low.t) : cubicMinimum(low, high, left, right);
    // too close to an end twice in a row, or at it: a tenth of the way inside instead
    const margin = 0.1 * (right - left);
    if (Math.min(right - t, t - left) < margin) {
      if (stalled || t >= right || t <= left) {
        t = Math.abs(t - right) < Math.abs(t - left) ? right - margin : left + margin;
        stalled = false;
      } else stalled = true;
    } else stalled = false;
    const next = ask(t);
    evaluations++;
    if (flatAndLevel(next)) return { point: next, evaluations };
    if (tooHigh(next) || next.f >= low.f) {
      high = next;
      if (high.f < low.f) [low, high] = [high, low];
    } else {
      if (flat(next)) return { point: next, evaluations };
      if (next.slope * (high.t - low.t) >= 0) high = low;
      low = next;
    }
  }
  return { point: low, evaluations };
}
