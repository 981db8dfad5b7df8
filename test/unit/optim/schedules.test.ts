/** Schedules against torch.optim.lr_scheduler of torch 2.13 (its literals), by hand, and inside optimizers. */
import {
  Adadelta,
  Adagrad,
  Adam,
  AdamW,
  allclose,
  chain,
  clipByGlobalNorm,
  clipByValue,
  constantSchedule,
  cosineSchedule,
  exponentialSchedule,
  joinSchedules,
  LBFGS,
  linearSchedule,
  multiStepSchedule,
  type Numeric,
  oneCycleSchedule,
  Optimizer,
  parameter,
  type Parameter,
  polynomialSchedule,
  reduceOnPlateau,
  RMSprop,
  type Schedule,
  SGD,
  sgd,
  square,
  stepSchedule,
  sum,
  UsageError,
  warmupSchedule,
} from 'chainrule';
import { describe, expect, test } from 'vitest';

const values = (schedule: Schedule, n: number): number[] => Array.from({ length: n }, (_, step) => schedule(step));

// the rate 0.5 of SGD at each step: `o.param_groups[0]['lr']`, then `o.step(); scheduler.step()`
const torch: readonly (readonly [string, Schedule, number[]])[] = [
  ['StepLR(3, 0.3)', stepSchedule(0.5, { stepSize: 3, gamma: 0.3 }), [0.5, 0.5, 0.5, 0.15, 0.15, 0.15, 0.045, 0.045, 0.045, 0.0135]],
  ['StepLR(2), default gamma', stepSchedule(0.5, { stepSize: 2 }), [0.5, 0.5, 0.05, 0.05, 0.005]],
  [
    'MultiStepLR([2, 5, 6], 0.3)',
    multiStepSchedule(0.5, { milestones: [2, 5, 6], gamma: 0.3 }),
    [0.5, 0.5, 0.15, 0.15, 0.15, 0.045, 0.0135, 0.0135, 0.0135],
  ],
  [
    'ExponentialLR(0.7)',
    exponentialSchedule(0.5, { gamma: 0.7 }),
    [0.5, 0.35, 0.24499999999999997, 0.17149999999999996, 0.12004999999999996, 0.08403499999999997, 0.058824499999999974],
  ],
  ['LinearLR(0.25, 0.8, 5)', linearSchedule(0.125, 0.4, 5), [0.125, 0.18, 0.235, 0.29, 0.345, 0.4, 0.4, 0.4]],
  [
    'PolynomialLR(5, power 2.5)',
    polynomialSchedule(0.5, 0, 5, { power: 2.5 }),
    [0.5, 0.2862167011199731, 0.13942740046346697, 0.05059644256269407, 0.008944271909999154, 0, 0, 0],
  ],
  [
    'CosineAnnealingLR(7, 0.05)',
    cosineSchedule(0.5, { decaySteps: 7, end: 0.05 }),
    [0.5, 0.47771799527804426, 0.415285205418215, 0.3250672101401707, 0.22493278985982929, 0.13471479458178498, 0.07228200472195573, 0.05],
  ],
  [
    'OneCycleLR(12)',
    oneCycleSchedule(0.5, { totalSteps: 12 }),
    [
      0.020000000000000018, 0.17489482710979154, 0.43964257956106434, 0.49720771772545586, 0.46650648492070584, 0.4058728269748815,
      0.32368949884755166, 0.23131855133348753, 0.14153049910434962, 0.0667387650944153, 0.01728349371269761, 2e-6,
    ],
  ],
  [
    'OneCycleLR(7) with other factors',
    oneCycleSchedule(0.5, { totalSteps: 7, pctStart: 0.45, divFactor: 10, finalDivFactor: 20 }),
    [0.04999999999999999, 0.2503914781149782, 0.4946170724500836, 0.4425264431781663, 0.2664639631294334, 0.08082099840174876, 0.0025],
  ],
  [
    'OneCycleLR(9), linear',
    oneCycleSchedule(0.5, { totalSteps: 9, pctStart: 0.4, divFactor: 5, finalDivFactor: 50, annealStrategy: 'linear' }),
    [
      0.1, 0.25384615384615383, 0.4076923076923077, 0.46311111111111114, 0.37088888888888893, 0.2786666666666667, 0.18644444444444447,
      0.09422222222222221, 0.0020000000000000018,
    ],
  ],
  ['OneCycleLR(3), all of it falling', oneCycleSchedule(0.5, { totalSteps: 3 }), [0.49720771772545586, 0.23131855133348753, 2e-6]],
];

test.each(torch)('%s: the rates of torch', (_, schedule, expected) => {
  // atol: differences to the end value are subtracted, a rounding of the largest rate
  expect(allclose(values(schedule, expected.length), expected, { rtol: 1e-13, atol: 1e-16 })).toBe(true);
});

describe('by hand', () => {
  test.each<[string, Schedule, number[]]>([
    ['a constant', constantSchedule(0.1), [0.1, 0.1, 0.1]],
    ['a line up, then its end', linearSchedule(0, 1, 4), [0, 0.25, 0.5, 0.75, 1, 1, 1]],
    ['a square root', polynomialSchedule(4, 0, 4, { power: 0.5 }), [4, 4 * Math.sqrt(0.75), 4 * Math.SQRT1_2, 2, 0]],
    ['a cosine to 0', cosineSchedule(8, { decaySteps: 4 }), [8, 4 + 4 * Math.SQRT1_2, 4, 4 - 4 * Math.SQRT1_2, 0, 0]],
    ['a warm-up to a number', warmupSchedule(2, { warmupSteps: 4 }), [0, 0.5, 1, 1.5, 2, 2]],
    [
      'a warm-up from a start',
      warmupSchedule(stepSchedule(2, { stepSize: 1, gamma: 0.5 }), { warmupSteps: 2, start: 1 }),
      [1, 1.5, 2, 1, 0.5],
    ],
    [
      'a cycle whose first step is its peak',
      oneCycleSchedule(1, { totalSteps: 2, pctStart: 0.5, divFactor: 2, finalDivFactor: 5 }),
      [1, 0.1],
    ],
    ['a cycle of one step', oneCycleSchedule(1, { totalSteps: 1, divFactor: 2, finalDivFactor: 5 }), [0.1, 0.1]],
    [
      'three joined: each begins at its own step 0',
      joinSchedules([constantSchedule(1), linearSchedule(5, 7, 2), exponentialSchedule(8, { gamma: 0.5 })], [1, 4]),
      [1, 5, 6, 7, 8, 4, 2],
    ],
    ['one alone', joinSchedules([exponentialSchedule(1, { gamma: 2 })], []), [1, 2, 4]],
    ['a boundary at 0 passes the first over', joinSchedules([constantSchedule(1), constantSchedule(2)], [0]), [2, 2]],
  ])('%s', (_, schedule, expected) => {
    expect(allclose(values(schedule, expected.length), expected, { rtol: 1e-15, atol: 1e-15 })).toBe(true);
  });
});

describe('in optimizers', () => {
  type Make = (params: Parameter[], value: Numeric) => Optimizer;
  const chained =
    (clip: (v: Numeric) => ReturnType<typeof clipByValue>): Make =>
    (params, v) =>
      new Optimizer('clipped', params, () => chain(clip(v), sgd({ lr: 0.1, momentum: 0.5 })));
  const options: readonly (readonly [string, number, Make])[] = [
    ['SGD lr', 0.1, (p, lr) => new SGD(p, { lr })],
    ['SGD momentum', 0.5, (p, momentum) => new SGD(p, { lr: 0.1, momentum, nesterov: true })],
    ['SGD dampening', 0.5, (p, dampening) => new SGD(p, { lr: 0.1, momentum: 0.5, dampening })],
    ['SGD weightDecay', 0.5, (p, weightDecay) => new SGD(p, { lr: 0.1, weightDecay })],
    ['Adagrad lrDecay', 0.5, (p, lrDecay) => new Adagrad(p, { lr: 0.1, lrDecay })],
    ['Adagrad eps', 0.5, (p, eps) => new Adagrad(p, { lr: 0.1, eps })],
    ['RMSprop alpha', 0.5, (p, alpha) => new RMSprop(p, { alpha })],
    ['RMSprop momentum', 0.5, (p, momentum) => new RMSprop(p, { momentum })],
    ['Adam beta1', 0.5, (p, b) => new Adam(p, { betas: [b, 0.9] })],
    ['Adam beta2', 0.5, (p, b) => new Adam(p, { betas: [0.9, b] })],
    ['AdamW weightDecay', 0.5, (p, weightDecay) => new AdamW(p, { weightDecay })],
    ['Adadelta rho', 0.5, (p, rho) => new Adadelta(p, { rho })],
    ['LBFGS lr', 0.1, (p, lr) => new LBFGS(p, { lr, maxIter: 2 })],
    ['clipByGlobalNorm maxNorm', 0.5, chained(clipByGlobalNorm)],
    ['clipByValue maxValue', 0.5, chained(clipByValue)],
  ];

  function train(make: Make, value: Numeric, steps: number): { w: Parameter; optimizer: Optimizer } {
    const w = parameter([2, -1], { name: 'w' });
    const optimizer = make([w], value);
    for (let t = 0; t < steps; t++) optimizer.minimize(() => sum(square(square(w))));
    return { w, optimizer };
  }

  test.each(options)('%s: a constant schedule is the number, bit by bit; another schedule is not', (_, value, make) => {
    const { w } = train(make, value, 4);
    expect([...train(make, () => value, 4).w.data]).toEqual([...w.data]);
    const changing = train(make, (step) => (step < 2 ? value : value / 2), 4).w;
    expect([...changing.data]).not.toEqual([...w.data]);
    // it begins where the number begins
    expect([...train(make, (step) => (step < 2 ? value : value / 2), 2).w.data]).toEqual([...train(make, value, 2).w.data]);
  });

  test.each(options)('%s: a schedule that becomes negative or NaN at step 3 is an error, and nothing is changed', (label, value, make) => {
    const [, option] = label.split(' ');
    if (option === 'dampening') return expect(() => train(make, () => -1, 2)).not.toThrow(); // any number is one
    for (const bad of [-0.5, NaN, Infinity]) {
      const { w, optimizer } = train(make, (step) => (step < 3 ? value : bad), 3);
      const [before, saved] = [w.value, optimizer.stateDict()];
      const call = (): unknown => optimizer.minimize(() => sum(square(square(w))));
      expect(call).toThrow(UsageError);
      expect(call).toThrow(new RegExp(`: ${option} must be .*: its schedule gives ${bad} at step 3: nothing was changed`));
      expect([...w.data]).toEqual([...before.data]);
      expect(optimizer.stateDict()).toEqual(saved);
    }
    return undefined;
  });

  test('a momentum that changes, by hand: b ← μₜb + g, w ← w − lr·b on w²', () => {
    const w = parameter(1);
    const optimizer = new SGD([w], { lr: 0.25, momentum: (step) => [0.5, 0.5, 1][step]! });
    const seen = [0, 1, 2].map(() => {
      optimizer.minimize(() => square(w));
      return w.item();
    });
    // g 2, b 2; g 1, b 0.5·2 + 1 = 2; g 0, b 1·2 + 0 = 2
    expect(seen).toEqual([0.5, 0, -0.5]);
    expect(optimizer.state.lr).toBe(0.25);
  });
});

test.each<[() => unknown, string]>([
  [() => constantSchedule(NaN), 'constantSchedule: value must be a finite number: NaN'],
  [() => linearSchedule(0, 1, 0), 'linearSchedule: transitionSteps must be a whole number of steps, at least 1: 0'],
  [() => linearSchedule(0, Infinity, 1), 'linearSchedule: end must be a finite number: Infinity'],
  [() => polynomialSchedule(1, 0, 2, { power: -1 }), 'polynomialSchedule: power must be a positive number: -1'],
  [() => polynomialSchedule(1, 0, 2, { pow: 1 } as never), "polynomialSchedule: unknown option 'pow': did you mean 'power'?"],
  [() => stepSchedule(1, { stepSize: 1.5 }), 'stepSchedule: stepSize must be a whole number of steps, at least 1: 1.5'],
  [() => stepSchedule(1, undefined as never), 'stepSchedule: stepSize must be a whole number of steps, at least 1: undefined'],
  [() => multiStepSchedule(1, { milestones: [3, 3] }), 'multiStepSchedule: milestones must be whole numbers that rise: [3,3]'],
  [() => multiStepSchedule(1, {} as never), 'multiStepSchedule: milestones must be whole numbers that rise: [undefined]'],
  [() => exponentialSchedule(1, {} as never), 'exponentialSchedule: gamma must be a finite number: undefined'],
  [() => cosineSchedule(1, { decaySteps: -1 }), 'cosineSchedule: decaySteps must be a whole number of steps, at least 1: -1'],
  [() => warmupSchedule(1, { warmupSteps: 0 }), 'warmupSchedule: warmupSteps must be a whole number of steps, at least 1: 0'],
  [() => oneCycleSchedule(1, { totalSteps: 5, pctStart: 1 }), 'oneCycleSchedule: pctStart must be between 0 and 1: 1'],
  [() => oneCycleSchedule(1, { totalSteps: 5, divFactor: 0 }), 'oneCycleSchedule: divFactor must be a positive number: 0'],
  [
    () => oneCycleSchedule(1, { totalSteps: 5, annealStrategy: 'exp' as never }),
    "oneCycleSchedule: unknown annealStrategy 'exp': 'cos' or 'linear'",
  ],
  [() => joinSchedules([constantSchedule(1)], [1]), 'joinSchedules: needs one boundary less than schedules: 1 schedules, 1 boundaries'],
  [
    () => joinSchedules([constantSchedule(1), constantSchedule(1)], [-1]),
    'joinSchedules: boundaries must be whole numbers that rise: [-1]',
  ],
  [() => reduceOnPlateau(0), 'reduceOnPlateau: init must be a positive number: 0'],
  [() => reduceOnPlateau(1, { factor: 1 }), 'reduceOnPlateau: factor must be at least 0 and less than 1: 1'],
  [() => reduceOnPlateau(1, { patience: (() => 1) as never }), 'reduceOnPlateau: patience must be a finite number, not negative: () => 1'],
  [() => reduceOnPlateau(1, { mode: 'least' as never }), "reduceOnPlateau: unknown mode 'least': 'min' or 'max'"],
  [() => reduceOnPlateau(1, { thresholdMode: 'no' as never }), "reduceOnPlateau: unknown thresholdMode 'no': 'rel' or 'abs'"],
  [() => reduceOnPlateau(1).report(NaN), 'reduceOnPlateau: report needs a number: NaN'],
])('error %#', (call, message) => {
  expect(call).toThrow(UsageError);
  expect(call).toThrow(message);
});
