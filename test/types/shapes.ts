/**
 * @file Literal shapes carry through ops, and wrong ones do not compile; types of gradients, Jacobians and methods.
 */
import {
  add,
  argmax,
  argmin,
  broadcastTo,
  clip,
  concat,
  crossEntropy,
  div,
  exp,
  expandDims,
  grad,
  gt,
  hessian,
  jacfwd,
  jacobian,
  logsumexp,
  matmul,
  max,
  mean,
  mul,
  norm,
  ones,
  type Parameter,
  parameter,
  prod,
  relu,
  reshape,
  SGD,
  type Shape,
  softmax,
  squeeze,
  stack,
  std,
  sub,
  sum,
  tensor,
  type Tensor,
  transpose,
  valueAndGrad,
  where,
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

// numbers have no axes, so they change no shape
export type Scalars = [
  Expect<Equal<ShapeOf<typeof scaled>, readonly [2, 3]>>,
  Expect<Equal<ShapeOf<ReturnType<typeof clamped>>, readonly [2, 3]>>,
  Expect<Equal<ShapeOf<ReturnType<typeof rectified>>, readonly [2, 3]>>,
];
const clamped = () => clip(a, 0, ones([3]));
const rectified = () => where(gt(a, 0), a, 0);

// reductions: axes from both ends, several at once, kept as 1; without literals the shape is not known
const x = zeros([2, 3, 4]);
const some = sum(x, { axis: 1 });
const last = mean(x, { axis: -1 });
const two = max(x, { axis: [0, -1] });
const kept1 = logsumexp(x, { axis: 1, keepdims: true });
const allKept = std(x, { keepdims: true, ddof: 1 });
const places = argmax(x);
const placesAlong = argmin(x, { axis: 0 });
const alongAny = prod(x, { axis: Number('1') });
const keptOrNot = norm(x, { axis: 1, keepdims: Number('1') > 0 });
export type Reductions = [
  Expect<Equal<ShapeOf<typeof some>, readonly [2, 4]>>,
  Expect<Equal<ShapeOf<typeof last>, readonly [2, 3]>>,
  Expect<Equal<ShapeOf<typeof two>, readonly [3]>>,
  Expect<Equal<ShapeOf<typeof kept1>, readonly [2, 1, 4]>>,
  Expect<Equal<ShapeOf<typeof allKept>, readonly [1, 1, 1]>>,
  Expect<Equal<ShapeOf<typeof places>, readonly [2, 3]>>,
  Expect<Equal<ShapeOf<typeof placesAlong>, readonly [3, 4]>>,
  Expect<Equal<ShapeOf<typeof alongAny>, Shape>>,
  Expect<Equal<ShapeOf<typeof keptOrNot>, Shape>>,
];

// products of batches and vectors
const batches = matmul(zeros([7, 1, 2, 3]), zeros([5, 3, 4]));
const rowTimes = matmul(zeros([3]), zeros([5, 3, 4]));
const dotted = matmul(zeros([3]), ones([3]));
export type Products = [
  Expect<Equal<ShapeOf<typeof batches>, readonly [7, 5, 2, 4]>>,
  Expect<Equal<ShapeOf<typeof rowTimes>, readonly [5, 4]>>,
  Expect<Equal<ShapeOf<typeof dotted>, readonly []>>,
];

// reshape counts elements of any number, and finds −1
const images = zeros([60000, 28, 28]);
const rows = reshape(images, [60000, 784]);
const inferred = reshape(images, [-1, 784]);
const flattened = reshape(images, [-1]);
const unknownRows = (n: number) => reshape(zeros([n, 28, 28]), [-1, 784]);
const anyTarget = reshape(a, [Number('2'), 3]);
export type Reshapes = [
  Expect<Equal<ShapeOf<typeof rows>, readonly [60000, 784]>>,
  Expect<Equal<ShapeOf<typeof inferred>, readonly [60000, 784]>>,
  Expect<Equal<ShapeOf<typeof flattened>, readonly [47040000]>>,
  Expect<Equal<ShapeOf<ReturnType<typeof unknownRows>>, readonly [number, 784]>>,
  Expect<Equal<ShapeOf<typeof anyTarget>, readonly [number, 3]>>,
];

// transpose, new axes and axes of length 1
const permuted = transpose(x, [2, 0, -2]);
const reversed = transpose(x);
const widened = expandDims(a, -1);
const inside = expandDims(a, 1);
const narrow = squeeze(zeros([1, 2, 1]));
const narrowAt = squeeze(zeros([1, 2, 1]), -1);
export type Axes = [
  Expect<Equal<ShapeOf<typeof permuted>, readonly [4, 2, 3]>>,
  Expect<Equal<ShapeOf<typeof reversed>, readonly [4, 3, 2]>>,
  Expect<Equal<ShapeOf<typeof widened>, readonly [2, 3, 1]>>,
  Expect<Equal<ShapeOf<typeof inside>, readonly [2, 1, 3]>>,
  Expect<Equal<ShapeOf<typeof narrow>, readonly [2]>>,
  Expect<Equal<ShapeOf<typeof narrowAt>, readonly [1, 2]>>,
];

// tensors put together
const below = concat([a, zeros([99998, 3])]);
const beside = concat([a, zeros([2, 4]), ones([2, 1])], { axis: -1 });
const stacked = stack([a, a, a], { axis: 1 });
const ofList = concat([a, a].map((t) => mul(t, 2)));
const withArray = concat([a, [[1, 2, 3]]]);
export type Joins = [
  Expect<Equal<ShapeOf<typeof below>, readonly [100000, 3]>>,
  Expect<Equal<ShapeOf<typeof beside>, readonly [2, 8]>>,
  Expect<Equal<ShapeOf<typeof stacked>, readonly [2, 3, 3]>>,
  Expect<Equal<ShapeOf<typeof ofList>, Shape>>,
  Expect<Equal<ShapeOf<typeof withArray>, Shape>>,
];

// methods carry the same
const byMethods = a
  .mul(2)
  .add(zeros([3]))
  .matmul(b)
  .sum({ axis: 0, keepdims: true })
  .transpose()
  .reshape([-1]);
export type Methods = [Expect<Equal<ShapeOf<typeof byMethods>, readonly [5]>>];

// a layer whose shapes are all checked
const hidden = relu(add(matmul(rows, zeros([784, 128])), zeros([128])));
const logits = add(matmul(hidden, zeros([128, 10])), zeros([10]));
const probabilities = div(exp(logits), sum(exp(logits), { axis: -1, keepdims: true }));
export type Network = [Expect<Equal<ShapeOf<typeof probabilities>, readonly [60000, 10]>>];

// wrong axes, counts and lengths do not compile
// @ts-expect-error a number is no row
export const badChainOfNumbers = (): unknown => matmul(add(a, 1), zeros([2]));
// @ts-expect-error cannot broadcast [2,3] with [2]
export const badComparison = (): unknown => gt(a, zeros([2]));
// @ts-expect-error cannot broadcast [2,3] with [4]
export const badBranch = (): unknown => where(gt(a, 0), a, zeros([4]));
// @ts-expect-error axis 2 is out of range: [2,3]
export const badAxis = (): unknown => sum(a, { axis: 2 });
// @ts-expect-error axis -3 is out of range: [2,3]
export const badNegativeAxis = (): unknown => mean(a, { axis: -3 });
// @ts-expect-error axis 7 is out of range: [2,3,4]
export const badAxes = (): unknown => max(x, { axis: [0, 7] });
// @ts-expect-error axis 2 is out of range: [2,3]
export const badSoftmax = (): unknown => softmax(a, { axis: 2 });
// @ts-expect-error an unknown option beside a known one
export const badOption = (): unknown => sum(a, { axis: 0, keepdim: true });
// @ts-expect-error the sum without keepdims has shape [2], which does not broadcast with [2,3]
export const badCentre = (): unknown => sub(a, sum(a, { axis: 1 }));
// @ts-expect-error 6 elements do not fit in [4,2]
export const badReshape = (): unknown => reshape(a, [4, 2]);
// @ts-expect-error 47,040,000 elements, 47,040,784 wanted
export const badLargeReshape = (): unknown => reshape(images, [60001, 784]);
// @ts-expect-error 4 does not divide 6
export const badInferred = (): unknown => reshape(a, [4, -1]);
// @ts-expect-error an axis twice
export const badTwice = (): unknown => transpose(x, [0, 1, 1]);
// @ts-expect-error two of three axes
export const badFew = (): unknown => transpose(x, [1, 0]);
// @ts-expect-error the axis has length 2
export const badSqueeze = (): unknown => squeeze(a, 0);
// @ts-expect-error no place 4 in [2,3]
export const badPlace = (): unknown => expandDims(a, 4);
// @ts-expect-error rows of 3 and of 5
export const badConcat = (): unknown => concat([a, zeros([2, 5])]);
// @ts-expect-error different shapes
export const badStack = (): unknown => stack([a, b]);
// @ts-expect-error batches of 2 and of 3
export const badBatches = (): unknown => matmul(zeros([2, 4, 4]), zeros([3, 4, 4]));
// @ts-expect-error [2,3] does not broadcast to [3,2]
export const badBroadcast = (): unknown => broadcastTo(a, [3, 2]);
// @ts-expect-error methods are checked too
export const badMethod = (): unknown => a.matmul(zeros([2, 5]));
// @ts-expect-error methods are checked too
export const badMethodAxis = (): unknown => a.sum({ axis: 5 });

// library functions are functions of a tensor
export const ofLibrary: Tensor[] = [
  grad(sum)(x),
  grad(std)(x),
  hessian(logsumexp)(x),
  jacobian(softmax)(x),
  jacfwd(transpose)(x),
  ...[x].map((t) => max(t)),
];

// a plain Tensor always works
const plain: Tensor = a;
const dynamic: Tensor = tensor([
  [1, 2],
  [3, 4],
]);
export const mixed: Tensor[] = [add(plain, b), matmul(dynamic, b), matmul(a, dynamic), add(dynamic, [1, 2]), scaled, mul(dynamic, 2)];
export const plainToo: Tensor[] = [
  sum(dynamic, { axis: 5 }),
  reshape(dynamic, [-1, 2]),
  transpose(dynamic, [1, 0]),
  concat([dynamic, a]),
  squeeze(dynamic, 0),
  expandDims(dynamic, 9),
  stack([dynamic, dynamic]),
  dynamic.sum({ axis: [0, 1], keepdims: true }),
];
export const chosen = (axis: number | undefined): Tensor[] => [sum(a, axis === undefined ? {} : { axis }), mean(a, { axis })];
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
