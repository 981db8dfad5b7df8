/** What optimizers do around the formulas: groups, refusals that change nothing, missing gradients, projections. */
import {
  Adagrad,
  Adam,
  add,
  chain,
  div,
  exp,
  GradError,
  type GradientTransform,
  LBFGS,
  log,
  mul,
  noGrad,
  Optimizer,
  parameter,
  type Parameter,
  RMSprop,
  saveState,
  SGD,
  sgd,
  ShapeError,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  UsageError,
} from 'chainrule';
import { describe, expect, test } from 'vitest';

type Plugged = Pick<Optimizer, 'minimize' | 'step' | 'stateDict' | 'zeroGrad'>;

/** Everything that a refusal must leave alone, bit by bit. */
const snapshot = (optimizer: Plugged, params: readonly Parameter[]): Uint8Array => saveState({ params, state: optimizer.stateDict() });

/** The call throws this, twice, and changes nothing. */
function refused(
  optimizer: Plugged,
  params: readonly Parameter[],
  call: () => unknown,
  kind: typeof UsageError,
  message: string | RegExp,
): void {
  const before = snapshot(optimizer, params);
  for (let i = 0; i < 2; i++) {
    expect(call).toThrow(kind);
    expect(call).toThrow(message);
  }
  expect(snapshot(optimizer, params)).toEqual(before);
}

describe('groups', () => {
  const [a, b] = [parameter(1, { name: 'a' }), parameter(2, { name: 'b' })];

  test('options of a group win over those of the optimizer; what is undefined does not count', () => {
    const groups = [{ params: [a], lr: 0.5 }, { params: [b], lr: undefined as never, momentum: 0.5 }]; // prettier-ignore
    const { paramGroups } = new SGD(groups, { lr: 0.1, weightDecay: 0.25 });
    expect(paramGroups.map((g) => g.options)).toEqual([
      { lr: 0.5, weightDecay: 0.25 },
      { lr: 0.1, weightDecay: 0.25, momentum: 0.5 },
    ]);
    expect(paramGroups.every((g) => Object.isFrozen(g.options))).toBe(true);
    expect(() => ((paramGroups[0]!.options as { lr: number }).lr = 9)).toThrow(TypeError);
  });

  test('a step on both, by hand', () => {
    const [x, y] = [parameter(1), parameter(2)];
    const optimizer = new SGD([{ params: [x], lr: 0.5 }, { params: [y], weightDecay: 1 }], { lr: 0.25 }); // prettier-ignore
    optimizer.minimize(() => add(square(x), mul(3, y)));
    expect([x.item(), y.item()]).toEqual([1 - 0.5 * 2, 2 - 0.25 * (3 + 2)]);
    expect(optimizer.params).toEqual([x, y]);
  });

  test.each<[() => unknown, string]>([
    [() => new SGD([a, a]), 'SGD: a comes twice: one step would move it twice'],
    [() => new SGD([{ params: [a] }, { params: [b, a] }]), 'SGD: a comes twice: one step would move it twice'],
    [() => new SGD([{ params: [] }]), 'SGD: a group needs at least one parameter: { params: [w], lr: 0.1 }'],
    [() => new SGD([{ params: a as never }]), 'SGD: a group needs at least one parameter'],
    [() => new SGD([{ params: [3 as never] }]), 'SGD: params must be made by parameter(…): got 3'],
    [() => new SGD([{ params: [a] }, b] as never), 'SGD: params must be made by parameter(…): got [object Object]'],
    [() => new SGD([{ params: [a], rate: 1 } as never]), "SGD: unknown option 'rate'"],
    [() => new SGD([{ params: [a], lr: -1 }]), 'SGD: lr must be a finite number, not negative, or a schedule: -1'],
    [() => new SGD([{ params: [a], project: 3 as never }]), 'SGD: project must be a function: got 3: (w) => maxNorm(w, { max: 3 })'],
    [() => new Adam([a], { betas: 0.9 as never }), 'Adam: betas must be two numbers: 0.9'],
    [() => new Adam([a], { betas: [1, 0.9] }), 'Adam: beta1 must be at least 0 and less than 1, or a schedule: 1'],
    [() => new Adagrad([a], { initialAccumulatorValue: -1 }), 'Adagrad: initialAccumulatorValue must be a finite number, not negative: -1'],
    [() => new RMSprop([a], { centred: true } as never), "RMSprop: unknown option 'centred': did you mean 'centered'?"],
  ])('error %#', (call, message) => {
    expect(call).toThrow(UsageError);
    expect(call).toThrow(message);
  });
});

describe('a step that cannot be made changes nothing, bit by bit', () => {
  const make: readonly (readonly [string, (params: Parameter[]) => Plugged])[] = [
    ['SGD', (p) => new SGD(p, { lr: 0.1, momentum: 0.9 })],
    ['Adam', (p) => new Adam(p, { lr: 0.1 })],
    ['LBFGS', (p) => new LBFGS(p, { maxIter: 2 })],
  ];
  /** Two steps have been taken; then the loss is another. */
  function trained(plug: (params: Parameter[]) => Plugged): [Parameter, Parameter, Plugged] {
    const [w, b] = [parameter([0.1 + 0.2, 2], { name: 'w' }), parameter(-1, { name: 'b' })];
    const optimizer = plug([b, w]);
    for (let t = 0; t < 2; t++) optimizer.minimize(() => add(sum(square(square(w))), square(sub(b, sum(w)))));
    return [w, b, optimizer];
  }

  test.each(make)('%s: loss, gradient, foreign errors', (name, plug) => {
    const [w, b, optimizer] = trained(plug);
    const fails = (f: () => unknown, kind: typeof UsageError, message: string): void => {
      refused(optimizer, [w, b], () => optimizer.minimize(f as () => Tensor), kind, message);
    };
    const left = 'the parameters were left as they are';
    fails(
      () => sum(log(sub(w, 100))),
      UsageError,
      `${name}.minimize: the loss is not finite at step 3: NaN: ${left}; lower the learning rate or look at the data`,
    );
    fails(() => div(1, sum(sub(w, w))), UsageError, `${name}.minimize: the loss is not finite at step 3: Infinity`);
    fails(() => add(sum(w), sqrt(sub(b, b))), UsageError, `${name}.minimize: the gradient of b is not finite at step 3: `);
    fails(() => 5, GradError, `${name}.minimize: the loss depends on no parameter: compute it from the parameters inside f`);
    fails(
      () => square(parameter(3)),
      GradError,
      `${name}.minimize: the loss depends on no parameter: compute it from the parameters inside f`,
    );
    fails(() => noGrad(() => sum(w)), GradError, `${name}.minimize: the loss depends on no parameter`);
    fails(() => w, GradError, `${name}.minimize: the loss must be a scalar: got [2]`);
    fails(() => undefined, UsageError, `${name}.minimize: f returned nothing: does its body lack a return?`);
    fails(async () => sum(w), UsageError, `${name}.minimize: f returned a Promise: losses are synchronous`);
    refused(optimizer, [w, b], () => optimizer.minimize(sum(w) as never), UsageError, `${name}.minimize: needs a function: got `);
    expect(() => optimizer.minimize(() => null as never)).toThrow(/null/);
    optimizer.minimize(() => add(sum(square(w)), square(b)));
    expect(optimizer.stateDict().step).toBe(3);
  });

  test('the update overflows: the other parameters and groups stay too', () => {
    const [w, b] = [parameter(1, { name: 'w' }), parameter(3, { name: 'b' })];
    const optimizer = new SGD([{ params: [w] }, { params: [b], lr: 1e308 }], { lr: 0.1, momentum: 0.9 });
    const message =
      'SGD.minimize: the new value of b is not finite at step 1: -Infinity: the parameters were left as they are; lower the learning rate';
    refused(optimizer, [w, b], () => optimizer.minimize(() => add(square(w), square(b))), UsageError, message);
  });

  test('float32 overflows where float64 would not', () => {
    const w = parameter(1, { name: 'w', dtype: 'float32' });
    const optimizer = new SGD([w], { lr: 1e38 });
    refused(
      optimizer,
      [w],
      () => optimizer.minimize(() => mul(-8, w)),
      UsageError,
      'SGD.minimize: the new value of w is not finite at step 1: Infinity',
    );
    // an average of squares overflows long before: the parameter would never move again
    const adam = new Adam([w], { lr: 0.1 });
    refused(
      adam,
      [w],
      () => adam.minimize(() => mul(1e20, w)),
      UsageError,
      'Adam.minimize: expAvgSq of w is not finite at step 1: Infinity',
    );
  });

  test('a projection that changes the shape, or gives NaN', () => {
    const [w, b] = [parameter([1, 2], { name: 'w' }), parameter(1, { name: 'b' })];
    for (const [project, kind, message] of [
      [(v: Tensor) => sum(v), ShapeError, 'SGD: project must keep the shape of w: [2] → []'],
      [(v: Tensor) => log(sub(v, 100)), UsageError, 'SGD.minimize: the new value of w is not finite at step 1: NaN'],
    ] as const) {
      const optimizer = new SGD([{ params: [b] }, { params: [w], project }], { lr: 0.1 });
      refused(optimizer, [b, w], () => optimizer.minimize(() => add(sum(w), b)), kind, message);
    }
  });

  test('step: no gradient, one that is NaN, one of another shape, a closure that fails', () => {
    const [w, b] = [parameter([1, 2], { name: 'w' }), parameter(1, { name: 'b' })];
    const optimizer = new SGD([b, w], { lr: 0.1, momentum: 0.9 });
    const fails = (kind: typeof UsageError, message: string, closure?: () => Tensor): void =>
      refused(optimizer, [w, b], () => optimizer.step(closure), kind, message);
    fails(UsageError, 'SGD.step: no parameter has a gradient: call loss.backward() first');
    fails(UsageError, 'SGD.step: no parameter has a gradient: call loss.backward() first', () => tensor(1));
    sum(add(w, b)).backward();
    fails(UsageError, 'SGD.step: the loss is not finite at step 1: NaN: the parameters were left as they are', () => tensor(NaN));
    fails(UsageError, 'SGD.step: the closure must return the loss: got undefined', () => undefined as never);
    w.grad = tensor([1, 2, 3]);
    fails(ShapeError, 'SGD: gradients, state and parameters differ in shape: [3] and [2]');
    w.grad = tensor([1, NaN]);
    fails(UsageError, 'SGD.step: the gradient of w is not finite at step 1: NaN: the parameters were left as they are');
    optimizer.zeroGrad();
    expect([w.grad, b.grad]).toEqual([null, null]);
  });
});

describe('parameters without a gradient', () => {
  const plugs: readonly (readonly [string, (p: Parameter[]) => Plugged])[] = [
    ['SGD', (p) => new SGD(p, { lr: 0.1, momentum: 0.9, weightDecay: 0.5 })],
    ['Adam', (p) => new Adam(p, { lr: 0.1, weightDecay: 0.5 })],
    ['Adagrad', (p) => new Adagrad(p, { lr: 0.1, weightDecay: 0.5, lrDecay: 0.5 })],
    ['a chain', (p) => new Optimizer('chain', p, () => chain(sgd({ lr: 1 }), sgd({ lr: 0.1, momentum: 0.9, weightDecay: 0.5 })))],
  ];

  test.each(plugs)('%s: they stay, and so do their buffers, with minimize and with step', (_, plug) => {
    const [w, rest] = [parameter([1, 2]), parameter([3, 4])];
    const [v, rest2] = [parameter([1, 2]), parameter([3, 4])];
    const [one, two] = [plug([w, rest]), plug([v, rest2])];
    const losses = [
      (p: Tensor, q: Tensor) => sum(mul(square(p), q)),
      (p: Tensor) => sum(exp(p)),
      (p: Tensor, q: Tensor) => sum(mul(p, square(q))),
    ];
    losses.forEach((loss, t) => {
      const before = saveState({ rest, state: Object.entries(one.stateDict().state[1]!).filter(([, x]) => typeof x !== 'number') });
      one.minimize(() => loss(w, rest));
      two.zeroGrad();
      loss(v, rest2).backward();
      two.step();
      expect(snapshot(two, [v, rest2])).toEqual(snapshot(one, [w, rest]));
      const after = saveState({ rest, state: Object.entries(one.stateDict().state[1]!).filter(([, x]) => typeof x !== 'number') });
      if (t === 1) expect(after).toEqual(before);
      else expect(after).not.toEqual(before);
    });
  });

  test('a loss that is flat in a parameter has a gradient, which is 0: weight decay and momentum go on', () => {
    const [w, b] = [parameter(1), parameter(1)];
    new SGD([w, b], { lr: 0.5, weightDecay: 0.5 }).minimize(() => add(square(w), mul(0, b)));
    expect(b.item()).toBe(0.75);
  });
});

test('at a saddle point: x² − y² from (1, 0) ends in it, from (1, 1e-8) it leaves by a factor 1.2 a step', () => {
  const saddle = (p: Tensor): Tensor => sum(mul([1, -1], square(p)));
  const [on, off] = [parameter([1, 0]), parameter([1, 1e-8])];
  const [one, two] = [new SGD([on], { lr: 0.1 }), new SGD([off], { lr: 0.1 })];
  for (let t = 0; t < 120; t++) {
    one.minimize(() => saddle(on));
    two.minimize(() => saddle(off));
  }
  expect([on.data[0]! < 1e-11, on.data[1]]).toEqual([true, 0]);
  expect(Math.abs(off.data[1]! / (1e-8 * 1.2 ** 120) - 1)).toBeLessThan(1e-13);
});

test('any pure pair can be plugged on: one that moves every parameter by −1 and remembers nothing', () => {
  const unit: GradientTransform<{ step: number }> = {
    init: () => ({ step: 0 }),
    update: (grads, { step }) => [(grads as Tensor[]).map((g) => mul(0, g).sub(1)), { step: step + 1 }],
  };
  const w = parameter([5, 6]);
  const optimizer = new Optimizer('unit', [w], () => unit);
  optimizer.minimize(() => sum(w));
  expect([[...w.data], optimizer.state]).toEqual([[4, 5], { step: 1 }]);
});
