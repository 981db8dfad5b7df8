/** Compiled training goes down the same curve as training op by op: on real digits, and with Adam in a network with hidden layers. */
import { Adam, crossEntropy, Generator, matmul, minibatches, multiclassHinge, normal, parameter, type Parameter, relu, SGD, square, sum, take, tensor, type Tensor } from 'chainrule'; // prettier-ignore
import { expect, test } from 'vitest';
import { packagedDigits } from '../../../examples/digits/data.js';

type Step = (X: Tensor, y: Tensor) => Tensor;

/** Losses of training op by op and of compiled training, from the same parameters on the same batches. */
function curves(
  make: () => { loss: Step; optimizer: SGD | Adam; params: Parameter[] },
  X: Tensor,
  y: Tensor,
  epochs: number,
): { eager: number[]; compiled: number[]; params: [Parameter[], Parameter[]] } {
  const run = (compiled: boolean): { losses: number[]; params: Parameter[] } => {
    const { loss, optimizer, params } = make();
    const step: Step = compiled ? optimizer.compile(loss) : (X, y) => optimizer.minimize(() => loss(X, y));
    const generator = new Generator(1);
    const losses: number[] = [];
    for (let epoch = 0; epoch < epochs; epoch++) {
      for (const batch of minibatches(X.shape[0]!, { batchSize: 100, generator })) losses.push(step(take(X, batch), take(y, batch)).item());
    }
    return { losses, params };
  };
  const [eager, compiled] = [run(false), run(true)];
  return { eager: eager.losses, compiled: compiled.losses, params: [eager.params, compiled.params] };
}

const { train } = packagedDigits(0);
const X = train.X.slice([
  [0, 1000],
  [0, null],
]);
const y = train.y.slice([[0, 1000]]);

function expectSameCurve({ eager, compiled, params }: ReturnType<typeof curves>, relative: number): void {
  expect(eager.at(-1)!).toBeLessThan(0.6 * eager[0]!);
  eager.forEach((loss, i) => expect(Math.abs(compiled[i]! - loss), `step ${i}`).toBeLessThan(relative * loss));
  params[0].forEach((p, k) => {
    const [a, b] = [p, params[1][k]!].map((q) => Float64Array.from(q.value.data)) as [Float64Array, Float64Array];
    const largest = a.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
    a.forEach((v, i) => expect(Math.abs(b[i]! - v)).toBeLessThan(relative * largest));
  });
}

test.each([
  ['softmax', crossEntropy],
  ['svm', multiclassHinge],
] as const)('%s on digits in float64', (_, data) => {
  const make = (): ReturnType<Parameters<typeof curves>[0]> => {
    const W = parameter(normal([784, 10], { generator: new Generator(2), std: 0.01 }));
    const b = parameter(new Array<number>(10).fill(0));
    return {
      loss: (X, y) => data(X.matmul(W).add(b), y).add(sum(square(W)).mul(1e-4)),
      optimizer: new SGD([W, b], { lr: 0.1, momentum: 0.5 }),
      params: [W, b],
    };
  };
  expectSameCurve(curves(make, X, y, 3), 1e-9);
});

test('a network with two hidden layers and Adam in float32', () => {
  const make = (): ReturnType<Parameters<typeof curves>[0]> => {
    const generator = new Generator(3);
    const params = [784, 64, 32].flatMap((n, i) => {
      const m = [64, 32, 10][i]!;
      return [parameter(normal([n, m], { generator, std: Math.sqrt(2 / n), dtype: 'float32' })), parameter(tensor(new Float32Array(m)))];
    });
    const [W1, b1, W2, b2, W3, b3] = params as [Parameter, Parameter, Parameter, Parameter, Parameter, Parameter];
    const loss: Step = (X, y) => crossEntropy(matmul(relu(matmul(relu(matmul(X, W1).add(b1)), W2).add(b2)), W3).add(b3), y);
    return { loss, optimizer: new Adam(params, { lr: 1e-3 }), params };
  };
  // float32 rounds differently in either: 30 steps of Adam, which divides by small numbers, let that grow
  expectSameCurve(curves(make, X.cast('float32'), y, 3), 2e-3);
});
