/**
 * @file The gradients on the slides, op by op, against the tape: linear, sigmoid, softmax, both hinges, log-likelihood, cross-entropy,
 * squares. One has a wrong sign, and gradcheck rejects it. Lecture 003:1012–1213; rows 96, 111–117.
 *
 *   npx tsx examples/stories/slide-gradients.ts
 */
import { abs, add, argmax, binaryHinge, customVjp, diag, div, eq, eye, grad, gradcheck, gt, jacobian, log, matmul, max } from 'chainrule';
import { minimize, mseLoss, mul, multiclassHinge, neg, nllLoss, numericalGradient, oneHot, oneVsRestCrossEntropy } from 'chainrule';
import { outer, sgd, sigmoid, softmax, sub, sum, take, type Tensor, tensor, type TensorLike, where } from 'chainrule';
import { lines } from 'chainrule/viz';
import { picture, PICTURES, type StoryOptions, table, tell } from './tell.js';

// the scores of the cat, and the ten probabilities of the slides, of which three are shown; class 2 is index 1
const S = tensor([3.2, 5.1, -1.7]);
const P = tensor([0.1, 0.7, 0, 0, 0, 0, 0, 0, 0, 0.2]);
const Y = tensor([0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);

const log1 = (p: Tensor): Tensor => nllLoss(log(p), 1);
const crossEntropy = (p: Tensor): Tensor => oneVsRestCrossEntropy(p, 1);
/** As printed: −(1/(1 − p₁), …, 1/p_y, …, 1/(1 − p_n)), one minus before all of it. */
const printed = (p: Tensor, z: TensorLike): Tensor => neg(where(eq(z, 1), div(1, p), div(1, sub(1, p))));

export interface Result {
  /** Largest difference between the slide's formula and the tape, and whether gradcheck passes the tape's, by op. */
  readonly differences: Readonly<Record<string, number>>;
  readonly passed: Readonly<Record<string, boolean>>;
  /** D = ∂p/∂s at (3.2, 5.1, −1.7), row by row. */
  readonly jacobian: readonly number[];
  /** Gradient of the hinge at its kink (10, 9, 9): by the tape, and by central differences. */
  readonly kink: Readonly<Record<'tape' | 'central', readonly number[]>>;
  /** ∂L/∂p of the slides' cross-entropy for their ten probabilities: by the tape, and by the general formula they print. */
  readonly right: readonly number[];
  readonly printed: readonly number[];
  /** Does gradcheck reject a loss with that formula as its rule? */
  readonly rejected: boolean;
  /** ∂L/∂s of the cat through the softmax, right and as printed; the loss before and after 50 steps on the scores with each. */
  readonly scores: Readonly<Record<'right' | 'printed', readonly number[]>>;
  readonly losses: Readonly<Record<'before' | 'right' | 'printed', number>>;
}

export async function story({ out = PICTURES }: StoryOptions = {}): Promise<Result> {
  const [W, x] = [tensor([[1, 0.6], [2, 1.3], [-1, -0.6]]), tensor([1, 2])]; // prettier-ignore
  const [p, sigma] = [softmax(S), sigmoid(S)];
  const [s2, y2] = [tensor([0.5, 2, -0.5]), tensor([1, 1, -1])];
  const binary = (s: Tensor): Tensor => binaryHinge(s, y2, { reduction: 'sum' });
  const multi = (s: Tensor): Tensor => multiclassHinge(s, 0);
  const over = where(gt(add(sub(S, take(S, 0)), 1), 0), [0, 1, 1], 0); // 1(s_j − s_y + 1 > 0), j ≠ y
  const squares = (s: Tensor): Tensor => mseLoss(s, Y, { reduction: 'sum' });
  const rows: readonly (readonly [op: string, formula: string, f: (x: Tensor) => Tensor, at: Tensor, slide: Tensor])[] = [
    ['s = Wx + b, by W', '∂s/∂wⱼ = [0 … x … 0]', (V) => matmul(V, x), W, mul(eye(3).reshape([3, 3, 1]), x)],
    ['s = Wx + b, by x', 'Wᵀ, which is d × n', (v) => matmul(W, v), x, W],
    ['s = Wx + b, by b', 'I', (b) => add(matmul(W, x), b), S, eye(3)],
    ['sigmoid', 'diag((1 − σ)·σ)', (s) => sigmoid(s), S, diag(mul(sub(1, sigma), sigma))],
    ['softmax', 'pₐ·(δₐᵦ − pᵦ)', (s) => softmax(s), S, sub(diag(p), outer(p, p))],
    ['binary hinge', '−y · 1(1 − y·s > 0)', binary, s2, mul(neg(y2), gt(sub(1, mul(y2, s2)), 0))],
    ['multiclass hinge', '1(s_j − s_y + 1 > 0), −Σ', multi, S, sub(over, mul(oneHot(0, 3), sum(over)))],
    ['log-likelihood', '−1/p_y', log1, P, where(eq(Y, 1), div(-1, P), 0)],
    ['cross-entropy', '−1/p_y, −1/(1 − p_j)', crossEntropy, P, printed(P, Y)],
    ['(y − s)²', '−2·(y − s)', squares, P, mul(-2, sub(Y, P))],
  ];
  const far = (a: Tensor, b: Tensor): number => max(abs(sub(a, b))).item();
  const differences = Object.fromEntries(rows.map(([op, , f, at, slide]) => [op, far(jacobian(f)(at), slide)]));
  const passed = Object.fromEntries(rows.map(([op, , f, at]) => [op, gradcheck(f, [at], { raiseException: false })]));
  console.log('\nThe gradients on the slides\n');
  table([
    ['', 'slide', 'slide − tape', 'gradcheck of the tape'],
    ...rows.map(([op, formula]) => [op, formula, differences[op]!.toFixed(3), passed[op] ? 'ok' : 'FAILED']),
  ]);
  const D = jacobian(softmax)(S);
  console.log('  No slide evaluates the softmax Jacobian; at (3.2, 5.1, −1.7) it is');
  table((D.toArray() as number[][]).map((line) => ['', ...line]));
  const kink = tensor([10, 9, 9]);
  const atKink = { tape: [...grad(multi)(kink).data], central: [...numericalGradient(multi, kink).data] };
  console.log(
    `  At (10, 9, 9), on the kink, "> 0" is strict: the tape says (${atKink.tape.join(', ')}), a central difference (${atKink.central.map((v) => v.toFixed(1)).join(', ')}).\n`,
  );

  // the slides' cross-entropy with the slides' gradient: a rule of one's own
  const asPrinted = (z: Tensor): ((p: Tensor) => Tensor) => {
    const value = (q: Tensor): Tensor => oneVsRestCrossEntropy(q, argmax(z));
    return customVjp(value, { fwd: (q: Tensor) => [value(q), q], bwd: (q, g) => [mul(g, printed(q, z))] });
  };
  const [right, wrong] = [grad(crossEntropy)(P), grad(asPrinted(Y))(P)];
  const row = (t: Tensor): string[] => [0, 1, 2, 9].map((j) => t.data[j]!.toFixed(3));
  table([
    ['∂L/∂p for p = (0.1, 0.7, 0, …, 0.2)', 'p₁', 'p_y', 'p₃', 'p₁₀'],
    ['tape', ...row(right)],
    ['formula on the slide', ...row(wrong)],
    ['example on the slide', '-1.111', '-1.429', '0', '-1.250'],
  ]);
  const { ok, worst } = gradcheck(asPrinted(Y), [P], { report: true });
  console.log(`  −log(1 − p_j) has the derivative +1/(1 − p_j): the sign is wrong in all rows but y, and where p_j = 0 it is 1, not 0.
  gradcheck rejects the formula: ${worst!.analytic.toFixed(3)} where a difference quotient says ${worst!.numeric.toFixed(3)}.`);

  // the cat (class 0): what fifty steps with either do to its scores
  const cat = tensor([1, 0, 0]);
  const curves = { right: (q: Tensor) => oneVsRestCrossEntropy(q, 0), printed: asPrinted(cat) };
  const learn = (name: 'right' | 'printed'): number[] => {
    const path: number[] = [];
    const onStep = ({ value }: { value: number }): unknown => path.push(value);
    minimize((s: Tensor) => curves[name](softmax(s)), S, { optimizer: sgd({ lr: 0.1 }), steps: 50, onStep });
    return path;
  };
  const through = (name: 'right' | 'printed'): number[] => [...grad((s: Tensor) => curves[name](softmax(s)))(S).data];
  const scores = { right: through('right'), printed: through('printed') };
  const paths = { right: learn('right'), printed: learn('printed') };
  const losses = { before: paths.right[0]!, right: paths.right.at(-1)!, printed: paths.printed.at(-1)! };
  console.log(`  The cat's loss is ${losses.before.toFixed(4)} (the slide's 1.78 is base 10). After 50 steps on its scores it is ${losses.right.toFixed(4)}, with the
  printed gradient ${losses.printed.toFixed(4)}: a wrong gradient does not stop a training, it spoils it.`);
  const series = (['right', 'printed'] as const).map((name) => ({ name, y: paths[name] }));
  await picture(out, 'slide-gradients', () => lines(series, { title: 'Descent by two gradients', xLabel: 'step', yLabel: 'loss' }));
  const vectors = { jacobian: [...D.data], right: [...right.data], printed: [...wrong.data] };
  return { differences, passed, kink: atKink, ...vectors, rejected: !ok, scores, losses };
}

await tell(import.meta.url, story);
