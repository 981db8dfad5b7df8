/** Anomalies inside vmap, and what must not be one. */
import { AnomalyError, binaryCrossEntropy, checkGrads, detectAnomaly, elu, Generator, grad, jacobian, median, mul, ones, parameter, selu, setDebug, setDetectAnomaly, SGD, sqrt, square, sum, type Tensor, tensor, uniform, vmap, dot, add, xlogy } from 'chainrule'; // prettier-ignore
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, expect, test } from 'vitest';

afterEach(() => {
  setDetectAnomaly(false);
  setDebug(false);
});

test('a backward pass inside vmap that makes an infinity is found', () => {
  expect(() => detectAnomaly(vmap(grad((x: Tensor) => sqrt(x))))(tensor([1, 0, 4]))).toThrow(AnomalyError);
  expect(() => detectAnomaly((x: Tensor) => jacobian((y: Tensor) => sqrt(mul(y, y)))(x))(tensor([1, 0]))).toThrow(AnomalyError);
  expect(detectAnomaly(vmap(grad((x: Tensor) => sqrt(x))))(tensor([1, 4])).toArray()).toEqual([0.5, 0.25]);
});

test.each<[string, () => Tensor, unknown]>([
  ['elu', () => elu(tensor([800, -800])), [800, -1]],
  ['selu', () => selu(tensor([800])), [800 * 1.0507009873554805]],
  ['binaryCrossEntropy', () => binaryCrossEntropy(tensor([0, 1]), tensor([0, 1])), 0],
  ['xlogy', () => xlogy(tensor(0), tensor(0)), 0],
  ['median', () => median(tensor([1, Infinity, Infinity])), Infinity],
  ['median of two', () => median(tensor([-1e308, 1e308])), 0],
])('what %s leaves out is no anomaly', (_, f, expected) => {
  expect(detectAnomaly(f)().toArray()).toEqual(expected);
});

test('a switch that is turned inside stays turned', () => {
  setDetectAnomaly(true);
  detectAnomaly(() => setDetectAnomaly(false))();
  expect(sqrt(tensor(-1)).item()).toBeNaN();
  detectAnomaly(() => setDetectAnomaly(true))();
  expect(() => sqrt(tensor(-1))).toThrow(AnomalyError);
});

test('training in debug mode keeps nothing of earlier steps', async () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const p = parameter([1, 2]);
  const optimizer = new SGD([p], { lr: 1e-7 });
  setDebug(true);
  const refs: WeakRef<object>[] = [];
  for (let i = 0; i < 3; i++) {
    optimizer.minimize(() => {
      const loss = sum(square(mul(p, ones([1000, 2]))));
      refs.push(new WeakRef(loss));
      return loss;
    });
  }
  // what a WeakRef was made of lives until the end of the job
  await new Promise((done) => setTimeout(done, 0));
  gc();
  expect(refs[0]!.deref()).toBeUndefined();
  expect(p.value.data.every(Number.isFinite)).toBe(true);
});

test('backward inside vmap says what to do; checkGrads takes one bare primal', () => {
  const p = parameter([1, 1]);
  expect(() => vmap((x: Tensor) => {
    const loss = dot(p, x);
    loss.backward();
    return loss;
  })(tensor([[1, 2]]))).toThrow(/^backward: inside vmap a parameter would get the gradients of all examples: return the loss and sum it outside/); // prettier-ignore
  expect(p.grad).toBeNull();
  expect(checkGrads(square as (x: Tensor) => Tensor, tensor([1, 2]) as never)).toBe(true);
});

test('the same random numbers in every chunk', () => {
  const generator = new Generator(1);
  const f = vmap((x: Tensor) => add(mul(0, x), uniform([], { generator })), { randomness: 'same', chunkSize: 2 });
  const { data } = f(tensor([0, 0, 0]));
  expect(new Set(data).size).toBe(1);
  expect(generator.counter).toBe(1);
});
