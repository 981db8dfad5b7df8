/** The workloads that are measured (DESIGN §7): none of them leaves a step to a reference kernel in JavaScript. */
import { add, compile, crossEntropy, hessian, matmul, mean, mul, multiclassHinge, neg, relu, sigmoid, softplus, square, sub, sum, type Tensor, valueAndGrad, zeros } from 'chainrule'; // prettier-ignore
import { expect, test } from 'vitest';

const f32 = { dtype: 'float32' } as const;
const labels = (n: number): Tensor => zeros([n], { dtype: 'int32' });
const both = { argnums: [0, 1] } as const;

/** As text, what a workload runs. */
const programs: Record<string, () => string> = {
  matmul: () => compile((a: Tensor, b: Tensor) => matmul(a, b)).explain(zeros([64, 64], f32), zeros([64, 64], f32)),
  ...Object.fromEntries(
    (
      [
        ['softmax step', crossEntropy],
        ['svm step', multiclassHinge],
      ] as const
    ).map(([name, loss]) => [
      name,
      () =>
        compile((W: Tensor, b: Tensor, X: Tensor, y: Tensor) => {
          const [value, [gW, gb]] = valueAndGrad(
            (W: Tensor, b: Tensor) => add(loss(add(matmul(X, W), b), y), mul(sum(square(W)), 1e-3)),
            both,
          )(W, b);
          return [value, sub(W, mul(gW, 0.1)), sub(b, mul(gb, 0.1))];
        }).explain(zeros([30, 10], f32), zeros([10], f32), zeros([25, 30], f32), labels(25)),
    ]),
  ),
  'mlp step': () =>
    compile(
      valueAndGrad((W: Tensor, V: Tensor) => crossEntropy(matmul(relu(matmul(zeros([25, 30], f32), W)), V), labels(25)), both),
    ).explain(zeros([30, 16], f32), zeros([16, 10], f32)),
  tape: () =>
    compile(
      valueAndGrad((x: Tensor) => {
        let v = x;
        for (let i = 0; i < 20; i++) v = square(sigmoid(add(mul(v, 0.999), x)));
        return v;
      }),
    ).explain(zeros([])),
  'small function': () =>
    compile(valueAndGrad((w: Tensor) => sum(square(sub(matmul(zeros([50, 10]), w), zeros([50])))))).explain(zeros([10])),
  hessian: () => compile(hessian((w: Tensor) => mean(softplus(neg(matmul(zeros([20, 5]), w)))))).explain(zeros([5])),
  elementwise: () => compile(valueAndGrad((x: Tensor) => sum(sigmoid(add(square(x), x))))).explain(zeros([1000], f32)),
};

test.each(Object.entries(programs))('%s', (_, program) => {
  const text = program();
  expect(text).toMatch(/^ {2}0 {2}/);
  expect(text).not.toContain('reference');
});
