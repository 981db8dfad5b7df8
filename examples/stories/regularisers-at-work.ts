/**
 * @file Dropout, batch normalisation, stochastic depth and fractional pooling at work: what each does exactly, then the same network
 * without and with it, on few digits. Lecture 001:1441–1445, 002:66–71, 003:838–839, 004:654–658; rows 83–86.
 *
 *   npx tsx examples/stories/regularisers-at-work.ts
 */
import { abs, accuracy, activation, Adam, add, argmax, batchNorm1d, BatchNorm1d, broadcastTo, concat, crossEntropy } from 'chainrule';
import { dot, Dropout, dropout, fractionalMaxPool2d, FractionalMaxPool2d, Generator, Linear, matmul, max, mean } from 'chainrule';
import { minibatches, type Module, mul, normal, ReLU, Residual, residual, Sequential, slice, square, sub, sum, take } from 'chainrule';
import { type Tensor, tensor, variance, zeros } from 'chainrule';
import { imageGrid, lines } from 'chainrule/viz';
import { packagedDigits } from '../digits/data.js';
import { picture, PICTURES, type StoryOptions, table, tell } from './tell.js';

type Seed = { readonly generator: Generator };
/** Mean losses on the training and on new digits, and the accuracy on the new ones. */
type Run = Readonly<Record<'training' | 'fresh' | 'accuracy', number>>;

export interface Result {
  /** Mean squared loss of a neuron under dropout. */
  readonly dropout: readonly [drawn: number, formula: number];
  /** Of a normalised batch: largest |mean| and |variance − 1|, and largest change when W becomes 2W. */
  readonly batchNorm: readonly [mean: number, variance: number, doubled: number];
  /** Mean and variance of how many of 10 blocks are kept. */
  readonly depth: readonly [mean: number, variance: number];
  /** Sides of an image pooled again and again, by 0.7 and by ½, and the different results of 100 draws. */
  readonly sides: readonly (readonly number[])[];
  readonly outcomes: number;
  /** By method: without it, and with it. */
  readonly digits: Readonly<Record<string, readonly [without: Run, using: Run]>>;
}

export async function story({ budget = 'full', out = PICTURES }: StoryOptions = {}): Promise<Result> {
  const full = budget === 'full';
  const training = (generator: Generator) => ({ train: true, state: {}, generator });
  const digits = packagedDigits(0);

  // a neuron w·x under dropout, target 0: what is added to its squared error is an L2 penalty on w
  const [w, x] = [tensor([1, -2, 3]), tensor([2, 1, -1])];
  const [dropped] = dropout(0.5).apply({}, broadcastTo(x, [full ? 100_000 : 5000, 3]), training(new Generator(1)));
  const drawn = mean(square(matmul(dropped, w))).item();
  const formula = add(square(dot(w, x)), sum(square(mul(w, x)))).item();

  const norm = batchNorm1d(3, { eps: 0, affine: false });
  const { state } = norm.init({ dtype: 'float64' });
  const z = normal([64, 3], { generator: new Generator(2), mean: 5, std: 3 });
  const [[once], [twice]] = [norm.apply({}, z, { train: true, state }), norm.apply({}, mul(2, z), { train: true, state })];
  const off = [mean(once, { axis: 0 }), sub(variance(once, { axis: 0 }), 1), sub(once, twice)];
  const batchNorm = off.map((t) => max(abs(t)).item()) as [number, number, number];

  // blocks that add 1 to every row, or 1/p to those they are kept for
  const one = activation((t) => add(mul(t, 0), 1));
  const block = residual(one, { survival: 0.8, mode: 'row' });
  const generator = new Generator(3);
  let sums: Tensor = zeros([full ? 2000 : 200]);
  for (let k = 0; k < 10; k++) [sums] = block.apply({}, sums, training(generator));
  const kept = Array.from(sums.data, (v) => Math.round(0.8 * v));
  const depth = [mean(kept).item(), variance(kept).item()] as const;

  const shrink = (t: Tensor, outputRatio: number, seed: number): Tensor =>
    fractionalMaxPool2d(2, { outputRatio }).apply({}, t, training(new Generator(seed)))[0];
  const sidesBy = (ratio: number, side = 28): number[] =>
    side <= 3 ? [side] : [side, ...sidesBy(ratio, shrink(zeros([1, side, side]), ratio, 0).shape[2])];
  const sides = [sidesBy(0.7), sidesBy(0.5)];
  const pooled = Array.from({ length: 100 }, (_, seed) => shrink(slice(digits.train.X, [[0, 1]]).reshape([1, 28, 28]), 0.7, seed));
  const outcomes = new Set(pooled.map((t) => t.data.join())).size;
  console.log('\nRegularisers at work\n');
  table([
    ['', 'measured', 'in theory'],
    ['dropout, p = ½: mean of (w·x̃)²', drawn.toFixed(2), `(w·x)² + p/(1 − p)·Σ(wᵢxᵢ)² = ${formula}`],
    ['batch norm: largest |mean|, |variance − 1|, change by 2W', Math.max(...batchNorm).toExponential(0), '0'],
    ['stochastic depth: blocks kept of 10, p = 0.8', `${depth[0].toFixed(2)} ± ${Math.sqrt(depth[1]).toFixed(2)}`, '8 ± 1.26'],
    [`pooling by 0.7: ${outcomes} results of 100 draws`, sides[0]!.join(' → '), '⌊0.7·side⌋'],
    ['pooling by ½: one result', sides[1]!.join(' → '), '⌊side/2⌋'],
  ]);

  const [n, H, epochs] = full ? [300, 64, 30] : [50, 16, 2];
  const [X, y] = [slice(digits.train.X, [[0, n]]), slice(digits.train.y, [[0, n]])];
  const train = (net: Module, g: Seed, see: (X: Tensor, on: boolean) => Tensor = (X) => X): Run => {
    const scores = (X: Tensor): Tensor => net.forward(see(X, net.training));
    const optimizer = new Adam(net.parameters(), { lr: 0.003 });
    const step = (rows: Tensor): unknown => optimizer.minimize(() => crossEntropy(scores(take(X, rows)), take(y, rows)));
    for (let epoch = 0; epoch < epochs; epoch++) [...minibatches(n, { batchSize: 50, ...g })].forEach(step);
    net.eval();
    const [seen, fresh] = [scores(X), scores(digits.test.X)];
    const losses = { training: crossEntropy(seen, y).item(), fresh: crossEntropy(fresh, digits.test.y).item() };
    return { ...losses, accuracy: accuracy(digits.test.y, argmax(fresh)) };
  };
  const layer = (g: Seed, from = H, ...between: Module[]): Module[] => [new Linear(from, H, g), ...between, new ReLU()];
  const net = (g: Seed, ...inner: Module[]): Module => new Sequential(...layer(g, 784), ...inner, new Linear(H, 10, g));
  const six = (make: () => Module[]): Module[] => Array.from({ length: 6 }, make).flat();
  const windows = (g: Seed, random: boolean) => {
    const pool = new FractionalMaxPool2d(2, { outputRatio: 0.7, ...g });
    const run = (X: Tensor, on: boolean): Tensor => pool.train(on && random).forward(X.reshape([-1, 1, 28, 28]));
    return (X: Tensor, on: boolean): Tensor => run(X, on).reshape([-1, 361]);
  };
  const methods: Record<string, (g: Seed, using: boolean) => Run> = {
    dropout: (g, using) => train(using ? new Sequential(new Dropout(0.2, g), net(g, new Dropout(0.5, g))) : net(g), g),
    'batch norm, 8 layers': (g, using) => train(net(g, ...six(() => layer(g, H, ...(using ? [new BatchNorm1d(H)] : [])))), g),
    'stochastic depth': (g, using) =>
      train(net(g, ...six(() => [new Residual(new Sequential(...layer(g)), { survival: using ? 0.5 : 1, ...g })])), g),
    'fractional pooling': (g, using) => train(new Sequential(...layer(g, 361), new Linear(H, 10, g)), g, windows(g, using)),
  };
  const both = (run: (typeof methods)[string]) => [false, true].map((using) => run({ generator: new Generator(0) }, using)) as [Run, Run];
  const runs = Object.fromEntries(Object.entries(methods).map(([name, run]) => [name, both(run)]));
  const row = (name: string, r: Run): string[] => [name, ...[r.training, r.fresh, r.accuracy].map((v) => v.toFixed(3))];
  const head = [`\n  ${n} digits`, 'loss on them', 'on new digits', 'accuracy there'];
  table([head, ...Object.entries(runs).flatMap(([name, [a, b]]) => [row(`${name}: without`, a), row('  with', b)])]);
  console.log(`  The lecture only names them, as ways to "prevent the model from doing too well on training data". Three do: the loss on the training
  digits rises, on new digits it falls. Batch norm is another thing: eight layers learn much faster with it.`);
  await picture(out, 'regularisers-at-work-pooling', () => imageGrid(concat(pooled.slice(0, 6)), { scale: 4 }));
  const counts = Array.from({ length: 11 }, (_, k) => kept.filter((v) => v === k).length / kept.length);
  const binomial = counts.reduce<number[]>((p, _, k) => [...p, k === 0 ? 0.2 ** 10 : (p[k - 1]! * 4 * (11 - k)) / k], []);
  const [measured, theory] = [{ name: 'measured', y: counts, mark: 'points' } as const, { name: 'binomial', y: binomial }];
  await picture(out, 'regularisers-at-work-depth', () => lines([theory, measured], { xLabel: 'blocks kept of 10', yLabel: 'share' }));
  return { dropout: [drawn, formula], batchNorm, depth, sides, outcomes, digits: runs };
}

await tell(import.meta.url, story);
