/** Compiled beside eager: the same numbers, whatever the arguments. */
import { compile, Tensor } from 'chainrule';
import { expect } from 'vitest';

/** All numbers of a result, in order. */
export function numbersOf(x: unknown): number[] {
  if (x instanceof Tensor) return Array.from(x.data);
  if (typeof x === 'number') return [x];
  if (typeof x !== 'object' || x === null) return [];
  return Object.values(x).flatMap(numbersOf);
}

/** Shapes and types of a result, in order. */
function typesOf(x: unknown): string[] {
  if (x instanceof Tensor) return [`${x.dtype}[${x.shape.join()}]`];
  return typeof x === 'object' && x !== null ? Object.values(x).flatMap(typesOf) : [];
}

/**
 * Are they the same? float64 is computed by the same instructions, except that sums may be taken in another order and exp, log and their
 * kin are good to 2 ulp; float32 is rounded where eager kernels carry float64, and its functions are good to 2.5 ulp.
 */
export function expectSame(got: unknown, want: unknown, what = ''): void {
  expect(typesOf(got), what).toEqual(typesOf(want));
  const single = typesOf(want).some((t) => t.startsWith('float32'));
  const [a, b] = [numbersOf(got), numbersOf(want)];
  const scale = Math.max(1, ...b.map(Math.abs).filter(Number.isFinite));
  const bound = (single ? 2e-6 : 1e-14) * scale;
  b.forEach((w, i) => {
    const g = a[i]!;
    if (!(Object.is(g, w) || g === w || Math.abs(g - w) <= bound)) expect(a, `${what}: element ${i}: ${g}, not ${w}`).toEqual(b);
  });
}

/** Calls the function, and compiled twice. */
export function checkCompiled<P extends readonly unknown[]>(f: (...args: P) => unknown, args: P, what = ''): void {
  const want = f(...args);
  const compiled = compile(f as never) as unknown as (...args: P) => unknown;
  expectSame(compiled(...args), want, what);
  expectSame(compiled(...args), want, `${what} again`);
}
