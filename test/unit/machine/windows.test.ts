/** Windows inside compiled programs: read as views, added up by a kernel, never by the reference; convolutions and poolings made of them. */
import fc from 'fast-check';
import { add, avgPool2d, cast, compile, type Compiled, conv1d, conv2d, fold, Generator, grad, maxPool2d, mul, square, sum, type Tensor, unfold, uniform } from 'chainrule'; // prettier-ignore
import { describe, expect, test } from 'vitest';
import { windowed, whole } from '../../../src/machine/view.js';
import { expectSame } from './agree.js';

type Float = 'float32' | 'float64';
const values = (shape: readonly number[], dtype: Float, seed: number): Tensor =>
  cast(uniform(shape, { generator: new Generator(seed), low: -1, high: 1 }), dtype);

/** Compiled beside eager, twice, and not by the reference kernel. */
function check<P extends readonly Tensor[]>(f: (...args: P) => unknown, args: P): string {
  const compiled = compile(f as never) as unknown as Compiled<P, unknown>;
  const text = compiled.explain(...args);
  expect(text).not.toContain('reference');
  const want = f(...args);
  for (let run = 0; run < 2; run++) expectSame(compiled(...args), want, text);
  return text;
}

const small = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });
const windows = fc.record({ size: small(1, 4), step: small(1, 4), dilation: small(1, 3), more: small(0, 9), seed: fc.nat(99) });

describe.each<Float>(['float32', 'float64'])('%s', (dtype) => {
  test('windows along any axis, and their sum', () => {
    fc.assert(
      fc.property(windows, small(0, 2), ({ size, step, dilation, more, seed }, axis) => {
        const n = dilation * (size - 1) + 1 + more;
        const x = values([2, 3, 2].map((m, i) => (i === axis ? n : m)), dtype, seed); // prettier-ignore
        const options = { axis, step, dilation };
        const laid = unfold(x, size, options);
        check((t: Tensor) => mul(unfold(t, size, options), laid), [x]);
        check((t: Tensor) => fold(t, n, options), [laid]);
        check((t: Tensor) => grad((u: Tensor) => sum(mul(square(unfold(u, size, options)), laid)))(t), [x]);
      }),
      { numRuns: 40, seed: 4 },
    );
  });

  test('convolutions and poolings, and their gradients', () => {
    const [x, w, b] = [values([3, 4, 9, 8], dtype, 1), values([6, 2, 3, 2], dtype, 2), values([6], dtype, 3)];
    const options = { stride: [2, 1], padding: 1, dilation: [1, 2], groups: 2 };
    const loss = (...t: [Tensor, Tensor, Tensor]): Tensor => {
      const y = conv2d(...t, options);
      const pooled = maxPool2d(y, 2, { stride: 1, padding: 1 });
      return add(sum(square(pooled)), sum(square(avgPool2d(y, [2, 3], { countIncludePad: false, padding: [0, 1] }))));
    };
    const text = check((...t: [Tensor, Tensor, Tensor]) => grad(loss, { argnums: [0, 1, 2] })(...t), [x, w, b]);
    expect(text).toContain(`fold${dtype === 'float32' ? 'F32' : 'F64'}`);
    check((t: Tensor, u: Tensor) => conv1d(t, u, null, { padding: 'same' }), [values([2, 4, 30], dtype, 4), values([5, 4, 4], dtype, 5)]);
  });
});

test('the windows of a convolution are laid out once, for the product and for the gradient of the weight', () => {
  const [x, w] = [values([2, 3, 8, 8], 'float32', 1), values([4, 3, 3, 3], 'float32', 2)];
  const text = check((t: Tensor, u: Tensor) => grad((v: Tensor) => sum(square(conv2d(t, v))))(u), [x, w]);
  expect(text.match(/loop float32\[2,3,3,3,6,6\]/g)).toHaveLength(1);
});

test('a view of windows ends with the last element that a window has', () => {
  const { shape, strides, offset } = windowed(whole([2, 7, 5]), { axis: 1, windows: [{ size: 2, step: 2, dilation: 3 }, { size: 3, step: 1, dilation: 1 }] }); // prettier-ignore
  expect([shape, strides, offset]).toEqual([[2, 2, 3, 2, 3], [35, 15, 1, 10, 1], 0]); // prettier-ignore
});
