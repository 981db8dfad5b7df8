/**
 * @file Products of matrices and vectors.
 */
import { toTensor, type TensorLike } from '../graph/create.js';
import { promoteArithmetic, promoteFloat } from '../graph/dtype.js';
import { ShapeError } from '../graph/errors.js';
import { broadcastShapes, type Shape, showShape } from '../graph/shape.js';
import type { Fits, MatMul, ShowShape } from '../graph/shape-types.js';
import type { Tensor } from '../graph/tensor.js';
import { matmul as matmulKernel, type MatmulAttrs } from '../kernels/matmul.js';
import { defineOp, type Op, reals } from './define.js';
import { mul } from './elementwise.js';
import { expandDims, reshape } from './movement.js';

function matmulShape(a: Shape, b: Shape, { ta, tb }: MatmulAttrs): Shape {
  const [m, k] = ta ? [a[a.length - 1]!, a[a.length - 2]!] : [a[a.length - 2]!, a[a.length - 1]!];
  const [k2, n] = tb ? [b[b.length - 1]!, b[b.length - 2]!] : [b[b.length - 2]!, b[b.length - 1]!];
  if (k !== k2) throw new ShapeError('matmul', 'inner dimensions differ', `a ${showShape(a)} · b ${showShape(b)}`, `${k} ≠ ${k2}`);
  return [...broadcastShapes('matmul', a.slice(0, -2), b.slice(0, -2)), m, n];
}

const matmulOp: Op<['a', 'b'], MatmulAttrs> = defineOp({
  name: 'matmul',
  inputs: ['a', 'b'],
  doc: 'product of matrices over broadcast batch axes; ta and tb read a factor transposed',
  broadcasts: true,
  shape: ([a, b], attrs) => matmulShape(a!, b!, attrs),
  dtype: ([a, b]) => promoteFloat(promoteArithmetic(a!, b!)),
  kernel: ([a, b], out, attrs) => matmulKernel(a!, b!, out, attrs),
  // C = A·B: dA = dC·Bᵀ, dB = Aᵀ·dC, and the same with the factors' transposes exchanged: nothing is ever transposed in memory
  vjp: {
    a: ({ g, b, attrs: { ta, tb } }) => (ta ? matmulOp(b, g, { ta: tb, tb: true }) : matmulOp(g, b, { ta: false, tb: !tb })),
    b: ({ g, a, attrs: { ta, tb } }) => (tb ? matmulOp(g, a, { ta: true, tb: ta }) : matmulOp(a, g, { ta: !ta, tb: false })),
  },
  sample: (draw) => {
    const [m, k, n] = [draw.int(1, 5), draw.int(1, 4), draw.int(1, 5)];
    const attrs = { ta: draw.pick([false, true]), tb: draw.pick([false, true]) };
    const batch = draw.pick<number[]>([[], [2], [2, 1]]);
    const other = draw.pick<number[]>([[], batch]);
    return {
      inputs: [
        draw.values([...batch, ...(attrs.ta ? [k, m] : [m, k])], reals),
        draw.values([...other, ...(attrs.tb ? [n, k] : [k, n])], reals),
      ],
      attrs,
    };
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
export function matmul<A extends Shape, B extends Shape>(
  a: TensorLike<A>,
  b: TensorLike<B> & Fits<MatMul<A, B>, `matmul: inner dimensions differ: [${ShowShape<A>}] · [${ShowShape<B>}]`>,
): Tensor<MatMul<A, B>> {
  const [x, y]: Tensor[] = [toTensor(a), toTensor(b)];
  if (x!.ndim === 0 || y!.ndim === 0)
    throw new ShapeError('matmul', 'a scalar has no matrix product', `a ${showShape(x!.shape)} · b ${showShape(y!.shape)}`, 'use mul');
  if (x!.ndim > 1 && y!.ndim > 1) return matmulOp(x!, y!, { ta: false, tb: false }) as Tensor<MatMul<A, B>>;
  const inner = x!.shape[x!.ndim - 1]!;
  const other = y!.shape[Math.max(0, y!.ndim - 2)]!;
  if (inner !== other)
    throw new ShapeError('matmul', 'inner dimensions differ', `a ${showShape(x!.shape)} · b ${showShape(y!.shape)}`, `${inner} ≠ ${other}`);
  const product = matmulOp(x!.ndim === 1 ? expandDims(x!, 0) : x!, y!.ndim === 1 ? expandDims(y!, 1) : y!, { ta: false, tb: false });
  const rows = x!.ndim === 1 ? [] : [product.shape[product.ndim - 2]!];
  const columns = y!.ndim === 1 ? [] : [product.shape[product.ndim - 1]!];
  return reshape(product, [...product.shape.slice(0, -2), ...rows, ...columns]) as Tensor as Tensor<MatMul<A, B>>;
}

/**
 * Dot product of two vectors: Σ a·b.
 * @throws ShapeError unless both are vectors of one length.
 * @example
 * dot([1, 2, 3], [4, 5, 6]); // → 32
 */
export function dot(a: TensorLike, b: TensorLike): Tensor {
  const [x, y] = [toTensor(a), toTensor(b)];
  if (x.ndim !== 1 || y.ndim !== 1)
    throw new ShapeError('dot', 'needs two vectors', `${showShape(x.shape)} ${showShape(y.shape)}`, 'use matmul');
  return (matmul as (a: TensorLike, b: TensorLike) => Tensor)(x, y);
}

/**
 * Outer product of two vectors: a_i · b_j.
 * @throws ShapeError unless both are vectors.
 * @example
 * outer([1, 2], [3, 4]); // → [[3, 4], [6, 8]]
 */
export function outer(a: TensorLike, b: TensorLike): Tensor {
  const [x, y] = [toTensor(a), toTensor(b)];
  if (x.ndim !== 1 || y.ndim !== 1) throw new ShapeError('outer', 'needs two vectors', `${showShape(x.shape)} ${showShape(y.shape)}`);
  return mul(expandDims(x, 1), y);
}
