/**
 * @file Numerical against analytic gradient: slow and approximate against fast and exact; and why the step h must be neither large nor
 * small. Lecture 004:1386–1806, 002:95–105; rows 94–97, 104.
 *
 *   npx tsx examples/stories/numerical-gradient.ts
 */
import { abs, crossEntropy, diag, grad, gradcheck, hessian, matmul, max, numericalGradient, reshape, sub, tensor } from 'chainrule';
import { type Tensor, transpose } from 'chainrule';
import { lines } from 'chainrule/viz';
import { picture, PICTURES, type StoryOptions, table, tell } from './tell.js';

// the nine weights that the slide shows, its loss, and its losses after 0.0001 was added to the first, second, third weight
const W = tensor([0.34, -1.11, 0.78, 0.12, 0.55, 2.81, -3.1, -1.5, 0.33]);
const LOSS = 1.25347;
const MOVED = [1.25322, 1.25353, 1.25347];
const H = 1e-4;

// a loss for these weights, since the slide does not give its own: softmax on four examples of three features
const X = tensor([[1, 2, -1], [0.5, -1, 1], [-1, 0.2, 0.4], [0, 1, 1.5]]); // prettier-ignore
const CLASSES = [0, 2, 1, 1];
const loss = (w: Tensor): Tensor => crossEntropy(matmul(X, transpose(reshape(w, [3, 3]))), CLASSES);

type Scheme = 'forward' | 'central';

export interface Result {
  /** The slide's three quotients. */
  readonly slide: readonly number[];
  /** The gradient of our loss by the tape. */
  readonly analytic: readonly number[];
  /** Largest errors of the numerical gradients at h = 0.0001, and what ½·h·∂²L/∂w² predicts for the forward one. */
  readonly errors: Readonly<Record<Scheme | 'predicted', number>>;
  /** How often the loss was computed. */
  readonly calls: Readonly<Record<Scheme | 'analytic', number>>;
  readonly gradcheck: boolean;
  /** The h with the smallest error, by scheme, and how the error falls with h before: as h to this power. */
  readonly best: Readonly<Record<Scheme, number>>;
  readonly order: Readonly<Record<Scheme, number>>;
}

export async function story({ budget = 'full', out = PICTURES }: StoryOptions = {}): Promise<Result> {
  const firstThree = W.slice([[0, 3]]);
  const printed = (w: Tensor): number => MOVED[w.data.findIndex((v, i) => v !== firstThree.data[i])] ?? LOSS;
  const slide = [...numericalGradient(printed, firstThree, { h: H, scheme: 'forward' }).data];
  console.log('\nNumerical against analytic gradient\n\n(L(W + h) − L(W)) / h with the losses of the slide, h = 0.0001');
  table([
    ['', 'first', 'second', 'third'],
    ['ours', ...slide],
    ['lecture', '-2.5', '0.6', '0'],
  ]);
  console.log(`  The same. A loss of five decimals may be off by 0.000005, so each quotient by ±${((2 * 0.000005) / H).toFixed(1)}: the 0 may be 0.1. The analytic
  slide repeats them and adds six numbers; its loss function is not in the text, so nobody can recompute those.\n`);

  let count = 0;
  const counted = (w: Tensor): Tensor => (count++, loss(w));
  const calls = { forward: 0, central: 0, analytic: 0 };
  const tally = <T>(name: keyof typeof calls, value: T): T => ((calls[name] = count), (count = 0), value);
  const exact = tally('analytic', grad(counted)(W));
  const error = (f: (w: Tensor) => Tensor, h: number, scheme: Scheme): number =>
    max(abs(sub(numericalGradient(f, W, { h, scheme }), exact))).item();
  const forward = tally('forward', error(counted, H, 'forward'));
  const central = tally('central', error(counted, H, 'central'));
  // L(w + h) = L + h·L′ + ½h²·L″ + …: the forward quotient is off by ½h·L″, the central one by h²/6·L‴
  const predicted = (H / 2) * max(abs(diag(hessian(loss)(W)))).item();
  const passed = gradcheck(loss, [W]);
  table([
    ['a softmax loss of nine weights, h = 0.0001', 'losses computed', 'largest error'],
    ['forward', calls.forward, forward.toExponential(1)],
    ['central', calls.central, central.toExponential(1)],
    ['analytic (the tape)', `${calls.analytic} and back`, 'rounding'],
  ]);
  console.log(`  The forward error is ½·h·L″ = ${predicted.toExponential(1)}. "Slow: need to loop over all dimensions" is one loss a weight: ${(30_730 + 1).toLocaleString('en')} for
  the lecture's linear classifier on CIFAR-10. Hence its advice, which gradcheck follows: derive, and check with numbers (${passed ? 'ok' : 'FAILED'}).\n`);

  const perDecade = budget === 'full' ? 8 : 2;
  const hs = Array.from({ length: 14 * perDecade + 1 }, (_, k) => 10 ** (-k / perDecade));
  const curve = { forward: hs.map((h) => error(loss, h, 'forward')), central: hs.map((h) => error(loss, h, 'central')) };
  const bestOf = (scheme: Scheme): number => hs[curve[scheme].indexOf(Math.min(...curve[scheme]))]!;
  const best = { forward: bestOf('forward'), central: bestOf('central') };
  // the slope of the right arm of the V on logarithmic paper, between 0.001 and 0.01
  const orderOf = (s: Scheme): number => Math.log10(curve[s][2 * perDecade]! / curve[s][3 * perDecade]!);
  const order = { forward: orderOf('forward'), central: orderOf('central') };
  const errorsOf = (s: Scheme): string[] => [1, 4, 6, 8, 12].map((k) => curve[s][k * perDecade]!.toExponential(0));
  const row = (s: Scheme, ideal: string): string[] => [s, ...errorsOf(s), best[s].toExponential(0), ideal, order[s].toFixed(2)];
  table([
    ['error at h =', '0.1', '1e-4', '1e-6', '1e-8', '1e-12', 'best h', 'in theory', 'error falls as h to the'],
    row('forward', '√ε = 1e-8'),
    row('central', '∛ε = 6e-6'),
  ]);
  console.log(`  A V: on the right the quotient is not yet the derivative, on the left rounding, ε/h with ε = 2e-16, drowns it; so the limit h → 0
  must not be taken too far. The lecture's forward step of 0.0001 is good for five digits, the same step on both sides for nine.`);
  await picture(out, 'numerical-gradient', () =>
    lines(
      (['forward', 'central'] as const).map((name) => ({ name, x: hs, y: curve[name] })),
      { title: 'Error of the numerical gradient', xLabel: 'h', yLabel: 'largest error', xScale: 'log', yScale: 'log' },
    ),
  );
  return { slide, analytic: [...exact.data], errors: { forward, central, predicted }, calls, gradcheck: passed, best, order };
}

await tell(import.meta.url, story);
