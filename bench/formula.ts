/** The formula workload: what the language costs beside the same ops written by hand. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { buildOurs } from './library.js';

const [calls, allowance] = [100_000, 1.2];

export interface FormulaResult {
  calls: number;
  /** By what factor a formula may cost more. */
  allowance: number;
  formulas: { name: string; handMs: number; ratio: number }[];
}

/** Rounds for each that was asked for: nanoseconds vary more than the milliseconds of other workloads. */
const more = 3;

/** 100,000 calls of small formulas, where the cost of a call is the library's own, in a fresh process; medians of rounds in turns. */
export async function formulas(rounds: number): Promise<FormulaResult> {
  const script = fileURLToPath(new URL('formula-calls.ts', import.meta.url));
  const library = await buildOurs(['index', 'formula/index']);
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...process.execArgv,
    script,
    library,
    String(calls),
    String(more * rounds),
  ]);
  return { calls, allowance, formulas: JSON.parse(stdout) as FormulaResult['formulas'] };
}
