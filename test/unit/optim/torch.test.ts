/** Ten steps of every optimizer against torch 2.13 in float64, with the options that matter. */
import {
  Adadelta,
  Adagrad,
  Adam,
  AdamW,
  add,
  exp,
  mul,
  noGrad,
  type Optimizer,
  parameter,
  type Parameter,
  pow,
  RMSprop,
  SGD,
  sin,
  square,
  sum,
  type Tensor,
} from 'chainrule';
import { describe, expect, test } from 'vitest';
import { paths } from './torch-values.js';

type Make = (params: Parameter[]) => Pick<Optimizer, 'minimize'>;
type Row = readonly [name: string, make: Make];

function loss(w: Tensor, b: Tensor): Tensor {
  const h = add(sum(mul(w, [1.5, -0.5])), b);
  return add(add(square(h), mul(0.1, sum(pow(w, 4)))), add(exp(mul(b, 0.5)), sin(sum(square(w)))));
}

/** w₀, w₁, b after each of ten steps; b gets no gradient at the steps in `sitsOut`. */
function path(make: Make, sitsOut: readonly number[] = []): number[] {
  const [w, b] = [parameter([0.8, -1.1], { name: 'w' }), parameter(0.5, { name: 'b' })];
  const optimizer = make([w, b]);
  return Array.from({ length: 10 }, (_, t) => {
    optimizer.minimize(() => loss(w, sitsOut.includes(t) ? noGrad(() => mul(b, 1)) : b));
    return [...w.data, b.item()];
  }).flat();
}

/** Equal to a relative 1e-12: torch rounds some sums in another order, or once where two roundings are written here. */
function expectPath(found: readonly number[], name: string): void {
  const expected = paths[name]!;
  expect(found).toHaveLength(expected.length);
  const wrong = expected.flatMap((e, i) =>
    Math.abs(found[i]! - e) <= 1e-12 * Math.abs(e) ? [] : [{ step: Math.floor(i / 3), found: found[i], e }],
  );
  expect(wrong).toEqual([]);
}

const rows: readonly Row[] = [
  ['SGD, plain', (params) => new SGD(params, { lr: 0.05 })],
  ['SGD, momentum', (params) => new SGD(params, { lr: 0.05, momentum: 0.8 })],
  ['SGD, dampening', (params) => new SGD(params, { lr: 0.05, momentum: 0.8, dampening: 0.3 })],
  ['SGD, nesterov', (params) => new SGD(params, { lr: 0.05, momentum: 0.8, nesterov: true, weightDecay: 0.1 })],
  ['SGD, maximize', (params) => new SGD(params, { lr: 0.01, momentum: 0.5, weightDecay: 0.1, maximize: true })],
  ['Adagrad, defaults', (params) => new Adagrad(params)],
  ['Adagrad, lrDecay', (params) => new Adagrad(params, { lr: 0.3, lrDecay: 0.2 })],
  ['Adagrad, start', (params) => new Adagrad(params, { lr: 0.3, initialAccumulatorValue: 0.7, eps: 0.01, weightDecay: 0.1 })],
  ['Adagrad, maximize', (params) => new Adagrad(params, { lr: 0.1, weightDecay: 0.1, maximize: true })],
  ['RMSprop, defaults', (params) => new RMSprop(params)],
  ['RMSprop, centered', (params) => new RMSprop(params, { lr: 0.02, alpha: 0.9, centered: true })],
  ['RMSprop, momentum', (params) => new RMSprop(params, { lr: 0.02, alpha: 0.9, eps: 0.01, momentum: 0.6, weightDecay: 0.1 })],
  ['RMSprop, all', (params) => new RMSprop(params, { lr: 0.01, alpha: 0.3, momentum: 0.6, centered: true, maximize: true })],
  ['Adam, defaults', (params) => new Adam(params)],
  ['Adam, betas', (params) => new Adam(params, { lr: 0.1, betas: [0.3, 0.8], eps: 0.01, weightDecay: 0.2 })],
  ['Adam, amsgrad', (params) => new Adam(params, { lr: 0.1, betas: [0.8, 0.6], amsgrad: true })],
  ['Adam, maximize', (params) => new Adam(params, { lr: 0.1, weightDecay: 0.2, maximize: true })],
  ['AdamW, defaults', (params) => new AdamW(params)],
  ['AdamW, weightDecay', (params) => new AdamW(params, { lr: 0.1, betas: [0.8, 0.6], weightDecay: 0.5, amsgrad: true })],
  ['AdamW, maximize', (params) => new AdamW(params, { lr: 0.1, weightDecay: 0.2, maximize: true })],
  ['Adadelta, defaults', (params) => new Adadelta(params)],
  ['Adadelta, options', (params) => new Adadelta(params, { lr: 0.5, rho: 0.7, eps: 0.01, weightDecay: 0.1 })],
  ['Adadelta, maximize', (params) => new Adadelta(params, { eps: 0.001, maximize: true })],
];

test.each(rows)('%s: the path of torch', (name, make) => {
  expectPath(path(make), name);
});

describe('a parameter whose gradient is missing at steps 0, 1 and 4 is as old as the steps it took part in', () => {
  const late: readonly Row[] = [
    ['SGD, b sits out', (params) => new SGD(params, { lr: 0.05, momentum: 0.8, dampening: 0.3 })],
    ['Adagrad, b sits out', (params) => new Adagrad(params, { lr: 0.3, lrDecay: 0.2 })],
    ['Adam, b sits out', (params) => new Adam(params, { lr: 0.1, betas: [0.8, 0.6], amsgrad: true })],
  ];
  test.each(late)('%s: the path of torch', (name, make) => {
    expectPath(path(make, [0, 1, 4]), name);
  });
});

describe('groups with options of their own', () => {
  test('SGD: rate, weight decay and momentum', () => {
    const make: Make = ([w, b]) =>
      new SGD([{ params: [w!] }, { params: [b!], lr: 0.01, weightDecay: 0.3, momentum: 0 }], { lr: 0.05, momentum: 0.8, weightDecay: 0.1 });
    expectPath(path(make), 'groups of SGD');
  });

  test('Adam: averages of one, rate and weight decay of the other', () => {
    const make: Make = ([w, b]) =>
      new Adam(
        [
          { params: [w!], betas: [0.5, 0.7] },
          { params: [b!], lr: 0.01, weightDecay: 0.3 },
        ],
        { lr: 0.05 },
      );
    expectPath(path(make), 'groups of Adam');
  });
});

test('no two paths are the same: an option that is ignored would be seen', () => {
  expect(new Set(Object.values(paths).map(String)).size).toBe(Object.keys(paths).length);
});
