/**
 * @file Types of transformed functions, checked by the compiler alone.
 */
import { grad, hessian, jacobian, softmax, sum, type Tensor, tensor, valueAndGrad, vjp } from 'chainrule';

const x: Tensor = tensor([1, 2]);

// chainable methods without options
export const total: Tensor = x.sum();
export const average: Tensor = x.mean();
export const turned: Tensor = x.transpose();

// library functions go straight into transforms
export const j: Tensor = jacobian(softmax)(x);
export const j2: Tensor = jacobian((s, t) => s.mul(t))(x, x);
export const j3: Tensor = jacobian((m: { w: Tensor }) => m.w)({ w: x }).w;
export const p: Tensor = vjp(softmax, [x])[0];

// trees, lists of arguments, aux
const g = grad((m: { w: Tensor; b: Tensor }, k: Tensor) => sum(m.w.mul(m.b).mul(k)))({ w: 1, b: [2, 3] }, x);
export const gw: Tensor = g.w;
// @ts-expect-error the gradient has the structure of the argument
export const none: Tensor = g.c;
const [value, [ga, gb]] = valueAndGrad((a: Tensor, b: Tensor) => sum(a.mul(b)), { argnums: [0, 1] })(x, x);
export const parts: Tensor[] = [value, ga, gb];
const [ng, aux] = grad((a: Tensor) => [sum(a), 'note'] as const, { hasAux: true })(x);
export const both: [Tensor, string] = [ng, aux];
export const h: Tensor = hessian((a) => sum(a.mul(a)))(x);
