/** Saved states: their form, and what is refused without changing anything. */
import {
  Adagrad,
  Adam,
  type AdamOptions,
  chain,
  clipByGlobalNorm,
  DTypeError,
  LBFGS,
  Optimizer,
  type OptimizerStateDict,
  parameter,
  type Parameter,
  saveState,
  SGD,
  sgd,
  type SGDOptions,
  ShapeError,
  square,
  sum,
  tensor,
  UsageError,
} from 'chainrule';
import { describe, expect, test } from 'vitest';

const params = (): [Parameter, Parameter] => [parameter([1, 2], { name: 'w' }), parameter(3, { name: 'b' })];

function trained<T extends Pick<Optimizer, 'minimize'>>(plug: (params: Parameter[]) => T, steps = 2): T {
  const [w, b] = params();
  const optimizer = plug([w, b]);
  for (let t = 0; t < steps; t++) optimizer.minimize(() => sum(square(w)).add(square(b)));
  return optimizer;
}

describe('the form', () => {
  test('of Adam, as torch has it: { step, state: { 0: { step, expAvg, … } }, paramGroups }', () => {
    const { step, state, paramGroups } = trained((p) => new Adam(p, { lr: 0.1, betas: [0.5, 0.9] })).stateDict();
    expect([step, Object.keys(state)]).toEqual([2, ['0', '1']]);
    expect(Object.keys(state[0]!).sort()).toEqual(['age', 'expAvg', 'expAvgSq', 'lr', 'step']);
    expect([state[0]!['step'], state[1]!['step'], state[0]!['lr']]).toEqual([2, 2, 0.1]);
    // g = 2w: the first step is 0.1, so the gradients of b are 6 and 5.8; m = 0.25·6 + 0.5·5.8
    expect(sum(state[1]!['expAvg']!).item()).toBeCloseTo(4.4, 7);
    expect(paramGroups).toEqual([{ params: [0, 1], options: { lr: 0.1, betas: [0.5, 0.9] }, schedules: {}, shared: {} }]);
  });

  test('positions go on from group to group; schedules are named, not saved', () => {
    const [w, b] = params();
    const lr = (step: number): number => 1 / (step + 1);
    const optimizer = new SGD([{ params: [w], lr }, { params: [b], momentum: 0.5 }], { lr: 0.1 }); // prettier-ignore
    const { state, paramGroups } = optimizer.stateDict();
    expect(paramGroups).toEqual([
      { params: [0], options: {}, schedules: { lr: {} }, shared: {} },
      { params: [1], options: { lr: 0.1, momentum: 0.5 }, schedules: {}, shared: {} },
    ]);
    expect([Object.keys(state[0]!), Object.keys(state[1]!)]).toEqual([['step', 'lr'], ['step', 'lr', 'momentumBuffer']]); // prettier-ignore
  });

  test('of a chain: numbered', () => {
    const make = (): ReturnType<typeof chain> => chain(clipByGlobalNorm(1), sgd({ lr: 0.1, momentum: 0.9 }));
    const { state } = trained((p) => new Optimizer('clipped', p, make)).stateDict();
    expect(Object.keys(state[1]!)).toEqual(['0.step', '1.step', '1.lr', '1.momentumBuffer']);
  });

  test('it is a snapshot: later steps do not change it', () => {
    const [w, b] = params();
    const optimizer = new Adam([w, b], { lr: 0.1 });
    optimizer.minimize(() => sum(square(w)).add(b));
    const saved = optimizer.stateDict();
    const before = saveState(saved);
    optimizer.minimize(() => sum(square(w)).add(b));
    expect(saveState(saved)).toEqual(before);
    expect(saveState(optimizer.stateDict())).not.toEqual(before);
  });
});

describe('options come back', () => {
  const after = <O extends SGDOptions>(saved: O, here: O): object => {
    const optimizer = trained((p) => new SGD(p, here), 0);
    optimizer.loadStateDict(trained((p) => new SGD(p, saved)).stateDict());
    return optimizer.paramGroups[0]!.options;
  };
  const schedule = (): number => 0.3;

  test('those that were given; what was left at its default is default again', () => {
    expect(after({ lr: 0.5, weightDecay: 0.1 }, { lr: 0.25 })).toEqual({ lr: 0.5, weightDecay: 0.1 });
    expect(after({ weightDecay: 0.1 }, { lr: 0.25 })).toEqual({ weightDecay: 0.1 });
    expect(after({ lr: 0.5 }, { lr: undefined as never })).toEqual({ lr: 0.5 });
  });

  test('where one of the two had a schedule, what is here stays', () => {
    expect(after({ lr: 0.5 }, { lr: schedule })).toEqual({ lr: schedule });
    expect(after({ lr: schedule }, { lr: 0.25 })).toEqual({ lr: 0.25 });
    const options: AdamOptions = { betas: [schedule, 0.5] };
    const optimizer = trained((p) => new Adam(p, options), 0);
    optimizer.loadStateDict(trained((p) => new Adam(p, { lr: 0.5, betas: [0.1, 0.2] })).stateDict());
    expect(optimizer.paramGroups[0]!.options).toEqual({ lr: 0.5, betas: [schedule, 0.5] });
  });

  test('they are used from the next step on, and frozen', () => {
    const w = parameter(1);
    const optimizer = new SGD([w], { lr: 9 });
    optimizer.loadStateDict(new SGD([parameter(5)], { lr: 0.25 }).stateDict());
    optimizer.minimize(() => square(w));
    expect(w.item()).toBe(0.5);
    expect(Object.isFrozen(optimizer.paramGroups[0]!.options)).toBe(true);
  });
});

describe('refused, and nothing is changed', () => {
  type Change = (saved: OptimizerStateDict) => unknown;
  const momentum = (): SGD => trained((p) => new SGD(p, { lr: 0.1, momentum: 0.9 }));
  const copy = (s: OptimizerStateDict): OptimizerStateDict => ({
    step: s.step,
    state: Object.fromEntries(Object.entries(s.state).map(([i, part]) => [i, { ...part }])),
    paramGroups: s.paramGroups.map((g) => ({ ...g, options: { ...g.options }, schedules: { ...g.schedules }, shared: { ...g.shared } })),
  });

  function refuses(
    optimizer: Pick<Optimizer, 'stateDict' | 'loadStateDict'>,
    saved: unknown,
    kind: typeof UsageError,
    message: string,
  ): void {
    const before = saveState(optimizer.stateDict());
    const call = (): void => optimizer.loadStateDict(saved as OptimizerStateDict);
    expect(call).toThrow(kind);
    expect(call).toThrow(message);
    expect(saveState(optimizer.stateDict())).toEqual(before);
  }

  const other = 'was it saved by another optimizer?';
  test.each<[string, () => OptimizerStateDict, typeof UsageError, string]>([
    ['another optimizer', () => trained((p) => new Adam(p)).stateDict(), UsageError, `the state of w lacks momentumBuffer: ${other}`],
    ['one without momentum', () => trained((p) => new SGD(p)).stateDict(), UsageError, `the state of w lacks momentumBuffer: ${other}`],
    [
      'one parameter',
      () => new SGD([parameter([1, 2])], { momentum: 0.9 }).stateDict(),
      UsageError,
      'the groups differ: parameters a group: [2] here, [1] saved',
    ],
    [
      'two groups',
      () => new SGD([{ params: [parameter([1, 2])] }, { params: [parameter(1)] }], { momentum: 0.9 }).stateDict(),
      UsageError,
      'the groups differ: parameters a group: [2] here, [1, 1] saved',
    ],
    [
      'another shape',
      () => new SGD([parameter([1, 2]), parameter([1])], { momentum: 0.9 }).stateDict(),
      ShapeError,
      'momentumBuffer of b must be []: got [1]',
    ],
    [
      'another dtype',
      () => new SGD([parameter([1, 2], { dtype: 'float32' }), parameter(1)], { momentum: 0.9 }).stateDict(),
      DTypeError,
      'momentumBuffer of w must be float64: got float32',
    ],
    [
      'L-BFGS',
      () => trained((p) => new LBFGS(p)).stateDict(),
      UsageError,
      `the shared state has unknown keys: memory: this optimizer keeps nothing`,
    ],
  ])('the state of %s', (_, make, kind, message) => {
    refuses(momentum(), make(), kind, `SGD.loadStateDict: ${message}`);
  });

  test.each<[string, Change, string]>([
    [
      'an unknown buffer',
      (s) => (s.state[0]!['expAvg'] = tensor([1, 2])),
      'the state of w has unknown keys: expAvg: this optimizer keeps step, lr, momentumBuffer',
    ],
    [
      'no state of a parameter',
      (s) => delete s.state[1],
      'the state of b lacks step, lr, momentumBuffer: was it saved by another optimizer?',
    ],
    ['a number for a buffer', (s) => (s.state[1]!['momentumBuffer'] = 3), 'momentumBuffer of b must be a tensor: 3'],
    ['a buffer for a number', (s) => (s.state[0]!['step'] = tensor(3)), 'step of w must be a number: '],
    ['steps that differ', (s) => (s.state[1]!['step'] = 7), 'step must be the same for all parameters: 2 and 7'],
    [
      'an unknown shared entry',
      (s) => (s.paramGroups[0]!.shared['memory'] = null),
      'the shared state has unknown keys: memory: this optimizer keeps nothing',
    ],
    ['no step', (s) => delete (s as Partial<OptimizerStateDict>).step, 'needs what stateDict() gave: [object Object]'],
    ['no options', (s) => delete (s.paramGroups[0] as { options?: object }).options, 'needs what stateDict() gave: [object Object]'],
  ])('%s', (_, change, message) => {
    const optimizer = momentum();
    const saved = copy(optimizer.stateDict());
    change(saved);
    refuses(optimizer, saved, UsageError, `SGD.loadStateDict: ${message}`);
  });

  test.each<[string, Change, string]>([
    ['an unknown option', (s) => (s.paramGroups[0]!.options['rate'] = 3), "SGD: unknown option 'rate'"],
    [
      'an option out of range',
      (s) => (s.paramGroups[0]!.options['lr'] = -3),
      'SGD: lr must be a finite number, not negative, or a schedule: -3',
    ],
  ])('%s', (_, change, message) => {
    const optimizer = momentum();
    const saved = copy(optimizer.stateDict());
    change(saved);
    refuses(optimizer, saved, UsageError, message);
  });

  test('what is no state at all', () => {
    for (const saved of [
      null,
      undefined,
      3,
      [],
      {},
      { step: 1, state: null, paramGroups: [] },
      { step: 1, state: {}, paramGroups: [null] },
    ])
      refuses(momentum(), saved, UsageError, 'SGD.loadStateDict: needs what stateDict() gave');
  });

  test('L-BFGS: a memory of other lengths, damaged, or float32', () => {
    const optimizer = trained((p) => new LBFGS(p, { maxIter: 3 }));
    const [w, v] = [parameter([1, 2, 3], { name: 'w' }), parameter(3)];
    const larger = new LBFGS([w, v], { maxIter: 3 });
    larger.minimize(() => sum(square(w)).add(square(v)));
    const message = 'LBFGS.loadStateDict: its memory must be of float64 vectors of all 3 elements: got ';
    refuses(optimizer, larger.stateDict(), ShapeError, message);
    for (const change of [
      { direction: 3 },
      { y: [tensor([1, 2])] },
      { s: undefined },
      { gradient: tensor([1, 2, 3], { dtype: 'float32' }) },
    ]) {
      const saved = copy(optimizer.stateDict());
      saved.paramGroups[0]!.shared['memory'] = { ...(saved.paramGroups[0]!.shared['memory'] as object), ...change };
      refuses(optimizer, saved, ShapeError, message);
    }
    refuses(optimizer, trained((p) => new Adagrad(p)).stateDict(), UsageError, 'LBFGS.loadStateDict: the shared state lacks memory');
    refuses(optimizer, null, UsageError, 'LBFGS.loadStateDict: needs what stateDict() gave: null');
  });
});
