/**
 * @file Sections H and I of the lectures' systems, row by row: calculus, backpropagation, neural networks.
 */
import {
  adam,
  add,
  binaryHinge,
  crossEntropy,
  dense,
  diag,
  div,
  eye,
  Generator,
  grad,
  gradcheck,
  hessian,
  jacobian,
  l1Loss,
  l2,
  Linear,
  log,
  matmul,
  mean,
  MLPClassifier,
  mseLoss,
  mul,
  multiclassHinge,
  neuron,
  nllLoss,
  oneHot,
  oneVsRestCrossEntropy,
  outer,
  parameter,
  pow,
  relu,
  Sequential,
  Sigmoid,
  sigmoid,
  slice,
  softmax,
  square,
  squeeze,
  stack,
  sub,
  sum,
  take,
  tanh,
  tensor,
  type Tensor,
  trace,
  transpose,
  valueAndGrad,
  vjp,
  xor,
} from 'chainrule';
import { describe, expect, test } from 'vitest';
import { near } from './near.js';

const component = (x: Tensor, i: number): Tensor => squeeze(slice(x, [[i, i + 1]]), 0);

/** The six-hump function of the slides. */
function sixHump(x: Tensor): Tensor {
  const [a, b] = [component(x, 0), component(x, 1)];
  const first = mul(add(sub(4, mul(2.1, square(a))), div(pow(a, 4), 3)), square(a));
  return add(add(first, mul(a, b)), mul(add(-4, mul(4, square(b))), square(b)));
}

describe('H: calculus and backpropagation', () => {
  test('104: derivative, partial derivatives, gradient', () => {
    expect(grad((x: Tensor) => mul(x, mul(x, x)))(2).item()).toBe(12);
    const f = (x: Tensor, y: Tensor): Tensor => mul(square(x), y);
    expect([grad(f)(3, 4).item(), grad(f, { argnums: 1 })(3, 4).item()]).toEqual([24, 9]);
  });

  test('105: the six-hump gradient is the printed formula', () => {
    near(grad(sixHump)(tensor([0, 1])), [1, 8]);
    const [a, b] = [0.7, -1.3];
    near(grad(sixHump)(tensor([a, b])), [2 * a ** 5 - 8.4 * a ** 3 + 8 * a + b, 16 * b ** 3 - 8 * b + a]);
  });

  test('106: the Jacobian, m × d', () => {
    const f = (x: Tensor): Tensor => {
      const [a, b] = [component(x, 0), component(x, 1)];
      return stack([add(mul(2, a), square(b)), sub(mul(3, b), square(a)), mul(4, mul(a, b))]);
    };
    near(jacobian(f)(tensor([2, 1])), [[2, 2], [-4, 3], [4, 8]]); // prettier-ignore
  });

  test('107: the Hessian', () => {
    near(hessian(sixHump)(tensor([0, 1])), [[8, 1], [1, 40]]); // prettier-ignore
  });

  test('108: the chain rule, of two and of three levels', () => {
    const h = (x: Tensor): Tensor => sub(mul(2, square(x)), 1);
    const g = (u: Tensor): Tensor => add(sub(mul(3, square(u)), mul(2, u)), 5);
    for (const x of [-1.5, 0, 0.3, 2]) near(grad((v: Tensor) => g(h(v)))(x), 48 * x ** 3 - 32 * x);
    const [x, s] = [0.4, Math.tanh(0.4)];
    near(grad((v: Tensor) => g(h(tanh(v))))(x), (48 * s ** 3 - 32 * s) * (1 - s * s));
  });

  const W = tensor([[0.2, -0.5, 0.1], [1.5, 1.3, 2.1]]); // prettier-ignore
  const x = tensor([0.5, -1, 2]);
  const b = tensor([0.1, -0.2]);

  test('109: backward: from the loss to every parameter', () => {
    const [w, c] = [parameter(W, { name: 'W' }), parameter(b, { name: 'b' })];
    crossEntropy(add(matmul(w, x), c), 1).backward();
    const delta = sub(softmax(add(matmul(W, x), b)), [0, 1]);
    near(w.grad!, outer(delta, x));
    near(c.grad!, delta);
  });

  test('110: a perceptron, every value on the way and every gradient', () => {
    const [s, dSigma] = vjp((v: Tensor) => sigmoid(v), [add(matmul(W, x), b)]);
    const dLdp = mul(2, sub(s, [1, 0])); // of the squared error to (1, 0)
    const [dLds] = dSigma(dLdp) as [Tensor];
    near(dLds, mul(mul(dLdp, s), sub(1, s)));
    const loss = (w: Tensor, c: Tensor): Tensor => sum(square(sub(sigmoid(add(matmul(w, x), c)), [1, 0])));
    const [value, [dW, db]] = valueAndGrad(loss, { argnums: [0, 1] })(W, b);
    near(value, sum(square(sub(s, [1, 0]))));
    near(dW, outer(dLds, x));
    near(db, dLds);
    const ops = trace(loss, W, b).map(({ op }) => op);
    expect(ops).toEqual(expect.arrayContaining(['matmul', 'add', 'sigmoid', 'sub', 'square', 'sum']));
  });

  test('111: a linear layer: in the layout of the Jacobian the slides’ matrices are transposed', () => {
    const f = (w: Tensor, c: Tensor, v: Tensor): Tensor => add(matmul(w, v), c);
    near(jacobian(f, { argnums: 2 })(W, b, x), W); // the slides print Wᵀ, d × n
    near(jacobian(f, { argnums: 1 })(W, b, x), eye(2));
    const dsdW = jacobian(f)(W, b, x);
    expect(dsdW.shape).toEqual([2, 2, 3]);
    near(transpose(take(dsdW, 0, { axis: 1 })), [[0.5, 0], [-1, 0], [2, 0]]); // prettier-ignore
  });

  test('112: the sigmoid’s derivative is (1 − σ)σ; of a vector a diagonal', () => {
    const s = sigmoid([-1, 0, 2]);
    near(jacobian((v: Tensor) => sigmoid(v))(tensor([-1, 0, 2])), diag(mul(s, sub(1, s))));
  });

  test('113: the Jacobian of softmax, D_ab = p_a(δ_ab − p_b)', () => {
    const p = softmax([3.2, 5.1, -1.7]);
    near(jacobian((v: Tensor) => softmax(v))(tensor([3.2, 5.1, -1.7])), sub(diag(p), outer(p, p)));
  });

  test('114: hinge gradients are strict indicators: 0 at the kink', () => {
    near(grad((s: Tensor) => multiclassHinge(s, 0))(tensor([10, 9, 9])), [0, 0, 0]);
    near(grad((s: Tensor) => multiclassHinge(s, 0))(tensor([10, 9.1, 9])), [-1, 1, 0]);
    near(grad((s: Tensor) => binaryHinge(s, [1, 1], { reduction: 'sum' }))(tensor([1, 0.9])), [0, -1]);
  });

  const p = tensor([0.1, 0.7, 0.2]);

  test('115: −1/p_y in the row of y', () => {
    near(grad((q: Tensor) => nllLoss(log(q), 1))(p), [0, -1 / 0.7, 0]);
  });

  test('116: the slides’ cross-entropy: +1/(1 − p_j) off the row of y', () => {
    near(grad((q: Tensor) => oneVsRestCrossEntropy(q, 1))(p), [1 / 0.9, -1 / 0.7, 1 / 0.8]);
  });

  test('117: −2(y − s)', () => {
    near(grad((s: Tensor) => mseLoss(s, [0, 1, 0], { reduction: 'sum' }))(p), [0.2, -0.6, 0.4]);
    near(grad((s: Tensor) => l1Loss(s, [0.1, 1, 0], { reduction: 'sum' }))(p), [0, -1, 1]);
  });

  test('118: the gradient of the full loss: mean over examples + λ∇R', () => {
    const [X, y] = [tensor([[1, 2], [0.5, -1], [3, 1]]), [0, 1, 1]]; // prettier-ignore
    const V = tensor([[0.2, -0.5], [1.5, 1.3]]); // prettier-ignore
    const full = grad((w: Tensor) => add(crossEntropy(matmul(X, w), y), mul(0.1, l2(w))))(V);
    const one = (i: number): Tensor => grad((w: Tensor) => crossEntropy(matmul(take(X, i), w), y[i]!))(V);
    near(full, add(div(add(add(one(0), one(1)), one(2)), 3), mul(0.2, V)));
  });
});

describe('I: neural networks', () => {
  test('119: the sigmoid is finite on both tails', () => {
    near(sigmoid([-1000, 0, 1000]), [0, 0.5, 1]);
    expect(sigmoid(-700).item() / Math.exp(-700)).toBeCloseTo(1, 12);
    near(grad((v: Tensor) => sum(sigmoid(v)))(tensor([-1000, 0, 1000])), [0, 0.25, 0]);
  });

  test('120: a neuron: y = σ(w·x + b)', () => {
    const params = { w: tensor([1, -2]), b: tensor(0.25) };
    const [y] = neuron(2).apply(params, [1.5, 1], { train: false, state: {} });
    near(y, 1 / (1 + Math.exp(0.25)));
  });

  test('121: a layer of M neurons: y_m = σ(w_m·x + b_m), of its own z_m', () => {
    const layer = dense(2, 3);
    const [weight, bias] = [[[0.2, -0.5], [1.5, 1.3], [0.1, 0.4]], [0.1, 0.2, 0.3]]; // prettier-ignore
    const params = { 0: { weight: tensor(weight), bias: tensor(bias) }, 1: {} };
    const [y] = layer.apply(params, [1, 2], { train: false, state: { 0: {}, 1: {} } });
    near(
      y,
      weight.map(([u, v], m) => 1 / (1 + Math.exp(-(u! + 2 * v! + bias[m]!)))),
    );
    expect(dense(2, 3, { activation: relu }).init({ generator: new Generator(1) }).params[0].weight.shape).toEqual([3, 2]);
  });

  test('122: a cascade of layers and a loss does what one layer cannot', () => {
    const generator = new Generator(1);
    const net = new Sequential(
      new Linear(2, 3, { generator, dtype: 'float64' }),
      new Sigmoid(),
      new Linear(3, 2, { generator, dtype: 'float64' }),
    );
    const loss = (X: Tensor): Tensor => crossEntropy(net.forward(X), [0, 1]);
    expect(gradcheck(loss, [tensor([[0.3, -0.2], [1, 2]])])).toBe(true); // prettier-ignore
    expect(net.parameters()).toHaveLength(4);
    const { X, y } = xor(200, { generator: new Generator(2) });
    const model = new MLPClassifier({ hiddenLayerSizes: [12], activation: 'tanh', optimizer: adam({ lr: 0.02 }), epochs: 60 }).fitSync(
      X,
      y,
    );
    expect(model.score(X, y)).toBeGreaterThan(0.95);
  });

  test('123: relu and tanh beside the sigmoid', () => {
    near(relu([-1, 0, 2]), [0, 0, 2]);
    near(grad((v: Tensor) => sum(relu(v)))(tensor([-1, 0, 2])), [0, 0, 1]);
    near(tanh(0.4), Math.tanh(0.4));
    near(mean(oneHot([0, 1], 2)), 0.5);
  });
});
