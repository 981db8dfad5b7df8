/** Residual connections and stochastic depth: what is dropped, what is computed, what is expected. */
import { add, allclose, Generator, gradcheck, type Layer, linear, mul, residual, square, tensor, type Tensor } from 'chainrule';
import { describe, expect, test } from 'vitest';
import { wave } from './wave.js';

const close = (a: Tensor, b: readonly number[], atol = 1e-13): boolean => allclose(tensor([...a.data]), tensor([...b]), { rtol: 0, atol });
const evaluate = { train: false, state: {} } as const;
const training = { train: true, state: {} } as const;
const drawn = (seed: number): { train: true; state: Record<string, never>; generator: Generator } => ({
  train: true,
  state: {},
  generator: new Generator(seed),
});
const float64 = (seed = 1): { generator: Generator; dtype: 'float64' } => ({ generator: new Generator(seed), dtype: 'float64' });

describe('residual and stochastic depth', () => {
  const branch = linear(3, 3);
  const { params } = branch.init(float64());
  const x = wave([4, 3], 0);
  const fx = branch.apply(params, x, evaluate)[0];
  const plain = [...add(x, fx).data];
  /** A layer that counts its calls. */
  const counted = (): { layer: Layer<{ w: Tensor }, { calls: Tensor }>; calls: () => number } => {
    let n = 0;
    return {
      calls: () => n,
      layer: {
        name: 'counted',
        init: () => ({ params: { w: tensor(2) }, state: { calls: tensor(0) } }),
        apply: (p, v, { state }) => {
          n++;
          return [mul(v, p.w), { calls: add(state.calls, 1) }];
        },
      },
    };
  };

  test('survival 1 is x + f(x), in training and evaluation, and needs no generator', () => {
    for (const mode of ['batch', 'row'] as const) {
      expect(close(residual(branch, { mode }).apply(params, x, training)[0], plain, 0)).toBe(true);
      expect(close(residual(branch, { mode, survival: 0.3 }).apply(params, x, evaluate)[0], plain, 0)).toBe(true);
    }
    expect(residual(branch).init(float64()).params.weight.toArray()).toEqual(params.weight.toArray());
  });

  test(`'batch': dropped as a whole and then not computed, its state kept; else divided by survival`, () => {
    const { layer, calls } = counted();
    const block = residual(layer, { survival: 0.25 });
    const init = block.init(float64());
    const generator = new Generator(3);
    let state = init.state;
    let dropped = 0;
    const n = 400;
    for (let i = 0; i < n; i++) {
      const [y, next] = block.apply(init.params, x, { train: true, state, generator });
      if (y === x) dropped++;
      else expect(close(y, [...mul(x, 9).data], 1e-14)).toBe(true); // x + 2x/0.25
      if (y === x) expect(next).toBe(state);
      state = next;
    }
    expect(calls()).toBe(n - dropped);
    expect(state.calls.item()).toBe(n - dropped);
    expect(Math.abs(dropped / n - 0.75)).toBeLessThan(4 * Math.sqrt((0.75 * 0.25) / n)); // four standard errors
    expect(generator.counter).toBe(n);
  });

  test(`'row': every row is x or x + f(x)/survival, each for itself`, () => {
    const block = residual(branch, { survival: 0.5, mode: 'row' });
    const many = tensor(Array.from({ length: 400 }, () => [...x.data.slice(0, 3)]));
    const y = block.apply(params, many, drawn(2))[0];
    const rows = Array.from({ length: 400 }, (_, i) => [...y.data.slice(3 * i, 3 * i + 3)]);
    const kept = [0, 1, 2].map((k) => x.data[k]! + 2 * fx.data[k]!);
    const isKept = rows.map((row) => Math.abs(row[0]! - kept[0]!) < 1e-14);
    rows.forEach((row, i) => expect(close(tensor(row), isKept[i] ? kept : [...x.data.slice(0, 3)], 1e-14)).toBe(true));
    expect(Math.abs(isKept.filter(Boolean).length - 200)).toBeLessThan(4 * 10); // four standard deviations of B(400, ½)
  });

  test.each(['batch', 'row'] as const)(`'%s': the expected output in training is the output in evaluation`, (mode) => {
    const block = residual(branch, { survival: 0.8, mode });
    const options = drawn(11);
    const n = 4000;
    const total = new Float64Array(12);
    for (let i = 0; i < n; i++) block.apply(params, x, options)[0].data.forEach((v: number, k: number) => (total[k]! += v / n));
    // one draw of f/p·Bernoulli(p) has the standard deviation |f|·√((1 − p)/p)
    total.forEach((v, k) => expect(Math.abs(v - plain[k]!)).toBeLessThan(4 * Math.abs(fx.data[k]!) * Math.sqrt(0.25 / n)));
  });

  test('gradcheck in the params of the branch and in x', () => {
    for (const mode of ['batch', 'row'] as const) {
      for (const seed of [0, 1, 2]) {
        const f = (weight: Tensor, bias: Tensor, v: Tensor): Tensor =>
          square(residual(branch, { survival: 0.6, mode }).apply({ weight, bias }, v, drawn(seed))[0]);
        expect(gradcheck(f, [params.weight, params.bias, wave([3, 3], 2)])).toBe(true);
      }
    }
  });
});
