/** ReduceLROnPlateau against torch 2.13 (its literals), and the memories of schedules in saved states. */
import { Adam, allclose, parameter, reduceOnPlateau, SGD, warmupSchedule } from 'chainrule';
import { describe, expect, test } from 'vitest';

// what was reported, and `o.param_groups[0]['lr']` after each `scheduler.step(metric)`, from 0.5; 1e-13 as products are rounded
const metrics = [3, 2, 2, 1.9999, 2.1, 2.05, 1.9998, 1.5, 1.6, 1.7, 1.55, 1.4999, 1.8, 1.45, 1.44999, 1.46, 1.47, 1.2, 1.3, 1.3];
const halves = (...counts: number[]): number[] => counts.flatMap((n, i) => Array<number>(n).fill(0.5 ** (i + 1)));

test.each<[string, Parameters<typeof reduceOnPlateau>[1], (m: number) => number, number[]]>([
  ['patience', { factor: 0.5, patience: 1 }, (m) => m, halves(3, 2, 4, 2, 4, 4, 1)],
  ['cooldown', { factor: 0.5, patience: 1, cooldown: 2 }, (m) => m, halves(3, 6, 6, 4, 1)],
  [
    'an absolute threshold, and a least rate',
    { factor: 0.3, patience: 2, threshold: 0.1, thresholdMode: 'abs', minLr: 0.02 },
    (m) => m,
    [...Array<number>(4).fill(0.5), ...Array<number>(6).fill(0.15), ...Array<number>(3).fill(0.045), ...Array<number>(7).fill(0.02)],
  ],
  [
    'reductions smaller than eps are not made',
    { factor: 0.3, patience: 0, threshold: 0.1, cooldown: 1, eps: 0.01 },
    (m) => m,
    [0.5, 0.5, 0.15, 0.15, 0.045, 0.045, ...Array<number>(14).fill(0.0135)],
  ],
  [
    'max, absolute',
    { factor: 0.5, patience: 1, mode: 'max', threshold: 0.05, thresholdMode: 'abs' },
    (m) => -m,
    halves(3, 2, 4, 2, 2, 3, 3, 1),
  ],
  ['max, relative', { factor: 0.5, patience: 1, mode: 'max', threshold: 0.05, cooldown: 1 }, (m) => 1 / m, halves(3, 3, 3, 3, 3, 4, 1)],
  ['defaults: eleven bad reports', {}, () => 1, [...Array<number>(11).fill(0.5), ...Array<number>(9).fill(0.05)]],
])('ReduceLROnPlateau, %s: the rates of torch', (_, options, metric, expected) => {
  const lr = reduceOnPlateau(0.5, options);
  const found = metrics.map((m, i) => {
    lr.report(metric(m));
    return lr(i);
  });
  expect(allclose(found, expected, { rtol: 1e-13, atol: 0 })).toBe(true);
});

describe('memories', () => {
  const plateau = (): ReturnType<typeof reduceOnPlateau> => reduceOnPlateau(0.5, { factor: 0.5, patience: 1, cooldown: 1 });

  test('a plateau is saved with the optimizer, in the middle of its patience, and goes on', () => {
    const reports = [3, 2, 2, 2, 2, 2, 2, 2];
    for (let stop = 0; stop <= reports.length; stop++) {
      const [whole, first, second] = [plateau(), plateau(), plateau()];
      const optimizer = new SGD([parameter(1)], { lr: first });
      const resumed = new SGD([parameter(1)], { lr: second });
      for (const m of reports) whole.report(m);
      for (const m of reports.slice(0, stop)) first.report(m);
      resumed.loadStateDict(optimizer.stateDict());
      for (const m of reports.slice(stop)) second.report(m);
      expect(second.stateDict()).toEqual(whole.stateDict());
    }
    expect(plateau().stateDict()).toEqual({ rate: 0.5, best: Infinity, bad: 0, cooling: 0 });
  });

  test('also one that is warmed up, one among betas, and one of a group', () => {
    const make = (): { lr: ReturnType<typeof plateau>; beta: ReturnType<typeof plateau>; optimizer: Adam } => {
      const [lr, beta] = [plateau(), plateau()];
      const betas = [beta, 0.9] as const;
      const optimizer = new Adam([
        { params: [parameter(1)], lr: warmupSchedule(lr, { warmupSteps: 1 }), betas },
        { params: [parameter(2)], lr },
      ]);
      return { lr, beta, optimizer };
    };
    const [a, b] = [make(), make()];
    for (const m of [1, 1, 1]) a.lr.report(m);
    for (const m of [1, 1, 1, 0.5]) a.beta.report(m);
    b.optimizer.loadStateDict(a.optimizer.stateDict());
    expect([b.lr.stateDict(), b.beta.stateDict()]).toEqual([a.lr.stateDict(), a.beta.stateDict()]);
    expect([b.lr(0), b.beta(0)]).toEqual([0.25, 0.25]);
  });

  test('where one memory is refused, all schedules and the optimizer stay as they were', () => {
    const [one, two] = [plateau(), plateau()];
    const optimizer = new SGD([
      { params: [parameter(1)], lr: one },
      { params: [parameter(2)], lr: two },
    ]);
    const before = optimizer.stateDict();
    const saved = structuredClone(before);
    saved.step = 7;
    saved.paramGroups[0]!.schedules['lr'] = { rate: 0.1, best: 1, bad: 0, cooling: 0 };
    saved.paramGroups[1]!.schedules['lr'] = { rate: 0.1 };
    const call = (): void => optimizer.loadStateDict(saved);
    expect(call).toThrow('reduceOnPlateau: loadStateDict needs what stateDict() gave: keys rate');
    expect(optimizer.stateDict()).toEqual(before);
    expect(() => one.loadStateDict(null as never)).toThrow('reduceOnPlateau: loadStateDict needs what stateDict() gave: keys none');
  });
});
