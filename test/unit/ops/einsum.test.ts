/** Einstein sums: how they are computed, and what is wrong with subscripts. */
import { einsum, record, type Tensor, tensor, zeros } from 'chainrule';
import { describe, expect, test } from 'vitest';

/** Names of the ops that a call makes, views left out. */
const ops = (text: string, ...shapes: number[][]): string[] =>
  record((...xs: Tensor[]) => einsum(text, ...xs), ...shapes.map((s) => zeros(s)))
    .entries.map((e) => e.op)
    .filter((op) => !['reshape', 'transpose'].includes(op));

describe('how', () => {
  test('contractions are matrix products, batched where they must be', () => {
    expect(ops('ij,jk->ik', [2, 3], [3, 4])).toEqual(['matmul']);
    expect(ops('bij,bjk->bik', [5, 2, 3], [5, 3, 4])).toEqual(['matmul']);
    expect(ops('bhqd,bhkd->bhqk', [2, 2, 3, 4], [2, 2, 5, 4])).toEqual(['matmul']);
    expect(ops('aij,bij->ab', [2, 3, 4], [5, 3, 4])).toEqual(['matmul']);
    expect(ops('i,i', [3], [3])).toEqual(['matmul']);
  });

  test('without a sum it is a product of elements', () => {
    expect(ops('i,j->ij', [2], [3])).toEqual(['mul']);
    expect(ops('ij,ij->ij', [2, 3], [2, 3])).toEqual(['mul']);
  });

  test('what only one operand has is summed first', () => {
    expect(ops('ij,k->k', [2, 3], [4])).toEqual(['sum', 'mul']);
    expect(ops('ij->ji', [2, 3])).toEqual([]);
    expect(ops('ii', [3, 3])).toEqual(['slice', 'sum']);
  });

  test('the order is chosen by cost, not by position', () => {
    const products = (text: string, ...shapes: number[][]): string[] =>
      record((...xs: Tensor[]) => einsum(text, ...xs), ...shapes.map((s) => zeros(s)))
        .entries.filter((e) => e.op === 'matmul')
        .map((e) => e.inputs.map((x) => `[${x.shape.join()}]`).join(' '));
    // matrix · matrix · vector: never the product of the two matrices
    expect(products('ij,jk,k->i', [50, 50], [50, 50], [50])).toEqual(['[50,50] [50]', '[50,50] [50]']);
    expect(products('i,ij,jk->k', [50], [50, 50], [50, 50])).toEqual(['[50] [50,50]', '[50,50] [50]']);
    // a narrow one in the middle
    expect(products('ij,jk,kl->il', [40, 2], [2, 40], [40, 3])[0]).toBe('[2,40] [40,3]');
  });

  test('types', () => {
    const x = tensor([1, 2], { dtype: 'float32' });
    expect(einsum('i,i', x, x).dtype).toBe('float32');
    expect(einsum('i->', x).dtype).toBe('float32');
    expect(einsum('i,j->ij', tensor([1, 2], { dtype: 'int32' }), [1]).dtype).toBe('float64');
    expect(einsum('i', x)).toBe(x);
  });

  test('empty axes', () => {
    expect(einsum('ij,jk->ik', zeros([2, 0]), zeros([0, 3])).toArray()).toEqual([[0, 0, 0], [0, 0, 0]]); // prettier-ignore
    expect(einsum('i,i->i', zeros([0]), zeros([0])).shape).toEqual([0]);
    expect(einsum('ij,j->ij', zeros([0, 3]), zeros([3])).shape).toEqual([0, 3]);
  });
});

test.each([
  [
    () => einsum('ij,jk->ik', zeros([2, 3]), zeros([4, 5])),
    /^einsum: subscript 'j' has two lengths: 3 in operand 0 \[2,3\], 4 in operand 1 \[4,5\]$/,
  ],
  [() => einsum('ii->i', zeros([2, 3])), /^einsum: subscript 'i' has two lengths: 2 in operand 0 \[2,3\], 3 in operand 0 \[2,3\]$/],
  [() => einsum('ij,jk', zeros([2, 3])), /^einsum: needs one term an operand: 2 terms in 'ij,jk', 1 operands$/],
  [() => einsum('ijk->i', zeros([2, 3])), /^einsum: 'ijk' names 3 axes: operand 0 \[2,3\] has 2: '...' stands for axes without a name$/],
  [() => einsum('i', zeros([2, 3])), /^einsum: 'i' names 1 axes: operand 0 \[2,3\] has 2/],
  [() => einsum('...ijk->i', zeros([2, 3])), /^einsum: '...ijk' names 3 axes: operand 0 \[2,3\] has 2$/],
  [() => einsum('ij->iz', zeros([2, 3])), /^einsum: output subscript 'z' is in no term: 'ij->iz'$/],
  [() => einsum('ij->ii', zeros([2, 3])), /^einsum: output subscript 'i' is given twice: 'ij->ii'$/],
  [() => einsum('ij->i->j', zeros([2, 3])), /^einsum: more than one arrow: 'ij->i->j'$/],
  [() => einsum('i1->i', zeros([2, 3])), /^einsum: a term is letters, and at most one ellipsis: 'i1': as in 'ij,jk->ik'$/],
  [() => einsum('..ij', zeros([2, 3])), /^einsum: a term is letters, and at most one ellipsis: '..ij'/],
  [() => einsum('...i...', zeros([2, 3])), /^einsum: a term is letters, and at most one ellipsis/],
  [
    () => einsum('...,...->...', zeros([2]), zeros([3])),
    /^einsum: axes of '...' do not broadcast: 2 in operand 0 \[2\], 3 in operand 1 \[3\]$/,
  ],
  [() => einsum(zeros([2]) as never, zeros([3])), /^einsum: subscripts are a text: got object: einsum\('ij,jk->ik', a, b\)$/],
])('errors %#', (f, message) => {
  expect(f).toThrow(message);
});
