/**
 * How exact the functions of numbers are: docs/accuracy.md, measured on the grid of test/oracle/accuracy.json. test/oracle/accuracy.test.ts
 * holds the bounds and says how the grid was made.
 */
import { readFileSync } from 'node:fs';
import * as chainrule from 'chainrule';
import { code, GENERATED, paragraph, table } from './markdown.js';

/** Bound for elementary functions, in units in the last place. */
export const ULPS = 2;
/** Bounds for special functions: of the relative error, and of the absolute one where a value is below `NEAR_ROOT`. */
export const RELATIVE = 1e-14;
export const ABSOLUTE = 1e-15;
export const NEAR_ROOT = 0.1;

const SPECIAL = ['erf', 'erfc', 'lgamma', 'digamma', 'polygamma'];
const WITH_ROOTS = ['lgamma', 'digamma'];

/** Arguments, the value rounded to float64, and what it is short of the exact one, in units in its last place. */
type Row = readonly number[];

/** The worst of one function on its grid. */
export interface Accuracy {
  readonly name: string;
  readonly special: boolean;
  readonly points: number;
  readonly ulps: number;
  /** Arguments at which `ulps` was found. */
  readonly at: readonly number[];
  /** Over all values that are not near a root. */
  readonly relative: number;
  /** Over values near a root, where the function has any. */
  readonly absolute: number | null;
}

const floats = new Float64Array(1);
const bits = new BigInt64Array(floats.buffer);

/** From |y| to the next larger float64. */
function lastPlace(y: number): number {
  floats[0] = Math.abs(y);
  bits[0]! += 1n;
  return floats[0] - Math.abs(y);
}

function measure(name: string, rows: readonly Row[]): Accuracy {
  const f = (chainrule as unknown as Record<string, (...x: number[]) => chainrule.Tensor>)[name]!;
  const roots = WITH_ROOTS.includes(name);
  let [ulps, at, relative, absolute]: [number, Row, number, number] = [0, [], 0, 0];
  for (const row of rows) {
    const [args, [y, rest]] = [row.slice(0, -2), row.slice(-2) as [number, number]];
    const unit = lastPlace(y);
    const error = Math.abs((f(...args).item() - y) / unit - rest);
    // NaN where the value is NaN or infinite: the worst of all
    if (!(error <= ulps)) [ulps, at] = [error, args];
    if (roots && Math.abs(y) < NEAR_ROOT) absolute = Math.max(absolute, error * unit);
    else relative = Math.max(relative, (error * unit) / Math.abs(y));
  }
  return { name, special: SPECIAL.includes(name), points: rows.length, ulps, at, relative, absolute: roots ? absolute : null };
}

/** Every function of the grid. */
export function measured(): readonly Accuracy[] {
  const grid = JSON.parse(readFileSync(new URL('../../test/oracle/accuracy.json', import.meta.url), 'utf8')) as Record<string, Row[]>;
  return Object.entries(grid).map(([name, rows]) => measure(name, rows));
}

const shown = (x: number): string =>
  x.toExponential(1).replace(/\.0|e(.*)/g, (_, power?: string) => (power === undefined ? '' : ` · 10<sup>${power}</sup>`));

/** docs/accuracy.md */
export function accuracy(): string {
  const all = measured();
  const [special, elementary] = [all.filter((a) => a.special), all.filter((a) => !a.special)];
  const points = all.reduce((sum, a) => sum + a.points, 0);
  return [
    GENERATED,
    '',
    '# Accuracy of functions',
    '',
    paragraph(
      `Errors in float64 at ${points} points, beside values with at least 140 bits: random ones from all ranges, ends of ranges, neighbours of roots and poles, and the ` +
        'worst points found among tens of thousands. The grid is `test/oracle/accuracy.json`; its test holds the bounds. Vector code of compiled programs has ' +
        '[bounds of its own](compile.md#accuracy-of-vector-functions).',
    ),
    '',
    '## Elementary functions',
    '',
    paragraph(`The error of each is below ${ULPS} units in the last place of the result.`),
    '',
    table(
      ['function', 'points', 'worst, in units in the last place', 'at'],
      elementary.map((a) => [code(a.name), String(a.points), a.ulps.toFixed(2), a.at.join(', ')]),
    ),
    '',
    '## Special functions',
    '',
    paragraph(
      `The relative error of each is below ${shown(RELATIVE)}; near a root, where a value is below ${NEAR_ROOT}, the absolute error is below ${shown(ABSOLUTE)}. ` +
        '`digamma` has a root below each whole number from 0 down; the grid goes to −50. Beyond, what cancels there is larger than 4, and 1.3 · 10<sup>-15</sup> ' +
        'was found down to −60.',
    ),
    '',
    table(
      ['function', 'points', 'worst relative error', 'worst absolute error near a root'],
      special.map((a) => [code(a.name), String(a.points), shown(a.relative), a.absolute === null ? '' : shown(a.absolute)]),
    ),
    '',
  ].join('\n');
}
