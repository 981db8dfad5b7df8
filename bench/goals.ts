/** What ours is to reach, and whether it does. */
import type { Row } from './run.js';
import { pythonPeers, type ContenderName, type OurName } from './workload.js';

export interface Goal {
  workload: string;
  ours: OurName;
  /** One peer, or the fastest in Python on the same cores. */
  rival: ContenderName | 'Python';
  /** The rival's time is to be so many times ours: 10 is ten times faster, 1/2.2 within 2.2 times its time. */
  factor: number;
}

export interface Verdict extends Goal {
  /** The rival's time over ours; null where one of them was not measured, or is not to be believed. */
  measured: number | null;
  /** The rival, by name. */
  beside: string;
  met: boolean | null;
}

const againstJavaScript: readonly [workloads: string[], factor: number][] = [
  [['softmax step', 'svm step', 'mlp step', 'tape 1000', 'small function', 'knn l2 images', 'knn l2 random', 'knn l1 images'], 10],
  [['matmul 512', 'matmul 1024'], 2.5],
  [['elementwise 1M', 'elementwise 1M resident'], 5],
];

const againstPython: readonly [ours: OurName, workloads: string[], factor: number][] = [
  ['2 threads', ['softmax step', 'svm step', 'mlp step', 'tape 1000', 'knn l1 images'], 1],
  ['2 threads', ['knn l2 images', 'knn l2 random', 'matmul 512', 'matmul 1024'], 1 / 2.2],
  ['2 threads', ['elementwise 1M'], 1 / 2.5],
  ['2 threads', ['elementwise 1M resident'], 1 / 1.2],
  ['plain SIMD', ['matmul 512', 'matmul 1024', 'knn l2 images', 'knn l2 random'], 1 / 2.8],
  ['plain SIMD', ['mlp step'], 1 / 1.4],
];

/** What op by op is to reach: the tape of scalars, calls of small functions, steps in float32. */
const opByOp: readonly Goal[] = [
  { workload: 'tape 1000', ours: 'eager', rival: 'torch', factor: 4 },
  { workload: 'tape 1000', ours: 'eager', rival: 'tfjs-cpu', factor: 20 },
  { workload: 'small function', ours: 'eager', rival: 'jax-js', factor: 8 },
  { workload: 'small function', ours: 'eager', rival: 'tfjs-cpu', factor: 16 },
  { workload: 'softmax step', ours: 'eager', rival: 'tfjs-cpu', factor: 2 },
  { workload: 'mlp step', ours: 'eager', rival: 'tfjs-cpu', factor: 2 },
];

const goals: readonly Goal[] = [
  ...opByOp,
  ...againstJavaScript.flatMap(([workloads, factor]) =>
    workloads.flatMap((workload) =>
      (['tfjs-wasm', 'jax-js'] as const).map((rival) => ({ workload, ours: '2 threads' as const, rival, factor })),
    ),
  ),
  ...againstPython.flatMap(([ours, workloads, factor]) =>
    workloads.map((workload) => ({ workload, ours, rival: 'Python' as const, factor })),
  ),
];

/** The goals of the workloads that ran. */
export function verdicts(rows: readonly Row[]): Verdict[] {
  const ran = new Set(rows.map(({ workload }) => workload));
  return goals
    .filter(({ workload }) => ran.has(workload))
    .map((goal) => {
      const ours = timeOf(rows, goal.workload, goal.ours);
      const rivals = goal.rival === 'Python' ? pythonPeers : [goal.rival];
      const times = rivals.flatMap((name) => {
        const ms = timeOf(rows, goal.workload, name);
        return ms === null ? [] : [{ name, ms }];
      });
      const fastest = times.sort((a, b) => a.ms - b.ms)[0];
      const measured = ours === null || fastest === undefined ? null : fastest.ms / ours;
      return { ...goal, measured, beside: fastest?.name ?? goal.rival, met: measured === null ? null : measured >= goal.factor };
    });
}

/** Milliseconds a call; null where it was not measured, or computed something else. */
export function timeOf(rows: readonly Row[], workload: string, contender: ContenderName): number | null {
  const row = rows.find((row) => row.workload === workload && row.contender === contender);
  return row === undefined || row.problem !== null ? null : row.ms;
}
