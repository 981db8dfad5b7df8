/** Ties and kinks: the published table, row by row, at orders 0, 1 and 2. */
import {
  abs,
  amax,
  clip,
  cumprod,
  grad,
  gt,
  hessian,
  log,
  logsumexp,
  max,
  maximum,
  min,
  minimum,
  mul,
  multiclassHinge,
  type NestedArray,
  norm,
  pow,
  prod,
  relu,
  sigmoid,
  softplus,
  sqrt,
  std,
  sub,
  sum,
  type Tensor,
  tensor,
  variance,
  where,
} from 'chainrule';
import { describe, expect, test } from 'vitest';

interface Row {
  readonly name: string;
  readonly f: (x: Tensor) => Tensor;
  readonly x: number | number[] | number[][];
  readonly value: number;
  readonly gradient: NestedArray;
  readonly hessian: NestedArray;
}

const zeros = (n: number): number[][] => Array.from({ length: n }, () => new Array<number>(n).fill(0));
/** −0 and 0 are one number here. */
const plain = (x: NestedArray): NestedArray => (Array.isArray(x) ? x.map(plain) : typeof x === 'number' ? x + 0 : x);

const rows: readonly Row[] = [
  { name: 'relu at 0', f: relu, x: 0, value: 0, gradient: 0, hessian: 0 },
  { name: 'abs at 0', f: abs, x: 0, value: 0, gradient: 0, hessian: 0 },
  { name: 'abs at −0', f: abs, x: -0, value: 0, gradient: 0, hessian: 0 },
  { name: 'max, two-way tie', f: (x) => max(x), x: [2, 2], value: 2, gradient: [0.5, 0.5], hessian: zeros(2) },
  { name: 'max, two of three tie', f: (x) => max(x), x: [5, 1, 5], value: 5, gradient: [0.5, 0, 0.5], hessian: zeros(3) },
  { name: 'max, four-way tie', f: (x) => max(x), x: [1, 1, 1, 1], value: 1, gradient: [0.25, 0.25, 0.25, 0.25], hessian: zeros(4) },
  { name: 'amax, two-way tie', f: (x) => amax(x), x: [2, 2], value: 2, gradient: [0.5, 0.5], hessian: zeros(2) },
  { name: 'min, two-way tie', f: (x) => min(x), x: [2, 2, 3], value: 2, gradient: [0.5, 0.5, 0], hessian: zeros(3) },
  {
    name: 'square of a max tie',
    f: (x) => mul(max(x), max(x)),
    x: [3, 3],
    value: 9,
    gradient: [3, 3],
    hessian: [
      [0.5, 0.5],
      [0.5, 0.5],
    ],
  },
  { name: 'maximum(x, 0) at 0', f: (x) => maximum(x, 0), x: 0, value: 0, gradient: 0.5, hessian: 0 },
  { name: 'maximum(0, x) at 0', f: (x) => maximum(0, x), x: 0, value: 0, gradient: 0.5, hessian: 0 },
  { name: 'minimum(x, 0) at 0', f: (x) => minimum(x, 0), x: 0, value: 0, gradient: 0.5, hessian: 0 },
  { name: 'minimum(0, x) at 0', f: (x) => minimum(0, x), x: 0, value: 0, gradient: 0.5, hessian: 0 },
  { name: 'maximum(x, x)', f: (x) => maximum(x, x), x: 7, value: 7, gradient: 1, hessian: 0 },
  { name: 'clip at its lower bound', f: (x) => clip(x, 0, 1), x: 0, value: 0, gradient: 1, hessian: 0 },
  { name: 'clip at its upper bound', f: (x) => clip(x, 0, 1), x: 1, value: 1, gradient: 1, hessian: 0 },
  { name: 'clip below', f: (x) => clip(x, 0, 1), x: -0.1, value: 0, gradient: 0, hessian: 0 },
  { name: 'clip above', f: (x) => clip(x, 0, 1), x: 1.1, value: 1, gradient: 0, hessian: 0 },
  { name: 'sqrt at 0', f: sqrt, x: 0, value: 0, gradient: Infinity, hessian: -Infinity },
  { name: 'norm of the zero vector', f: (x) => norm(x), x: [0, 0, 0], value: 0, gradient: [0, 0, 0], hessian: zeros(3) },
  { name: 'norm of one zero', f: (x) => norm(x), x: [0], value: 0, gradient: [0], hessian: [[0]] },
  { name: 'norm of a scalar zero', f: (x) => norm(x), x: 0, value: 0, gradient: 0, hessian: 0 },
  { name: '3-norm of the zero vector', f: (x) => norm(x, { ord: 3 }), x: [0, 0], value: 0, gradient: [0, 0], hessian: zeros(2) },
  { name: '1-norm of the zero vector', f: (x) => norm(x, { ord: 1 }), x: [0, 0], value: 0, gradient: [0, 0], hessian: zeros(2) },
  { name: '∞-norm of the zero vector', f: (x) => norm(x, { ord: Infinity }), x: [0, 0], value: 0, gradient: [0, 0], hessian: zeros(2) },
  { name: 'std of a constant', f: (x) => std(x), x: [4, 4, 4], value: 0, gradient: [0, 0, 0], hessian: zeros(3) },
  { name: 'std of a constant, ddof 1', f: (x) => std(x, { ddof: 1 }), x: [4, 4], value: 0, gradient: [0, 0], hessian: zeros(2) },
  {
    name: 'variance of a constant',
    f: (x) => variance(x),
    x: [4, 4],
    value: 0,
    gradient: [0, 0],
    hessian: [
      [0.5, -0.5],
      [-0.5, 0.5],
    ],
  },
  { name: 'pow(x, 2) at 0', f: (x) => pow(x, 2), x: 0, value: 0, gradient: 0, hessian: 2 },
  { name: 'pow(x, 3) at 0', f: (x) => pow(x, 3), x: 0, value: 0, gradient: 0, hessian: 0 },
  { name: 'pow(x, 1) at 0', f: (x) => pow(x, 1), x: 0, value: 0, gradient: 1, hessian: 0 },
  { name: 'pow(x, 0) at 0', f: (x) => pow(x, 0), x: 0, value: 1, gradient: 0, hessian: 0 },
  { name: 'pow(x, 2) below 0', f: (x) => pow(x, 2), x: -3, value: 9, gradient: -6, hessian: 2 },
  {
    name: 'prod with one zero',
    f: (x) => prod(x),
    x: [0, 2, 3],
    value: 0,
    gradient: [6, 0, 0],
    hessian: [
      [0, 3, 2],
      [3, 0, 0],
      [2, 0, 0],
    ],
  },
  {
    name: 'prod with two zeros',
    f: (x) => prod(x),
    x: [0, 2, 0],
    value: 0,
    gradient: [0, 0, 0],
    hessian: [
      [0, 0, 2],
      [0, 0, 0],
      [2, 0, 0],
    ],
  },
  {
    name: 'cumprod with a zero',
    f: (x) => sum(cumprod(x)),
    x: [2, 0, 3],
    value: 2,
    gradient: [1, 8, 0],
    hessian: [
      [0, 4, 0],
      [4, 0, 2],
      [0, 2, 0],
    ],
  },
  { name: 'where(x > 0, log x, 0) at 0', f: (x) => where(gt(x, 0), log(x), 0), x: 0, value: 0, gradient: 0, hessian: 0 },
  { name: 'where on its border', f: (x) => where(gt(x, 1), mul(3, x), mul(x, x)), x: 1, value: 1, gradient: 2, hessian: 2 },
  { name: 'softplus at 1000', f: softplus, x: 1000, value: 1000, gradient: 1, hessian: 0 },
  { name: 'softplus at −1000', f: softplus, x: -1000, value: 0, gradient: 0, hessian: 0 },
  { name: 'softplus at 0', f: softplus, x: 0, value: Math.LN2, gradient: 0.5, hessian: 0.25 },
  { name: 'sigmoid at 1000', f: sigmoid, x: 1000, value: 1, gradient: 0, hessian: 0 },
  { name: 'sigmoid at −1000', f: sigmoid, x: -1000, value: 0, gradient: 0, hessian: 0 },
  { name: 'logsumexp([−∞, 0])', f: (x) => logsumexp(x), x: [-Infinity, 0], value: 0, gradient: [0, 1], hessian: zeros(2) },
  {
    name: 'logsumexp of −∞ alone',
    f: (x) => logsumexp(x),
    x: [-Infinity, -Infinity],
    value: -Infinity,
    gradient: [0, 0],
    hessian: zeros(2),
  },
  {
    name: 'logsumexp of 1000 and 1000',
    f: (x) => sub(logsumexp(x), 1000),
    x: [1000, 1000],
    value: Math.LN2,
    gradient: [0.5, 0.5],
    hessian: [
      [0.25, -0.25],
      [-0.25, 0.25],
    ],
  },
  { name: 'unused input', f: () => tensor(3), x: [1, 2], value: 3, gradient: [0, 0], hessian: zeros(2) },
  { name: 'multiclass hinge at the kink', f: (s) => multiclassHinge(s, 0), x: [2, 1, 0], value: 0, gradient: [0, 0, 0], hessian: zeros(3) },
];

const close = (actual: NestedArray, expected: NestedArray): void => {
  const [a, b] = [[actual].flat(9), [expected].flat(9)] as [number[], number[]];
  expect(a).toHaveLength(b.length);
  a.forEach((v, i) => {
    if (Number.isFinite(b[i]!))
      expect(Math.abs(v - b[i]!), `${v} is not ${b[i]!}`).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(b[i]!)));
    else expect(v).toBe(b[i]);
  });
};

describe.each(rows)('$name', ({ f, x, value, gradient, hessian: second }) => {
  test('value', () => close(f(tensor(x)).item(), value));
  test('gradient', () => close(plain(grad(f)(tensor(x)).toArray()), gradient));
  test('second derivative', () => close(plain(hessian(f)(tensor(x)).toArray()), second));
});

test('ties along an axis share within it', () => {
  const g = grad((x) => sum(max(x, { axis: 1 })))(
    tensor([
      [1, 1, 0],
      [2, 3, 3],
    ]),
  );
  expect(g.toArray()).toEqual([
    [0.5, 0.5, 0],
    [0, 0.5, 0.5],
  ]);
});

test('both sides of maximum and minimum at a tie', () => {
  for (const f of [maximum, minimum]) {
    const [a, b] = grad((x: Tensor, y: Tensor) => sum(f(x, y)), { argnums: [0, 1] })(tensor([1, 5]), tensor([1, 5]));
    expect(a.toArray()).toEqual([0.5, 0.5]);
    expect(b.toArray()).toEqual([0.5, 0.5]);
  }
});

test('bounds of clip get the gradient of what they replaced', () => {
  const [x, lo, hi] = grad((a: Tensor, b: Tensor, c: Tensor) => sum(clip(a, b, c)), { argnums: [0, 1, 2] })(tensor([-1, 0.5, 2]), 0, 1);
  expect(x.toArray()).toEqual([0, 1, 0]);
  expect(lo.item()).toBe(1);
  expect(hi.item()).toBe(1);
});

test('NaN is not hidden', () => {
  expect(max([1, NaN, 2]).item()).toBeNaN();
  expect(maximum(NaN, 1).item()).toBeNaN();
  expect(relu(NaN).item()).toBeNaN();
  expect(clip(NaN, 0, 1).item()).toBeNaN();
  expect(norm([NaN, 1]).item()).toBeNaN();
});

test('the norm neither overflows nor underflows', () => {
  expect(norm([3e200, 4e200]).item()).toBeCloseTo(5e200, -190);
  expect(norm([3e-200, 4e-200]).item() / 5e-200).toBeCloseTo(1, 12);
  expect(grad((x) => norm(x))(tensor([3e-200, 4e-200])).toArray()).toEqual([expect.closeTo(0.6, 12), expect.closeTo(0.8, 12)]);
});

test('a constant whose mean rounds has a gradient of 0 all the same', () => {
  expect(std([0.1, 0.1, 0.1]).item()).toBeLessThan(1e-16);
  for (const g of grad((x) => std(x))(tensor([0.1, 0.1, 0.1])).data) expect(Math.abs(g)).toBeLessThan(1e-12);
});
