/** The formula workload: what the language costs beside the same ops written by hand. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { buildOurs } from './library.js';

const [calls, allowance] = [100_000, 1.2];

export interface FormulaResult {
  formulas: { name: string; formulaMs: number; handMs: number; ratio: number }[];
  met: boolean;
  text: string;
}

/** 100,000 calls of small formulas, where the cost of a call is the library's own, in a fresh process; the median of rounds in turns. */
export async function formulas(rounds: number): Promise<FormulaResult> {
  const script = fileURLToPath(new URL('formula-calls.ts', import.meta.url));
  const library = await buildOurs(['index', 'formula/index']);
  const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, script, library, String(calls), String(rounds)]);
  const measured = JSON.parse(stdout) as Omit<FormulaResult['formulas'][number], 'ratio'>[];
  const each = measured.map((m) => ({ ...m, ratio: m.formulaMs / m.handMs }));
  const verdict = (met: boolean): string => (met ? 'met' : 'NOT MET');
  const lines = each.map(
    ({ name, ratio, handMs }) =>
      `  ${ratio.toFixed(2)}×  ${verdict(ratio <= allowance).padEnd(7)}  ${((handMs / calls) * 1e3).toFixed(2)} µs by hand  ${name}`,
  );
  const met = each.every(({ ratio }) => ratio <= allowance);
  const text = `formula: ${calls} calls beside the same ops by hand · allowed ${allowance}×\n${lines.join('\n')}`;
  return { formulas: each, met, text };
}
