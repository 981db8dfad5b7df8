/** Does cost grow as it should? Time over size, for sizes that double, and the slope of log time over log size: 1 where it is linear. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { relaxedFlags } from './flags.js';

/** What sweep-steps.ts measured of one family: milliseconds at each size. */
export interface Measured {
  name: string;
  /** What size counts. */
  unit: string;
  points: { label: string; size: number; ms: number }[];
}

export interface Sweep extends Measured {
  slope: number;
}

/** All sweeps, compiled, on one thread, in a process of their own. */
export async function sweeps(library: string, rounds: number): Promise<Sweep[]> {
  const script = fileURLToPath(new URL('sweep-steps.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, ...relaxedFlags, script, library, String(rounds)]);
  return (JSON.parse(stdout) as Measured[]).map((measured) => ({ ...measured, slope: slope(measured.points) }));
}

/** Least squares: Σ(x − x̄)(y − ȳ) / Σ(x − x̄)² with x = log size, y = log time. */
function slope(points: Measured['points']): number {
  const x = points.map(({ size }) => Math.log(size));
  const y = points.map(({ ms }) => Math.log(ms));
  const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  const [covariance, variance] = [mean(x.map((xi, i) => (xi - mx) * (y[i]! - my))), mean(x.map((xi) => (xi - mx) ** 2))];
  return covariance / variance;
}
