/**
 * @file Products of matrices and vectors.
 */
import { SCALAR, type TensorLike, toTensor } from '../graph/create.js';
import { promoteArithmetic, promoteFloat } from '../graph/dtype.js';
import { ShapeError } from '../graph/errors.js';
import { broadcastShapes, type Shape, showShape } from '../graph/shape.js';
import type { FitsMatMul, MatMul } from '../graph/shape-types.js';
import type { Tensor } from '../graph/tensor.js';
import { matmul as matmulKernel, type MatmulAttrs } from '../kernels/matmul.js';
import { defineOp, type Lead, type Op, reals } from './define.js';
import { mul } from './arithmetic.js';
import { expandDims, reshape, squeeze } from './shaping.js';

function matmulShape(a: Shape, b: Shape, { ta, tb }: MatmulAttrs): Shape {
  const k = a[a.length - (ta && a.length > 1 ? 2 : 1)]!;
  const k2 = b[b.length - (tb || b.length === 1 ? 1 : 2)]!;
  if (k !== k2) throw new ShapeError('matmul', 'inner dimensions differ', `a ${showShape(a)} · b ${showShape(b)}`, `${k} ≠ ${k2}`);
  const m = a[a.length - (ta ? 1 : 2)]!;
  const n = b[b.length - (tb ? 2 : 1)]!;
  const matrix = a.length === 1 ? (b.length === 1 ? SCALAR : [n]) : b.length === 1 ? [m] : [m, n];
  return a.length <= 2 && b.length <= 2 ? matrix : [...broadcastShapes('matmul', a.slice(0, -2), b.slice(0, -2)), ...matrix];
}

// Transposed or not: four shared records, so that a call allocates none.
const [AB, ABt, AtB, AtBt] = [
  { ta: false, tb: false },
  { ta: false, tb: true },
  { ta: true, tb: false },
  { ta: true, tb: true },
] as const;
const flags = (ta: boolean, tb: boolean): MatmulAttrs => (ta ? (tb ? AtBt : AtB) : tb ? ABt : AB);

/** op(X) times a vector g for every matrix of a batch, as a vector. */
const applied = (x: Tensor, g: Tensor, transposed: boolean): Tensor =>
  x.ndim === 2 ? matmulOp(x, g, flags(transposed, false)) : squeeze(matmulOp(x, expandDims(g, -1), flags(transposed, false)), -1);

// C = A·B: dA = dC·Bᵀ, dB = Aᵀ·dC, and the same with the factors' transposes exchanged: nothing is ever transposed in memory.
// A vector has no other side: its cotangent is the other factor applied to dC, and that of a matrix beside it an outer product.
function leftRule(g: Tensor, a: Tensor, b: Tensor, { ta, tb }: MatmulAttrs): Tensor {
  if (a.ndim === 1) return b.ndim === 1 ? mul(g, b) : applied(b, g, tb);
  if (b.ndim === 1) return ta ? mul(expandDims(b, 1), expandDims(g, -2)) : mul(expandDims(g, -1), b);
  return ta ? matmulOp(b, g, flags(tb, true)) : matmulOp(g, b, flags(false, !tb));
}

function rightRule(g: Tensor, a: Tensor, b: Tensor, { ta, tb }: MatmulAttrs): Tensor {
  if (b.ndim === 1) return a.ndim === 1 ? mul(g, a) : applied(a, g, !ta);
  if (a.ndim === 1) return tb ? mul(expandDims(g, -1), a) : mul(expandDims(a, 1), expandDims(g, -2));
  return tb ? matmulOp(g, a, flags(true, ta)) : matmulOp(a, g, flags(!ta, false));
}

/** The product in every example. One factor for all makes it one large product wherever rows of the other can stand below each other. */
function productOfEach(a: Tensor, b: Tensor, { ta, tb }: MatmulAttrs, { size, mapped }: Lead): Tensor {
  const ranks = [a.ndim - Number(mapped[0]), b.ndim - Number(mapped[1])] as const;
  if (mapped[1] !== true && ranks[1] <= 2) {
    if (ranks[0] === 1) return matmulOp(a, b, flags(false, tb));
    if (ranks[0] === 2 && !ta) {
      const rows = matmulOp(reshape(a, [-1, a.shape[2]!]), b, flags(false, tb));
      return reshape(rows, [size, a.shape[1]!, ...rows.shape.slice(1)]);
    }
  }
  if (mapped[0] !== true && ranks[0] <= 2 && ranks[1] === 1) return matmulOp(b, a, flags(false, !ta));
  // vectors as matrices, and examples in front of the batch axes of one example
  const rank = Math.max(...ranks, 2);
  const full = (x: Tensor, own: number, has: boolean, shape: Shape): Tensor =>
    has ? reshape(x, [size, ...Array<number>(rank - Math.max(own, 2)).fill(1), ...shape]) : reshape(x, shape);
  const [sa, sb] = [a.shape.slice(Number(mapped[0])), b.shape.slice(Number(mapped[1]))];
  const left = full(a, ranks[0], mapped[0] === true, ranks[0] === 1 ? [1, ...sa] : sa);
  const right = full(b, ranks[1], mapped[1] === true, ranks[1] === 1 ? [...sb, 1] : sb);
  const out = matmulOp(left, right, flags(ta && ranks[0] > 1, tb && ranks[1] > 1));
  const batch = out.shape.slice(0, -2);
  return reshape(out, [
    ...batch,
    ...(ranks[0] === 1 ? [] : [out.shape[out.ndim - 2]!]),
    ...(ranks[1] === 1 ? [] : [out.shape[out.ndim - 1]!]),
  ]);
}

const matmulOp: Op<['a', 'b'], MatmulAttrs> = defineOp({
  name: 'matmul',
  inputs: ['a', 'b'],
  doc: 'product of matrices over broadcast batch axes; ta and tb read a matrix transposed, a vector has no other side',
  broadcasts: true,
  core: 2,
  shape: ([a, b], attrs) => matmulShape(a!.shape, b!.shape, attrs),
  dtype: ([a, b]) => promoteFloat(promoteArithmetic(a!.dtype, b!.dtype)),
  kernel: ([a, b], out, attrs) => matmulKernel(a!, b!, out, attrs),
  vjp: {
    a: ({ g, a, b, attrs }) => leftRule(g, a, b, attrs),
    b: ({ g, a, b, attrs }) => rightRule(g, a, b, attrs),
  },
  batch: ([a, b], attrs, lead) => productOfEach(a!, b!, attrs, lead),
  sample: (draw) => {
    const [m, k, n] = [draw.int(1, 5), draw.int(1, 4), draw.int(1, 5)];
    const attrs = { ta: draw.pick([false, true]), tb: draw.pick([false, true]) };
    const batch = draw.pick<number[]>([[], [2], [2, 1]]);
    const other = draw.pick<number[]>([[], batch]);
    const left = draw.pick([[...batch, ...(attrs.ta ? [k, m] : [m, k])], [...batch, ...(attrs.ta ? [k, m] : [m, k])], [k]]);
    const right = draw.pick([[...other, ...(attrs.tb ? [n, k] : [k, n])], [...other, ...(attrs.tb ? [n, k] : [k, n])], [k]]);
    return { inputs: [draw.values(left, reals), draw.values(right, reals)], attrs };
  },
  errors: [
    {
      call: () =>
        (matmul as (a: TensorLike, b: TensorLike) => Tensor)(
          [
            [1, 2, 3],
            [4, 5, 6],
          ],
          [
            [1, 2],
            [3, 4],
          ],
        ),
      message: /^matmul: inner dimensions differ: a \[2,3\] · b \[2,2\]: 3 ≠ 2$/,
    },
    { call: () => (matmul as (a: TensorLike, b: TensorLike) => Tensor)(1, [1]), message: /^matmul: a scalar has no matrix product/ },
  ],
});

/**
 * Matrix product. Vectors count as a row on the left and a column on the right; leading axes are batches and broadcast.
 * @throws ShapeError when inner dimensions differ.
 * @example
 * matmul([[1, 2], [3, 4]], [[5], [6]]); // → [[17], [39]]
 * matmul([[1, 2], [3, 4]], [5, 6]); // → [17, 39]
 */
export function matmul<A extends Shape, B extends Shape>(a: TensorLike<A>, b: TensorLike<B> & FitsMatMul<A, B>): Tensor<MatMul<A, B>> {
  const x: Tensor = toTensor(a, 'matmul');
  const y: Tensor = toTensor(b, 'matmul');
  if (x.ndim === 0 || y.ndim === 0)
    throw new ShapeError('matmul', 'a scalar has no matrix product', `a ${showShape(x.shape)} · b ${showShape(y.shape)}`, 'use mul');
  return matmulOp(x, y, AB) as Tensor<MatMul<A, B>>;
}

/**
 * Dot product of two vectors: Σ a·b.
 * @throws ShapeError unless both are vectors of one length.
 * @example
 * dot([1, 2, 3], [4, 5, 6]); // → 32
 */
export function dot(a: TensorLike, b: TensorLike): Tensor {
  const [x, y] = [toTensor(a, 'dot'), toTensor(b, 'dot')];
  if (x.ndim !== 1 || y.ndim !== 1)
    throw new ShapeError('dot', 'needs two vectors', `${showShape(x.shape)} ${showShape(y.shape)}`, 'use matmul');
  return (matmul as (a: TensorLike, b: TensorLike) => Tensor)(x, y);
}

/**
 * Products along the last axes, Σ_k a[…, k]·b[…, k] for every row of a and every row of b: for matrices a·bᵀ, without transposing b in memory.
 * @throws ShapeError when the last axes differ, or for a scalar.
 * @see numpy.inner
 * @example
 * inner([[1, 2], [3, 4]], [[1, 0], [0, 1], [1, 1]]); // → [[1, 2, 3], [3, 4, 7]]
 */
export function inner(a: TensorLike, b: TensorLike): Tensor {
  const [x, y] = [toTensor(a, 'inner'), toTensor(b, 'inner')];
  const k = x.shape.at(-1);
  if (k === undefined || k !== y.shape.at(-1))
    throw new ShapeError('inner', 'needs last axes of one length', `a ${showShape(x.shape)}, b ${showShape(y.shape)}`);
  if (y.ndim <= 2) return matmulOp(x, y, ABt);
  const rows = y.shape.slice(0, -1);
  return reshape(matmulOp(x, reshape(y, [-1, k]), ABt), [...x.shape.slice(0, -1), ...rows]);
}

/**
 * Outer product of two vectors: a_i · b_j.
 * @throws ShapeError unless both are vectors.
 * @example
 * outer([1, 2], [3, 4]); // → [[3, 4], [6, 8]]
 */
export function outer(a: TensorLike, b: TensorLike): Tensor {
  const [x, y] = [toTensor(a, 'outer'), toTensor(b, 'outer')];
  if (x.ndim !== 1 || y.ndim !== 1) throw new ShapeError('outer', 'needs two vectors', `${showShape(x.shape)} ${showShape(y.shape)}`);
  return mul(expandDims(x, 1), y);
}
