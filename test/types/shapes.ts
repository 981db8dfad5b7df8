/**
 * @file Literal shapes carry through ops, and wrong ones do not compile; types of gradients, Jacobians and methods.
 */
import {
  add,
  broadcastTo,
  crossEntropy,
  div,
  exp,
  grad,
  hessian,
  jacfwd,
  jacobian,
  matmul,
  mean,
  mul,
  ones,
  type Parameter,
  parameter,
  relu,
  reshape,
  SGD,
  softmax,
  sum,
  type Tensor,
  tensor,
  transpose,
  valueAndGrad,
  zeros,
} from 'chainrule';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Compiles only where its argument is true. */
type Expect<T extends true> = T;
/** The shape of a tensor type. */
type ShapeOf<T> = T extends Tensor<infer S> ? S : never;

const a = zeros([2, 3]);
const b = ones([3, 5]);

// results have literal shapes
const sum23 = add(a, a);
const row = mul(a, zeros([3]));
const outer = div(zeros([2, 1]), ones([1, 3]));
const scaled = mul(2, a);
const activated = relu(exp(softmax(a)));
const product = matmul(a, b);
const vector = matmul(a, zeros([3]));
const turned = transpose(a);
const total = sum(a);
const average = mean(a);
const flat = reshape(a, [6]);
const wide = broadcastTo([1, 2], [4, 2]);
export type Literal = [
  Expect<Equal<ShapeOf<typeof a>, readonly [2, 3]>>,
  Expect<Equal<ShapeOf<typeof sum23>, readonly [2, 3]>>,
  Expect<Equal<ShapeOf<typeof row>, readonly [2, 3]>>,
  Expect<Equal<ShapeOf<typeof outer>, readonly [2, 3]>>,
  Expect<Equal<ShapeOf<typeof activated>, readonly [2, 3]>>,
  Expect<Equal<ShapeOf<typeof product>, readonly [2, 5]>>,
  Expect<Equal<ShapeOf<typeof vector>, readonly [2]>>,
  Expect<Equal<ShapeOf<typeof turned>, readonly [3, 2]>>,
  Expect<Equal<ShapeOf<typeof total>, readonly []>>,
  Expect<Equal<ShapeOf<typeof average>, readonly []>>,
  Expect<Equal<ShapeOf<typeof flat>, readonly [6]>>,
  Expect<Equal<ShapeOf<typeof wide>, readonly [4, 2]>>,
];

// wrong shapes do not compile
// @ts-expect-error cannot broadcast [2,3] with [4,3]
export const badSum = (): unknown => add(zeros([2, 3]), zeros([4, 3]));
// @ts-expect-error cannot broadcast [2,3] with [2]
export const badRow = (): unknown => mul(a, zeros([2]));
// @ts-expect-error inner dimensions differ
export const badProduct = (): unknown => matmul(zeros([2, 3]), zeros([4, 5]));
// @ts-expect-error inner dimensions differ
export const badVector = (): unknown => matmul(a, zeros([2]));
// @ts-expect-error a shape that was carried through three ops is still checked
export const badChain = (): unknown => matmul(relu(add(a, a)), transpose(b));

// a plain Tensor always works
const plain: Tensor = a;
const dynamic: Tensor = tensor([
  [1, 2],
  [3, 4],
]);
export const mixed: Tensor[] = [add(plain, b), matmul(dynamic, b), matmul(a, dynamic), add(dynamic, [1, 2]), scaled, mul(dynamic, 2)];
export const known = (n: number): Tensor => add(zeros([n, 3]), zeros([1, 3]));
export const assigned: Tensor = matmul(zeros([2, 3]), zeros([3, 4]));

// parameters are tensors
const w: Parameter = parameter([1, 2], { name: 'w' });
export const loss: Tensor = sum(mul(w, w));
export const step: Tensor = new SGD([w], { lr: 0.1 }).minimize(() => sum(mul(w, w)));

// gradients have the structure of the arguments
type Model = { W: Tensor; layers: { b: Tensor }[] };
const f = (m: Model, x: Tensor): Tensor => crossEntropy(matmul(x, m.W).add(m.layers[0]!.b), 0);
const g = grad(f)({ W: zeros([2, 2]), layers: [{ b: 0 }] }, [1, 2]);
export const gW: Tensor = g.W;
export const gb: Tensor = g.layers[0]!.b;
// @ts-expect-error no such leaf
export const none: unknown = g.V;

const [value, both] = valueAndGrad(f, { argnums: [0, 1] })({ W: zeros([2, 2]), layers: [] }, [1, 2]);
export const parts: [Tensor, Tensor, Tensor] = [value, both[0].W, both[1]];
// @ts-expect-error the list has two entries
export const third: unknown = both[2];
const second = grad((x: Tensor, y: { c: Tensor }) => mul(x, y.c), { argnums: 1 })(1, { c: 2 });
export const gc: Tensor = second.c;

const [withAux, aux] = grad((x: Tensor) => [sum(x), { note: 'text', n: 3 }] as const, { hasAux: true })(1);
export const note: [Tensor, string, number] = [withAux, aux.note, aux.n];
const [[v, extra], gx] = valueAndGrad((x: Tensor) => [sum(x), 7] as const, { hasAux: true })(1);
export const pair: [Tensor, number, Tensor] = [v, extra, gx];

// @ts-expect-error text is no argument of a function of tensors
export const text = (): unknown => grad((x: Tensor) => x)('text');
// @ts-expect-error an unknown option
export const option = (): unknown => grad((x: Tensor) => x, { argnum: 1 });

// Jacobians and Hessians
export const J: Tensor = jacobian((x: Tensor) => mul(x, x))([1, 2]);
const [ja, jb] = jacfwd((x: Tensor, y: Tensor) => mul(x, y), { argnums: [0, 1] })(1, 2);
export const blocks: Tensor[] = [ja, jb];
const H = hessian((x: Tensor) => sum(mul(x, x)))([1, 2]);
export const second2: Tensor = H;
export const nested: Tensor = grad((x) => grad((y) => mul(x, y))(x))(4);

// methods
export const chained: Tensor = dynamic.mul(2).add([1, 2]).relu().matmul(dynamic).sum({ axis: 0 }).mean();
export const kept: Tensor<readonly [2, 3]> = a.exp().neg().tanh();
export const index: Tensor = dynamic.argmax({ axis: 1 });
export const halves: Tensor[] = dynamic.split(2);
export const item: number = sum(a).item();
// @ts-expect-error an unknown option of a method
export const wrongOption = (): unknown => dynamic.sum({ dim: 0 });
// @ts-expect-error an unknown method
export const wrongMethod = (): unknown => dynamic.frobnicate();
