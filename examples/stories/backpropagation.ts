/**
 * @file Backpropagation: the chain rule, op by op, from the loss back to the weights. One neuron of scalars, then the lecture's
 * single-layer perceptron, every intermediate value and gradient. Lecture 003:397–415, 003:895–1064; rows 109–113, 119–121.
 *
 *   npx tsx examples/stories/backpropagation.ts
 */
import { abs, add, div, exp, grad, jacobian, log, matmul, max, mul, neg, outer, record, sigmoid, softmax, sub, take } from 'chainrule';
import { tensor, type Tensor, trace, type TraceRow, transpose } from 'chainrule';
import { toSVG } from 'chainrule/viz';
import { picture, PICTURES, type StoryOptions, table, tell } from './tell.js';

export interface Result {
  /** z, y = σ(z) and (1 − σ)·σ of the neuron. */
  readonly neuron: readonly [z: number, y: number, slope: number];
  /** The gradient of y with respect to w₁, w₂, x₁, x₂, b. */
  readonly neuronGradient: readonly number[];
  /** Of the perceptron: scores, probabilities, loss; then the loss differentiated by p, s, W, b and x. */
  readonly s: readonly number[];
  readonly p: readonly number[];
  readonly L: number;
  readonly gradients: Readonly<Record<'p' | 's' | 'W' | 'b' | 'x', readonly number[]>>;
  /** The largest difference between these and the slide's products, worked out one by one. */
  readonly difference: number;
  /** The loss after one step W − 0.1·∂L/∂W, b − 0.1·∂L/∂b. */
  readonly after: number;
}

const named = (data: number | number[] | number[][], name: string): Tensor => tensor(data as number[], { name });
const show = (t: Tensor): string => JSON.stringify(t.toArray(), (_, v: unknown) => (typeof v === 'number' ? Number(v.toFixed(4)) : v));
/** Rows of a worked example: what was read, what came out, what the end result makes of it. */
const worked = (rows: readonly TraceRow[]): void =>
  table([
    ['', 'op', 'of', 'value', '∂(last)/∂(this)'],
    ...rows.map(({ op, inputs, value, grad: g }, i) => {
      const of = inputs.map((k) => (k < 0 ? 'constant' : (rows[k]!.value.name ?? `%${k}`)));
      return [value.name ?? `%${i}`, op, of.join(', '), show(value), show(g)];
    }),
  ]);

export async function story({ out = PICTURES }: StoryOptions = {}): Promise<Result> {
  console.log('\nBackpropagation\n\nOne neuron: z = w₁x₁ + w₂x₂ + b, y = 1/(1 + e⁻ᶻ), as the circuit of its ops');
  const point = [named(2, 'w₁'), named(-3, 'w₂'), named(-1, 'x₁'), named(-2, 'x₂'), named(-3, 'b')] as const;
  const weigh = (w1: Tensor, w2: Tensor, x1: Tensor, x2: Tensor, b: Tensor): Tensor => add(add(mul(w1, x1), mul(w2, x2)), b);
  const circuit = trace((...inputs: [Tensor, Tensor, Tensor, Tensor, Tensor]) => div(1, add(exp(neg(weigh(...inputs))), 1)), ...point);
  worked(circuit);
  const z = weigh(...point);
  const y = sigmoid(z).item();
  const neuronGradient = circuit.slice(0, 5).map((row) => row.grad.item());
  console.log(`  Each row has its gradient from the row that reads it, times one local derivative: mul swaps its factors, add passes on. At z all
  is (1 − σ)·σ = ${((1 - y) * y).toFixed(4)}, the lecture's derivative of the sigmoid (003:1058).\n`);
  await picture(out, 'backpropagation-neuron', () => toSVG(circuit, { values: true, gradients: true, name: 'a neuron: value, gradient' }));

  console.log('The single-layer perceptron: s = Wx + b, p = softmax(s), L = −log p_y, for a cat (y = 0) with the scores of the lecture');
  const W = named([[1, 0.6], [2, 1.3], [-1, -0.6]], 'W'); // prettier-ignore
  const [x, b] = [named([1, 2], 'x'), named([1, 0.5, 0.5], 'b')];
  const loss = (W: Tensor, x: Tensor, b: Tensor): Tensor => neg(log(take(softmax(add(matmul(W, x), b)), 0)));
  const rows = trace(loss, W, x, b);
  worked(rows);
  const [s, p] = [rows.find(({ op }) => op === 'add')!, rows.find(({ op }) => op === 'exp')!];
  const L = rows.at(-1)!.value.item();

  // 003:1005–1010, its factors one by one: ∂L/∂s = ∂p/∂s · ∂L/∂p, ∂L/∂wⱼ = ∂s/∂wⱼ · ∂L/∂s = x · ∂L/∂sⱼ, ∂L/∂b = ∂L/∂s
  const dp = tensor([-1 / p.value.data[0]!, 0, 0]);
  const ds = matmul(transpose(jacobian(softmax)(s.value)), dp);
  const byHand = { p: dp, s: ds, W: outer(ds, x), b: ds, x: matmul(transpose(W), ds) };
  const byTape = { p: p.grad, s: s.grad, W: rows[0]!.grad, b: rows[2]!.grad, x: rows[1]!.grad };
  const keys = ['p', 's', 'W', 'b', 'x'] as const;
  const difference = Math.max(...keys.map((k) => max(abs(sub(byHand[k], byTape[k]))).item()));
  console.log(`  softmax is exp(s − logsumexp(s)), so four rows. ∂L/∂s is p − z: ${show(ds)}. The products of 003:1001–1050,
  one by one, agree to ${difference.toExponential(0)}. The slide writes derivatives of vectors as d × n, columns by output, the transpose of its own
  Jacobian (003:946): ∂s/∂x is Wᵀ there, W here. It shows no numbers.`);

  const [dW, db] = grad(loss, { argnums: [0, 2] })(W, x, b);
  const after = loss(sub(W, mul(0.1, dW)), x, sub(b, mul(0.1, db))).item();
  console.log(`  Lecture 004 prints 2.04 for this cat, 003 prints 0.89, which is base 10; ours is ${L.toFixed(4)}, after one step with α = 0.1
  ${after.toFixed(4)}. A slip in 003:415: y_M = 1/(1 + e^−z_n) should read z_M.`);
  await picture(out, 'backpropagation-forward', () => toSVG(record(loss, W, x, b), { values: true, name: 'forward' }));
  const both = record(grad(loss, { argnums: [0, 2] }), W, x, b);
  await picture(out, 'backpropagation-backward', () => toSVG(both, { values: true, name: 'forward, then backward: each rule is ops too' }));
  const numbers = (t: Tensor): number[] => [...t.data];
  return {
    neuron: [z.item(), y, (1 - y) * y],
    neuronGradient,
    s: numbers(s.value),
    p: numbers(p.value),
    L,
    gradients: { p: numbers(p.grad), s: numbers(s.grad), W: numbers(byTape.W), b: numbers(byTape.b), x: numbers(byTape.x) },
    difference,
    after,
  };
}

await tell(import.meta.url, story);
