/** In a process of its own: training steps and tapes of growing size, compiled, one thread. Prints what was measured as JSON. */
import { cycle, Lcg, variants } from './inputs.js';
import { loadOurs } from './library.js';
import * as ours from './libraries/ours.js';
import { ownLoop } from './peers/javascript.js';
import { median } from './run.js';
import type { Measured } from './sweep.js';
import type { Chainrule } from './workload.js';
import { sigmoids } from './workloads/tape.js';

const [library, rounds] = [process.argv[2]!, Number(process.argv[3])];
const cr = await loadOurs(library);
await (cr as { setThreads?: (n: number) => unknown }).setThreads?.(1);

/** The median of rounds of 100 ms, after the engine has had the time to optimise. */
function time(call: () => unknown): number {
  const loop = ownLoop();
  const contender = { call: () => void call(), result: () => ({}) };
  loop(contender, performance, 300);
  return median(Array.from({ length: rounds }, () => loop(contender, performance, 100)));
}

const doubling = (from: number, to: number): number[] => (from > to ? [] : [from, ...doubling(2 * from, to)]);
const classes = 10;

/** A training step of width-…-width-10 with relu, so many hidden layers, cross-entropy, SGD. */
function mlp(batch: number, width: number, depth: number): number {
  const random = new Lcg(1);
  const X = random.float32([variants, batch, width]);
  const labels = random.labels([variants, batch], classes);
  const widths = [...Array<number>(depth + 1).fill(width), classes];
  const parameters = widths.slice(1).flatMap((out, i) => {
    const weights = random.float32([widths[i]!, out], Math.sqrt(6 / widths[i]!));
    return [[`W${i}`, weights] as const, [`b${i}`, random.float32([out], 0.1)] as const];
  });
  const { call, reset } = ours.training(cr, ours.compiled(cr), {
    parameters: Object.fromEntries(parameters),
    batches: [X, labels],
    optimizer: (params) => new cr.SGD(params, { lr: 1e-3 }) as Chainrule.Optimizer,
    loss(params, X, labels) {
      let h = X!;
      for (let i = 0; i < depth; i++) h = cr.relu(cr.add(cr.matmul(h, params[2 * i]!), params[2 * i + 1]!));
      return cr.crossEntropy(cr.add(cr.matmul(h, params[2 * depth]!), params[2 * depth + 1]!), labels!);
    },
  });
  reset!();
  return time(call);
}

/** Numbers of W, which is what a row of the batch costs in multiply-adds. */
const weights = (width: number, depth: number) => depth * width ** 2 + width * classes;

const points = [0.5, 0.4, 0.6, 0.7].map((x) => cr.tensor(x));
const lengths = [100, 300, 1_000, 3_000, 10_000, 30_000];

const measured: Measured[] = [
  {
    name: 'batch of an mlp step, 2 layers of 256',
    unit: 'row',
    points: doubling(32, 1024).map((batch) => ({ label: String(batch), size: batch, ms: mlp(batch, 256, 2) })),
  },
  {
    name: 'width of an mlp step, 2 layers, batch 128',
    unit: 'weight',
    points: doubling(64, 1024).map((width) => ({ label: String(width), size: weights(width, 2), ms: mlp(128, width, 2) })),
  },
  {
    name: 'depth of an mlp step, layers of 256, batch 128',
    unit: 'weight',
    points: doubling(1, 16).map((depth) => ({ label: String(depth), size: weights(256, depth), ms: mlp(128, 256, depth) })),
  },
  {
    name: 'length of a tape of scalars: value and gradient',
    unit: 'op',
    points: lengths.map((length) => {
      const f = cr.compile(cr.valueAndGrad(sigmoids(cr, length / 4)));
      const next = cycle(points);
      return { label: String(length), size: length, ms: time(() => f(next())[1].item()) };
    }),
  },
  {
    name: 'length of a tape of scalars: recording, planning, emitting and the first run',
    unit: 'op',
    points: lengths.map((length) => ({
      label: String(length),
      size: length,
      ms: time(() =>
        cr
          .compile(cr.valueAndGrad(sigmoids(cr, length / 4)))(points[0]!)[1]
          .item(),
      ),
    })),
  },
  {
    name: 'length of an eager tape: value and gradient of a chain of scalars',
    unit: 'op',
    points: [1_000, 10_000, 100_000, 1_000_000].map((length) => {
      const f = cr.valueAndGrad(sigmoids(cr, length / 4));
      return { label: String(length), size: length, ms: time(() => f(points[0]!)[1].item()) };
    }),
  },
  {
    name: 'length of a tape: recording and printing it',
    unit: 'op',
    points: [1_000, 10_000, 100_000, 1_000_000].map((length) => ({
      label: String(length),
      size: length,
      ms: time(() => cr.record(sigmoids(cr, length / 4), points[0]!).print().length),
    })),
  },
];
process.stdout.write(JSON.stringify(measured));
