/**
 * @file Functions on plain numbers, so that a number stays one: numbers take the type of what they meet. They give the number that the op
 * gives of a float64, to the last bit.
 */
import { tanh, sigmoid } from '../kernels/elementary.js';
import { registry } from '../ops/define.js';

type Function1 = (x: number) => number;
type Function2 = (a: number, b: number) => number;

const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const itself: Function1 = (x) => x;
/** A sum begins with 0, so that it is never -0. */
const total: Function1 = (x) => x + 0;

/** What is made of several ops, or reduces the one number that there is. */
const composed: ReadonlyMap<string, Function1> = new Map<string, Function1>([
  ['rsqrt', (x) => 1 / Math.sqrt(x)],
  ['reciprocal', (x) => 1 / x],
  ['logSigmoid', (x) => -softplus(-x)],
  ['silu', (x) => x * sigmoid(x)],
  ['mish', (x) => x * tanh(softplus(x))],
  ['stopGradient', itself],
  ['sum', total],
  ['mean', total],
  ['logsumexp', total],
  ['prod', itself],
  ['amax', itself],
  ['max', itself],
  ['min', itself],
  ['norm', Math.abs],
]);

/** The function of an elementwise op, if it gives a float64 for float64s. */
function scalarOf(name: string, inputs: number): unknown {
  const spec = registry.get(name)?.spec;
  if (spec?.scalar === undefined || spec.inputs.length !== inputs) return undefined;
  const x = { shape: [], dtype: 'float64' } as const;
  return spec.dtype([x, x], undefined) === 'float64' ? spec.scalar : undefined;
}

/** A function of one plain number, where there is one. */
export function scalarFunction(name: string): Function1 | undefined {
  return (scalarOf(name, 1) as Function1 | undefined) ?? composed.get(name);
}

/** A function of two plain numbers, where there is one. */
export function scalarFunction2(name: string): Function2 | undefined {
  return scalarOf(name, 2) as Function2 | undefined;
}
