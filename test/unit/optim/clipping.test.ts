/** Clipping against torch 2.13 (its literals), and the projection that keeps rows short. */
import {
  Adam,
  adam,
  allclose,
  chain,
  clipByGlobalNorm,
  clipByValue,
  clipGradNorm,
  clipGradValue,
  type DType,
  Generator,
  gradcheck,
  gradgradcheck,
  maxNorm,
  mul,
  normal,
  Optimizer,
  parameter,
  type Parameter,
  SGD,
  sgd,
  sub,
  square,
  sum,
  type Tensor,
  tensor,
  UsageError,
} from 'chainrule';
import { describe, expect, test } from 'vitest';

/** A matrix and a scalar with gradients, and a vector without one. */
function graded(dtype: DType = 'float64', factor = 1): [Parameter, Parameter, Parameter] {
  const [w, b, c] = [parameter([[0, 0], [0, 0]], { dtype, name: 'w' }), parameter(0, { dtype, name: 'b' }), parameter([0, 0, 0], { dtype })]; // prettier-ignore
  w.grad = tensor([[3 * factor, -4 * factor], [0.5 * factor, 1.25 * factor]], { dtype }); // prettier-ignore
  b.grad = tensor(-12 * factor, { dtype });
  return [w, b, c];
}

const gradients = (params: readonly Parameter[]): number[] => params.flatMap((p) => (p.grad === null ? [] : [...p.grad.data]));

describe('clipGradNorm: the values of torch.nn.utils.clip_grad_norm_', () => {
  test.each([
    [1, 2, 13.069525622607731, [0.2295415960062842, -0.3060554613417123, 0.03825693266771404, 0.0956423316692851, -0.9181663840251368]],
    [2.5, 1, 20.75, [0.3614457657134571, -0.4819276876179428, 0.06024096095224285, 0.15060240238060713, -1.4457830628538284]],
    [0.3, Infinity, 12, [0.07499999375000052, -0.09999999166666737, 0.012499998958333421, 0.031249997395833555, -0.2999999750000021]],
    [4, 3, 12.211701853525186, [0.982663936711818, -1.310218582282424, 0.163777322785303, 0.4094433069632575, -3.930655746847272]],
    [12.5, 2, 13.069525622607731, [2.869269950078553, -3.825693266771404, 0.4782116583464255, 1.1955291458660637, -11.477079800314211]],
    [100, 2, 13.069525622607731, [3, -4, 0.5, 1.25, -12]],
  ])('to %d, order %d', (maxNorm, normType, norm, expected) => {
    const params = graded();
    const total = clipGradNorm(params, maxNorm, { normType });
    expect(Math.abs(total / norm - 1)).toBeLessThan(1e-15);
    expect(allclose(tensor(gradients(params)), expected, { rtol: 1e-15, atol: 0 })).toBe(true);
    expect(params[2].grad).toBeNull();
  });

  test('short gradients keep their bits; norm 0 stays 0; no gradients at all', () => {
    const params = graded();
    const [before] = params.map((p) => p.grad);
    clipGradNorm(params, 14);
    expect(params[0].grad).toBe(before);
    const [w] = params;
    w.grad = tensor([[0, 0], [0, 0]]); // prettier-ignore
    expect(clipGradNorm([w], 1)).toBe(0);
    expect([...w.grad.data]).toEqual([0, 0, 0, 0]);
    expect(clipGradNorm([parameter(1)], 1)).toBe(0);
  });

  test('gradients whose norm overflows are scaled too', () => {
    const params = graded('float32', 2.7e37);
    expect(clipGradNorm(params, 1)).toBe(Infinity);
    const expected = [3, -4, 0.5, 1.25, -12].map((g) => g / 13.069525622607731);
    expect(allclose(tensor(gradients(params)), expected, { rtol: 1e-6, atol: 0 })).toBe(true); // float32
  });

  test.each([NaN, Infinity])('a gradient that is %d: an error if asked for, else NaN, which step refuses', (bad) => {
    const params = graded();
    const [w, b] = params;
    b.grad = tensor(bad);
    const call = (): unknown => clipGradNorm(params, 1, { errorIfNonfinite: true });
    expect(call).toThrow(UsageError);
    expect(call).toThrow(`clipGradNorm: the norm of the gradients is not finite: ${bad}: they were left as they are`);
    expect([...w.grad!.data]).toEqual([3, -4, 0.5, 1.25]);
    clipGradNorm(params, 1);
    expect(b.grad.item()).toBeNaN();
    expect(() => new SGD(params).step()).toThrow(/^SGD\.step: the gradient of [wb] is not finite at step 1: NaN: the parameters were left/);
  });
});

test('clipGradValue: the values of torch.nn.utils.clip_grad_value_', () => {
  const params = graded();
  clipGradValue(params, 1.1);
  expect(gradients(params)).toEqual([1.1, -1.1, 0.5, 1.1, -1.1]);
  expect(params[2].grad).toBeNull();
});

describe('as transforms', () => {
  const clipped = (pair: ReturnType<typeof clipByValue>, grads: Tensor[]): Tensor[] =>
    pair.update(grads, pair.init(grads), grads)[0] as Tensor[];

  test('clipByGlobalNorm: over all leaves, as optax does: without a guard in the denominator', () => {
    const [g, h] = clipped(clipByGlobalNorm(6.5), [tensor([3, -4]), tensor(-12)]);
    expect([...g!.data, h!.item()]).toEqual([1.5, -2, -6]);
    const short = [tensor([3, -4]), tensor(-12)];
    expect(clipped(clipByGlobalNorm(13), short)).toBe(short);
    expect([...clipped(clipByGlobalNorm(1), [tensor([0, 0])])[0]!.data]).toEqual([0, 0]);
  });

  test('a huge gradient, whose norm overflows, keeps its direction', () => {
    const huge = clipped(clipByGlobalNorm(1), [tensor([1.5e308, -1.5e308]), tensor([1.5e308, 1.5e308])]);
    expect(allclose(tensor(huge.flatMap((g) => [...g.data])), [0.5, -0.5, 0.5, 0.5], { rtol: 1e-15, atol: 0 })).toBe(true);
    const float32 = clipped(clipByGlobalNorm(1), [tensor([3e38, 0, 3e38, 3e38, 3e38], { dtype: 'float32' })]);
    expect([...float32[0]!.data]).toEqual([0.5, 0, 0.5, 0.5, 0.5]);
    expect(float32[0]!.dtype).toBe('float32');
  });

  test('chain(clipByGlobalNorm, adam) goes on under gradients of 1e200, where Adam alone is refused', () => {
    const loss = (w: Tensor): Tensor => sum(mul(1e200, square(sub(w, [1, 2]))));
    const w = parameter([0, 0], { name: 'w' });
    const alone = new Adam([w], { lr: 0.1 });
    const call = (): unknown => alone.minimize(() => loss(w));
    expect(call).toThrow(
      'Adam.minimize: expAvgSq of w is not finite at step 1: Infinity: the parameters were left as they are; clip the gradients',
    );
    expect([[...w.data], alone.state.step]).toEqual([[0, 0], 0]);
    const optimizer = new Optimizer('clipped', [w], () => chain(clipByGlobalNorm(1), adam({ lr: 0.1 })));
    for (let t = 0; t < 200; t++) optimizer.minimize(() => loss(w));
    expect(allclose(w.value, [1, 2], { rtol: 0, atol: 0.05 })).toBe(true);
  });

  test('the joint norm is that of one group', () => {
    const [a, b] = [parameter(0), parameter(0)];
    const make = (): ReturnType<typeof chain> => chain(clipByGlobalNorm(1), sgd({ lr: 1 }));
    new Optimizer('clipped', [{ params: [a] }, { params: [b] }], make).minimize(() => sum(mul(-5, a.add(b))));
    expect([a.item(), b.item()]).toEqual([1, 1]);
  });
});

describe('maxNorm', () => {
  const generator = new Generator(11);
  const lengths = (w: Tensor): number[] => (w.toArray() as number[][]).map((row) => Math.hypot(...row));

  test.each<[DType, number]>([
    ['float64', 2 ** -52],
    ['float32', 2 ** -23],
  ])('%s: no row is longer than max, short rows keep their bits, a second time changes nothing', (dtype, epsilon) => {
    for (const [max, columns] of [
      [1, 3],
      [0.1, 10],
      [3, 100],
      [0.7, 1000],
      [1e5, 2],
    ] as const) {
      // prettier-ignore
      const scale = mul(normal([60, 1], { generator, dtype }), max);
      const w = mul(normal([60, columns], { generator, dtype }), scale).div(Math.sqrt(columns));
      const p = maxNorm(w, { max });
      const before = lengths(w);
      lengths(p).forEach((length, i) => {
        expect(length).toBeLessThanOrEqual(max);
        const [from, to] = [w, p].map((t) => [...t.data.slice(i * columns, (i + 1) * columns)]);
        if (before[i]! <= max * (1 - 4 * epsilon)) expect(to).toEqual(from);
        else expect(length / max).toBeGreaterThan(1 - 16 * epsilon);
      });
      expect([before.some((n) => n > max), before.some((n) => n < max)]).toEqual([true, true]);
      expect([...maxNorm(p, { max }).data]).toEqual([...p.data]);
      expect(p.dtype).toBe(dtype);
    }
  });

  test('columns, all at once, and a row of zeros', () => {
    const w = [[3, 0], [4, 0.5]]; // prettier-ignore
    expect(allclose(maxNorm(w, { max: 1, axis: 0 }), [[0.6, 0], [0.8, 0.5]], { rtol: 1e-15, atol: 0 })).toBe(true); // prettier-ignore
    expect(allclose(maxNorm([[3, 0], [0, 4]], { max: 1, axis: [0, 1] }), [[0.6, 0], [0, 0.8]], { rtol: 1e-14, atol: 0 })).toBe(true); // prettier-ignore
    expect(maxNorm([[0, 0]], { max: 1 }).toArray()).toEqual([[0, 0]]);
  });

  test('its gradient, of long and short rows and a row of zeros', () => {
    const w = tensor([[3, -4, 1], [0.3, 0.4, -0.1], [0, 0, 0]]); // prettier-ignore
    expect(gradcheck((x) => maxNorm(x, { max: 1 }), [w])).toBe(true);
    expect(gradgradcheck((x) => maxNorm(x, { max: 1 }), [w])).toBe(true);
  });

  test('after every step of an optimizer, in its group only', () => {
    const [w, free] = [parameter([[0.5, 0.5], [0.1, 0]]), parameter([[9, 9]])]; // prettier-ignore
    const optimizer = new SGD([{ params: [w], project: (v) => maxNorm(v, { max: 1 }) }, { params: [free] }], { lr: 0.05, momentum: 0.9 });
    for (let t = 0; t < 300; t++) {
      optimizer.minimize(() => sum(square(sub(w, [[3, 4], [0.2, 0.3]]))).add(sum(square(sub(free, 8))))); // prettier-ignore
      for (const length of lengths(w.value)) expect(length).toBeLessThanOrEqual(1);
    }
    // the nearest point of the disc, and a minimum inside it
    expect(allclose(w.value, [[0.6, 0.8], [0.2, 0.3]], { rtol: 0, atol: 1e-6 })).toBe(true); // prettier-ignore
    expect(allclose(free.value, [[8, 8]], { rtol: 0, atol: 1e-5 })).toBe(true);
  });
});

test.each<[() => unknown, string]>([
  [() => clipByGlobalNorm(0), 'clipByGlobalNorm: maxNorm must be a positive number, or a schedule: 0'],
  [() => clipByGlobalNorm('1' as never), "clipByGlobalNorm: maxNorm must be a positive number, or a schedule: '1'"],
  [() => clipByValue(-1), 'clipByValue: maxValue must be a positive number, or a schedule: -1'],
  [() => clipGradNorm([parameter(1)], 0), 'clipGradNorm: maxNorm must be positive: 0'],
  [() => clipGradNorm([parameter(1)], 1, { normType: NaN }), 'clipGradNorm: normType must be positive: NaN'],
  [() => clipGradNorm([parameter(1)], 1, { normtype: 1 } as never), "clipGradNorm: unknown option 'normtype': did you mean 'normType'?"],
  [() => clipGradNorm(parameter(1) as never, 1), 'clipGradNorm: needs a list of parameters: got'],
  [() => clipGradValue([parameter(1)], -1), 'clipGradValue: clipValue must be positive: -1'],
  [() => clipGradValue(null as never, 1), 'clipGradValue: needs a list of parameters: got null: [w] for one'],
  [() => maxNorm([1], { max: 0 }), 'maxNorm: max must be positive: 0: maxNorm(w, { max: 3 })'],
  [() => maxNorm([1], undefined as never), 'maxNorm: max must be positive: undefined'],
  [() => maxNorm([1], { max: 1, axes: 0 } as never), "maxNorm: unknown option 'axes': did you mean 'axis'?"],
])('error %#', (call, message) => {
  expect(call).toThrow(UsageError);
  expect(call).toThrow(message);
});
