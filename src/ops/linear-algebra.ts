/**
 * @file Linear algebra of square matrices, batched over leading axes: determinants, inverses, linear systems, Cholesky factors.
 */
import { type TensorLike, toTensor } from '../graph/create.js';
import { promoteArithmetic, promoteFloat } from '../graph/dtype.js';
import { checkOptions, DataError, ShapeError } from '../graph/errors.js';
import { broadcastShapes, type Shape, showShape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import {
  choleskyFactors,
  cofactors,
  determinants,
  type Failure,
  logDeterminants,
  solveMatrices,
  solveTriangles,
} from '../kernels/linear-algebra.js';
import { add, gmul, mul, neg, sub } from './arithmetic.js';
import { eye } from './create.js';
import { defineOp, type Draw, floatOf, type Op, type Typed } from './define.js';
import { tril, triu } from './diagonals.js';
import { matmul } from './matmul.js';
import { expandDims, reshape, squeeze, transpose } from './shaping.js';
import { flip, slice } from './slicing.js';
import { sum } from './sum.js';

/** Which op the caller named, for messages. */
interface Named {
  readonly op: string;
}

interface SolveAttrs extends Named {
  /** Aᵀ·X = B instead of A·X = B. */
  readonly transposed: boolean;
}

interface TriangleAttrs {
  readonly lower: boolean;
  readonly transposed: boolean;
}

/** Throws unless the last two axes are a square matrix; its number of rows. */
function checkSquare(op: string, { shape }: Typed, name = 'x'): number {
  const [m, n] = shape.slice(-2);
  if (n === undefined || m !== n)
    throw new ShapeError(op, `${name} must be a square matrix, or a batch of them`, `got ${showShape(shape)}`);
  return n;
}

/** Shape of X with A·X = B, both batches of matrices. */
function solvedShape(op: string, [a, b]: readonly Typed[]): Shape {
  const n = checkSquare(op, a!, 'a');
  const [rows, columns] = b!.shape.slice(-2) as [number, number];
  if (rows !== n) throw new ShapeError(op, 'rows differ', `a ${showShape(a!.shape)}, b ${showShape(b!.shape)}`, `${n} ≠ ${rows}`);
  return [...broadcastShapes(op, a!.shape.slice(0, -2), b!.shape.slice(0, -2)), n, columns];
}

/** Throws if a kernel found a matrix that it cannot take. */
function refuse(op: string, wrong: string, failure: Failure | null, what: (pivot: number) => string): void {
  if (failure === null) return;
  const { matrix, pivot } = failure;
  throw new DataError(op, wrong, matrix.length === 0 ? what(pivot) : `matrix [${matrix.join(', ')}]: ${what(pivot)}`);
}

const zeroPivot = (pivot: number): string => `pivot ${pivot} is 0`;

/** Every matrix of a batch transposed. */
const turned = (x: Tensor): Tensor => transpose(x, [...Array.from({ length: x.ndim - 2 }, (_, i) => i), -1, -2]);

/** A matrix whose pivots are far from 0, its rows in either order, so that pivots are looked for. */
function sampleRegular(draw: Draw, batches: readonly (readonly number[])[] = [[], [2]]): Tensor {
  const n = draw.int(1, 3);
  const x = add(draw.values([...draw.pick(batches), n, n], { min: -1, max: 1 }), mul(eye(n), n + 1));
  return draw.pick([true, false]) ? flip(x, -2) : x;
}

function sampleSystem(draw: Draw, a: Tensor): readonly [Tensor, Tensor] {
  const batch = draw.pick<readonly number[]>([[], [1], a.shape.slice(0, -2)]);
  return [a, draw.values([...batch, a.shape.at(-1)!, draw.int(1, 3)], { min: -2, max: 2 })];
}

const solveOp: Op<['a', 'b'], SolveAttrs> = defineOp({
  name: 'solve',
  inputs: ['a', 'b'],
  doc: 'X with A·X = B, or Aᵀ·X = B, over broadcast batch axes',
  broadcasts: true,
  core: 2,
  shape: (inputs, { op }) => solvedShape(op, inputs),
  dtype: ([a, b]) => promoteFloat(promoteArithmetic(a!.dtype, b!.dtype)),
  kernel: ([a, b], out, { op, transposed }) =>
    refuse(op, 'the matrix is singular', solveMatrices(a!, b!, out, transposed), zeroPivot), // prettier-ignore
  // A·X = B: dB = A⁻ᵀ·dX, dA = −dB·Xᵀ, which is transposed where A is
  vjp: {
    a: ({ g, a, out, attrs }) => systemRule(solveOp(a, g, { ...attrs, transposed: !attrs.transposed }), out, attrs.transposed),
    b: ({ g, a, attrs }) => solveOp(a, g, { ...attrs, transposed: !attrs.transposed }),
  },
  sample: (draw) => ({
    inputs: sampleSystem(draw, sampleRegular(draw)),
    attrs: { op: 'solve', transposed: draw.pick([false, true]) },
  }),
  errors: [
    {
      call: () =>
        solve(
          [
            [1, 2],
            [2, 4],
          ],
          [1, 2],
        ),
      message: /^solve: the matrix is singular: pivot 1 is 0$/,
    },
    { call: () => inv([[[1]], [[0]]]), message: /^inv: the matrix is singular: matrix \[1\]: pivot 0 is 0$/ },
    { call: () => inv([[1, 2]]), message: /^inv: a must be a square matrix, or a batch of them: got \[1,2\]$/ },
    { call: () => solve([[1]], [1, 2]), message: /^solve: rows differ: a \[1,1\], b \[2,1\]: 1 ≠ 2$/ },
  ],
});

/** Cotangent of A, from those of B and the solution X. */
function systemRule(db: Tensor, x: Tensor, transposed: boolean): Tensor {
  return neg(transposed ? matmul(x, turned(db)) : matmul(db, turned(x)));
}

const triangleOp: Op<['a', 'b'], TriangleAttrs> = defineOp({
  name: 'solveTriangular',
  inputs: ['a', 'b'],
  doc: 'X with T·X = B, or Tᵀ·X = B, for the lower or upper triangle T of A, over broadcast batch axes',
  broadcasts: true,
  core: 2,
  shape: (inputs) => solvedShape('solveTriangular', inputs),
  dtype: ([a, b]) => promoteFloat(promoteArithmetic(a!.dtype, b!.dtype)),
  kernel: ([a, b], out, { lower, transposed }) =>
    refuse('solveTriangular', 'the matrix is singular', solveTriangles(a!, b!, out, lower, transposed), zeroPivot),
  vjp: {
    a: ({ g, a, out, attrs }) => {
      const da = systemRule(triangleOp(a, g, { ...attrs, transposed: !attrs.transposed }), out, attrs.transposed);
      return attrs.lower ? tril(da) : triu(da);
    },
    b: ({ g, a, attrs }) => triangleOp(a, g, { ...attrs, transposed: !attrs.transposed }),
  },
  sample: (draw) => {
    const n = draw.int(1, 3);
    const a = add(draw.values([...draw.pick([[], [2]]), n, n], { min: -1, max: 1 }), mul(eye(n), 2));
    return { inputs: sampleSystem(draw, a), attrs: { lower: draw.pick([true, false]), transposed: draw.pick([true, false]) } };
  },
  errors: [
    {
      call: () =>
        solveTriangular(
          [
            [1, 2],
            [3, 0],
          ],
          [1, 2],
        ),
      message: /^solveTriangular: the matrix is singular: pivot 1 is 0$/,
    },
  ],
});

/** A⁻¹ in the words of `op`, where it fails. */
const inverse = (a: Tensor, op: string): Tensor =>
  solveOp(a, eye(checkSquare(op, a, 'a'), { dtype: floatOf([a]) }), { op, transposed: false });

/** Numbers of a batch as a batch of 1×1 matrices. */
const asMatrices = (x: Tensor): Tensor => reshape(x, [...x.shape, 1, 1]);

const cofactorOp: Op<['x']> = defineOp({
  name: 'cofactor',
  inputs: ['x'],
  doc: 'the cofactors of a matrix: det(A)·A⁻ᵀ, and right for singular matrices too',
  shape: ([x]) => x!.shape,
  dtype: floatOf,
  kernel: ([x], out) => cofactors(x!, out),
  // C = det(A)·A⁻ᵀ: dC = tr(A⁻¹·dA)·C − C·dAᵀ·A⁻ᵀ
  vjp: {
    x: ({ g, x, out }) => {
      const t = turned(inverse(x, 'det'));
      const inner = asMatrices(sum(mul(g, out), { axis: [-2, -1] }));
      return sub(mul(inner, t), matmul(t, matmul(turned(g), out)));
    },
  },
  batch: ([x]) => cofactorOp(x!),
  sample: (draw) => ({ inputs: [sampleRegular(draw)], attrs: undefined }),
});

const detOp: Op<['x']> = defineOp({
  name: 'det',
  inputs: ['x'],
  doc: 'the determinant of a square matrix',
  broadcasts: true,
  core: 2,
  shape: ([x]) => {
    checkSquare('det', x!);
    return x!.shape.slice(0, -2);
  },
  dtype: floatOf,
  kernel: ([x], out) => determinants(x!, out),
  vjp: { x: ({ g, x }) => mul(asMatrices(g), cofactorOp(x)) },
  sample: (draw) => ({ inputs: [sampleRegular(draw)], attrs: undefined }),
  errors: [{ call: () => det([1, 2]), message: /^det: x must be a square matrix, or a batch of them: got \[2\]$/ }],
});

const slogdetOp: Op<['x']> = defineOp({
  name: 'slogdet',
  inputs: ['x'],
  doc: 'sign of the determinant and logarithm of its size, side by side',
  shape: ([x]) => {
    checkSquare('slogdet', x!);
    return [...x!.shape.slice(0, -2), 2];
  },
  dtype: floatOf,
  kernel: ([x], out) => logDeterminants(x!, out),
  vjp: { x: ({ g, x }) => gmul(asMatrices(entry(g, 1)), turned(inverse(x, 'slogdet'))) },
  batch: ([x]) => slogdetOp(x!),
  sample: (draw) => ({ inputs: [sampleRegular(draw)], attrs: undefined }),
});

/** Element i of the last axis. */
const entry = (x: Tensor, i: number): Tensor =>
  squeeze(
    slice(
      x,
      x.shape.map((_, axis) => (axis === x.ndim - 1 ? [i, i + 1] : [])),
    ),
    -1,
  );

const choleskyOp: Op<['x']> = defineOp({
  name: 'cholesky',
  inputs: ['x'],
  doc: 'the lower triangle L with L·Lᵀ = (A + Aᵀ)/2',
  broadcasts: true,
  core: 2,
  shape: ([x]) => {
    checkSquare('cholesky', x!);
    return x!.shape;
  },
  dtype: floatOf,
  kernel: ([x], out) =>
    refuse('cholesky', 'the matrix is not positive definite', choleskyFactors(x!, out), (k) => `leading minor ${k + 1}`),
  // dA = L⁻ᵀ·Φ(Lᵀ·dL)·L⁻¹ made symmetric; Φ keeps the lower triangle with half of the diagonal (Murray 2016)
  vjp: {
    x: ({ g, out }) => {
      const product = matmul(turned(out), g);
      const half = mul(add(tril(product), tril(product, { k: -1 })), 0.5);
      const onTheLeft = triangleOp(out, half, { lower: true, transposed: true });
      const both = triangleOp(out, turned(onTheLeft), { lower: true, transposed: true });
      return mul(add(both, turned(both)), 0.5);
    },
  },
  sample: (draw) => {
    const n = draw.int(1, 3);
    const b = draw.values([...draw.pick([[], [2]]), n, n], { min: -1, max: 1 });
    return { inputs: [add(matmul(b, turned(b)), mul(eye(n), n))], attrs: undefined };
  },
  errors: [
    {
      call: () =>
        cholesky([
          [1, 2],
          [2, 1],
        ]),
      message: /^cholesky: the matrix is not positive definite: leading minor 2$/,
    },
  ],
});

/**
 * The X with A·X = B for a square matrix A, by elimination with row pivots. B is a matrix, or a vector when it has one axis; leading axes are
 * batches and broadcast. float32 is computed in float64 and rounded once.
 * @throws ShapeError for shapes that do not fit; DataError for a singular matrix, with its number and the pivot that is 0.
 * @see torch.linalg.solve, numpy.linalg.solve
 * @example
 * solve([[2, 1], [1, 3]], [3, 5]); // → [0.8, 1.4]
 * solve([[0, 2], [1, 0]], [[2, 4], [3, 5]]); // → [[3, 5], [1, 2]]
 */
export function solve(a: TensorLike, b: TensorLike): Tensor {
  return solved('solve', a, b, (x, y) => solveOp(x, y, { op: 'solve', transposed: false }));
}

/** Options of `solveTriangular`. */
export interface TriangularOptions {
  /** Is the lower triangle read? Default false: the upper one. What stands in the other is ignored. */
  lower?: boolean;
  /** Is the triangle transposed? Default false. */
  transposed?: boolean;
}

/**
 * The X with T·X = B (Tᵀ·X = B when `transposed`) for the upper triangle T of A (the lower one when `lower`). B is a matrix, or a vector when
 * it has one axis; leading axes are batches and broadcast.
 * @throws ShapeError for shapes that do not fit; DataError for a 0 on the diagonal.
 * @see torch.linalg.solve_triangular, scipy.linalg.solve_triangular
 * @example
 * solveTriangular([[2, 1], [0, 4]], [4, 8]); // → [1, 2]
 * solveTriangular([[2, 0], [1, 4]], [4, 10], { lower: true }); // → [2, 2]
 */
export function solveTriangular(a: TensorLike, b: TensorLike, options: TriangularOptions = {}): Tensor {
  const { lower = false, transposed = false } = options;
  return solved('solveTriangular', a, b, (x, y) => {
    checkOptions('solveTriangular', options, ['lower', 'transposed']);
    return triangleOp(x, y, { lower, transposed });
  });
}

function solved(op: string, a: TensorLike, b: TensorLike, run: (a: Tensor, b: Tensor) => Tensor): Tensor {
  const [x, y] = [toTensor(a, op), toTensor(b, op)];
  if (y.ndim === 0) throw new ShapeError(op, 'b must be a vector or a matrix', 'got a scalar');
  return y.ndim === 1 ? squeeze(run(x, expandDims(y, -1)), -1) : run(x, y);
}

/**
 * The inverse of a square matrix, batched over leading axes. To solve a system, `solve` is faster and more accurate.
 * @throws ShapeError for a matrix that is not square; DataError for a singular matrix, with its number and the pivot that is 0.
 * @see torch.linalg.inv
 * @example
 * inv([[1, 2], [3, 4]]); // → [[-2, 1], [1.5, -0.5]]
 */
export function inv(a: TensorLike): Tensor {
  return inverse(toTensor(a, 'inv'), 'inv');
}

/**
 * The determinant of a square matrix, batched over leading axes. Its gradient is the matrix of cofactors, which singular matrices have
 * too; second derivatives need a regular matrix.
 * @throws ShapeError for a matrix that is not square; in second derivatives DataError for a singular matrix.
 * @see torch.linalg.det
 * @example
 * det([[1, 2], [3, 4]]); // → -2
 * grad((x) => det(x))(tensor([[1, 2], [2, 4]])); // → [[4, -2], [-2, 1]]
 */
export function det(a: TensorLike): Tensor {
  return detOp(toTensor(a, 'det'));
}

/**
 * The determinant as its sign and the logarithm of its size, det A = sign·e^logabsdet, which neither overflows nor underflows; batched over
 * leading axes. A singular matrix has sign 0 and logabsdet −∞, and no gradient. The sign has gradient 0.
 * @throws ShapeError for a matrix that is not square; in gradients DataError for a singular matrix.
 * @see torch.linalg.slogdet
 * @example
 * slogdet([[1, 2], [3, 4]]); // → { sign: -1, logabsdet: 0.693147 }
 */
export function slogdet(a: TensorLike): { sign: Tensor; logabsdet: Tensor } {
  const both = slogdetOp(toTensor(a, 'slogdet'));
  return { sign: entry(both, 0), logabsdet: entry(both, 1) };
}

/**
 * The Cholesky factor of a symmetric positive definite matrix: the lower triangle L with L·Lᵀ = A, batched over leading axes. Of a matrix
 * that is not symmetric the symmetric part (A + Aᵀ)/2 is factorised, so that the gradient is symmetric; torch reads the lower triangle
 * alone, and gives the same for symmetric matrices.
 * @throws ShapeError for a matrix that is not square; DataError for one that is not positive definite, with the leading minor that shows it.
 * @see torch.linalg.cholesky; Murray 2016, differentiation of the Cholesky decomposition
 * @example
 * cholesky([[4, 2], [2, 5]]); // → [[2, 0], [1, 2]]
 */
export function cholesky(a: TensorLike): Tensor {
  return choleskyOp(toTensor(a, 'cholesky'));
}
