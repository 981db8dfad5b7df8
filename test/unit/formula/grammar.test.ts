/** What a text means: the grammar as a table of texts, values and results worked out by hand. */
import { type TensorLike, tensor } from 'chainrule';
import { formula } from 'chainrule/formula';
import { describe, expect, test } from 'vitest';

type Row = readonly [text: string, symbols: Readonly<Record<string, TensorLike>>, expected: unknown];

function check([text, symbols, expected]: Row): void {
  const value = formula(text)(symbols).toArray();
  if (typeof expected === 'number') expect(value).toBeCloseTo(expected, 12);
  else expect(value).toEqual(expected);
}

const M = [
  [1, 2],
  [3, 4],
];

describe.each<[string, Row[]]>([
  [
    'numbers and constants',
    [
      ['42', {}, 42],
      ['.5 + 1.25e2 + 3e-1 + 2E+1', {}, 145.8],
      ['2.', {}, 2],
      ['pi', {}, Math.PI],
      ['π + e', {}, Math.PI + Math.E],
      ['-infinity', {}, -Infinity],
      ['∞ + inf + Infinity', {}, Infinity],
      ['true ? 1 : 2', {}, 1],
      ['false ? 1 : 2', {}, 2],
    ],
  ],
  [
    'precedence',
    [
      ['1 + 2 * 3', {}, 7],
      ['(1 + 2) * 3', {}, 9],
      ['a / b * c', { a: 1, b: 2, c: 4 }, 2],
      ['a - b - c', { a: 10, b: 3, c: 2 }, 5],
      ['a / b / c', { a: 8, b: 2, c: 2 }, 2],
      ['-x^2', { x: 3 }, -9],
      ['(-x)^2', { x: 3 }, 9],
      ['-2^2', {}, -4],
      ['2^3^2', {}, 512],
      ['2^-x', { x: 2 }, 0.25],
      ['2^-x^2', { x: 2 }, 1 / 16],
      ['-x^-2', { x: 2 }, -0.25],
      ['--x', { x: 3 }, 3],
      ['a - -b', { a: 1, b: 2 }, 3],
      ['+x', { x: 3 }, 3],
      ['2 * -3', {}, -6],
      ['2x', { x: 3 }, 6],
      ['2x^2', { x: 3 }, 18],
      ['-2x^2', { x: 3 }, -18],
      ['a - 2x', { a: 1, x: 3 }, -5],
      ['exp(-2x)', { x: 0 }, 1],
      ['2(a + b)', { a: 1, b: 2 }, 6],
      ['3 |x|', { x: -2 }, 6],
      ['a ^ 2 .* b ./ 2 .^ 2', { a: 2, b: 3 }, 3],
      ['a − b', { a: 3, b: 1 }, 2],
      ['x² + y³', { x: 2, y: 3 }, 31],
      ['x²³ + x⁴', { x: 2 }, 2 ** 23 + 16],
      ['πx + π_k + 2π', { πx: 1, π_k: 2 }, 3 + 2 * Math.PI],
      ['a + 1 > b - 1', { a: 1, b: 2 }, true],
      ['a > 1 and b > 1 or c', { a: 0, b: 2, c: true }, true],
      ['a > 1 and (b > 1 or c)', { a: 0, b: 2, c: true }, false],
      ['not a > 1', { a: 0 }, true],
      ['not (a > 1) and a > -1', { a: 0 }, true],
      ['not a > 1 or b', { a: 2, b: true }, true],
      ['not not a', { a: true }, true],
      ['a ? b : c ? d : 5', { a: false, b: 1, c: false, d: 2 }, 5],
      ['x > 0 ? x + 1 : -x', { x: [1, -3] }, [2, 3]],
    ],
  ],
  [
    'comparisons',
    [
      ['x == 2', { x: [1, 2, 3] }, [false, true, false]],
      ['x != 2', { x: [1, 2, 3] }, [true, false, true]],
      ['x ≠ 2', { x: [1, 2, 3] }, [true, false, true]],
      ['x < 2', { x: [1, 2, 3] }, [true, false, false]],
      ['x <= 2', { x: [1, 2, 3] }, [true, true, false]],
      ['x ≤ 2', { x: [1, 2, 3] }, [true, true, false]],
      ['x > 2', { x: [1, 2, 3] }, [false, false, true]],
      ['x ≥ 2', { x: [1, 2, 3] }, [false, true, true]],
      ['1 < x <= 2', { x: [1, 2, 3] }, [false, true, false]],
      ['0 < x < y < 4', { x: [1, 2, 3], y: [2, 2, 5] }, [true, false, false]],
    ],
  ],
  [
    'products: of matrices where both have axes, else of elements; .* always of elements',
    [
      ['A * B', { A: M, B: M }, [[7, 10], [15, 22]]], // prettier-ignore
      ['A @ B', { A: M, B: M }, [[7, 10], [15, 22]]], // prettier-ignore
      ['A .* B', { A: M, B: M }, [[1, 4], [9, 16]]], // prettier-ignore
      ['A ⊙ B', { A: M, B: M }, [[1, 4], [9, 16]]], // prettier-ignore
      ['A * x', { A: M, x: [1, 1] }, [3, 7]],
      ['x * A', { A: M, x: [1, 1] }, [4, 6]],
      ['x * y', { x: [1, 2], y: [3, 4] }, 11],
      ['x .* y', { x: [1, 2], y: [3, 4] }, [3, 8]],
      ['2 * x', { x: [1, 2] }, [2, 4]],
      ['c * x', { c: 3, x: [1, 2] }, [3, 6]],
      ['x * c', { c: tensor(3), x: [1, 2] }, [3, 6]],
      ['x / y', { x: [1, 2], y: [2, 4] }, [0.5, 0.5]],
      ['x ./ y', { x: [1, 2], y: [2, 4] }, [0.5, 0.5]],
      ['A ^ 2', { A: M }, [[1, 4], [9, 16]]], // prettier-ignore
      ['A .^ [1, 2]', { A: M }, [[1, 4], [3, 16]]], // prettier-ignore
      ['A * B * x', { A: M, B: M, x: [1, 0] }, [7, 15]],
      ["A'", { A: M }, [[1, 3], [2, 4]]], // prettier-ignore
      ["A' * A", { A: M }, [[10, 14], [14, 20]]], // prettier-ignore
      ["A''", { A: M }, M],
      ["x'", { x: [1, 2] }, [1, 2]],
      ["T'", { T: [[[1, 2]], [[3, 4]]] }, [[[1], [2]], [[3], [4]]]], // prettier-ignore
      ["(A + A)'", { A: M }, [[2, 6], [4, 8]]], // prettier-ignore
      ['A * B + 1', { A: M, B: M }, [[8, 11], [16, 23]]], // prettier-ignore
    ],
  ],
  [
    'bars, indicators, extrema',
    [
      ['|x|', { x: [-1, 2] }, [1, 2]],
      ['|x - 1|', { x: -1 }, 2],
      ['| |x| - 5 |', { x: -2 }, 3],
      ['|x - |y||', { x: 1, y: -4 }, 3],
      ['|a| + |b|', { a: -1, b: -2 }, 3],
      ['|x|^2', { x: -3 }, 9],
      ['-|x|', { x: -3 }, -3],
      ['||w||', { w: [3, -4] }, 5],
      ['‖w‖', { w: [3, -4] }, 5],
      ['||w||^2', { w: [3, -4] }, 25],
      ['||w||_1', { w: [3, -4] }, 7],
      ['||w||_2^2', { w: [3, -4] }, 25],
      ['||w||_inf', { w: [3, -4] }, 4],
      ['||u - v|| + 1', { u: [4, 4], v: [1, 0] }, 6],
      ['1(x > 1)', { x: [0, 2] }, [0, 1]],
      ['𝟙(x > 1)', { x: [0, 2] }, [0, 1]],
      ['sum(1(y == p)) / 3', { y: [0, 1, 2], p: [0, 2, 2] }, 2 / 3],
      ['1(x > 0) * log(x)', { x: 0 }, 0],
      ['log(x) * 1(x > 0)', { x: tensor(0) }, 0],
      ['log(x) .* 1(x > 0)', { x: [0, 1] }, [0, 0]],
      ['x * 1(y)', { x: [1, 2], y: tensor([true, false]) }, 1],
      ['y * 1(x > 0) * log(x)', { x: 0, y: 3 }, 0],
      ['1(p > 0) .* p .* log(p)', { p: [0, 1] }, [0, 0]],
      ['p .* 1(p > 0) .* log(p)', { p: [0, 1] }, [0, 0]],
      ['-1(p > 0) .* p .* log(p)', { p: [0, 1] }, [0, -0]],
      ['-sum_j 1(p_j > 0) * p_j * log(p_j)', { p: [0, 1] }, 0],
      ['m = 1(x > 0); m .* log(x)', { x: [0, 1] }, [0, 0]],
      ['on(t) = 1(t > 0); on(x) * on(y) * log(x * y)', { x: 1, y: 0 }, 0],
      ['1(x > 0) * 1(y > 0) * log(y)', { x: 1, y: 0 }, 0],
      ['2 * 1(x > 1) + 1(x > 0) .* 1(x > 1)', { x: [1, 2] }, [0, 3]],
      ['max(a, b)', { a: [1, 5], b: [2, 3] }, [2, 5]],
      ['min(a, b)', { a: [1, 5], b: [2, 3] }, [1, 3]],
      ['max(a, b, 4)', { a: [1, 5], b: [2, 3] }, [4, 5]],
      ['max(0, x)', { x: [-1, 2] }, [0, 2]],
      ['max(x)', { x: [-1, 2] }, 2],
      ['min(x)', { x: [-1, 2] }, -1],
      ['max(x, axis=0)', { x: M }, [3, 4]],
      ['amax(x, 0)', { x: M }, [3, 4]],
      ['amin(x, 1)', { x: M }, [1, 3]],
      ['max(1, 2) + min(1, 2, 0)', {}, 2],
    ],
  ],
  [
    'arrays and indices: 0-based, −1 is the last, a range stops before its end',
    [
      ['[1, 2, 3]', {}, [1, 2, 3]],
      ['[1, 2; 3, 4]', {}, M],
      ['[[1, 2], [3, 4]]', {}, M],
      ['[a, 2 * a]', { a: 2 }, [2, 4]],
      ['[x, x + 1]', { x: [1, 2] }, [[1, 2], [2, 3]]], // prettier-ignore
      ['[a, b; b, a]', { a: 1, b: 2 }, [[1, 2], [2, 1]]], // prettier-ignore
      ['x[0]', { x: [5, 6, 7] }, 5],
      ['x[-1]', { x: [5, 6, 7] }, 7],
      ['x[i]', { x: [5, 6, 7], i: 2 }, 7],
      ['x[i + 1]', { x: [5, 6, 7], i: 0 }, 6],
      ['x[i]', { x: [5, 6, 7], i: [2, 0] }, [7, 5]],
      ['x[0:2]', { x: [5, 6, 7] }, [5, 6]],
      ['x[1:]', { x: [5, 6, 7] }, [6, 7]],
      ['x[:2]', { x: [5, 6, 7] }, [5, 6]],
      ['x[:]', { x: [5, 6, 7] }, [5, 6, 7]],
      ['x[:-1]', { x: [5, 6, 7] }, [5, 6]],
      ['x[::2]', { x: [5, 6, 7] }, [5, 7]],
      ['x[0:3:2]', { x: [5, 6, 7] }, [5, 7]],
      ['x[::-1]', { x: [5, 6, 7] }, [7, 6, 5]],
      ['x[n:2 * n]', { x: [5, 6, 7], n: 1 }, [6]],
      ['A[1]', { A: M }, [3, 4]],
      ['A[:, 1]', { A: M }, [2, 4]],
      ['A[0, 1]', { A: M }, 2],
      ['A[-1, -1]', { A: M }, 4],
      ['A[:, [1, 0]]', { A: M }, [[2, 1], [4, 3]]], // prettier-ignore
      ['A[1, :1]', { A: M }, [3]],
      ['T[0, :, 1]', { T: [[[1, 2], [3, 4]]] }, [2, 4]], // prettier-ignore
      ["(A')[0]", { A: M }, [1, 3]],
      ['[5, 6, 7][1]', {}, 6],
      ['softmax(x)[0]', { x: [0, 0] }, 0.5],
      ['x[0] + x[1] * 2', { x: [1, 2] }, 5],
      ['x[a > 1 ? 0 : 1]', { x: [5, 6], a: 2 }, 5],
    ],
  ],
  [
    'lines, definitions, functions',
    [
      ['a = 2; a + 1', {}, 3],
      ['a = x\nb = a + 1\na * b', { x: 2 }, 6],
      ['\n\n  s = x + 1 ;\n\n s * 2 \n', { x: 1 }, 4],
      ['x +\n 1', { x: 1 }, 2],
      ['x\n + 1', { x: 1 }, 2],
      ['mean(x)\n  - y', { x: [1, 3], y: 1 }, 1],
      ['max(\n x,\n 0)', { x: 3 }, 3],
      ['x # the input\n# nothing else', { x: 1 }, 1],
      ['x = x + 1; x = 2 * x; x', { x: 1 }, 4],
      ['L = x^2', { x: 3 }, 9],
      ['e = x - y; e^2', { x: 3, y: 1 }, 4],
      ['f(x) = x^2; f(f(a)) + 1', { a: 2 }, 17],
      ['f(a, b) = a - b; f(f(5, 1), f(2, 1))', {}, 3],
      ['c = 3; f(x) = c * x; c = 10; f(2)', {}, 6],
      ['g(x) = x + 1; f(x) = g(x) * 2; f(1)', {}, 4],
      ['f(x) = x + 1; f(x) = f(x) * 2; f(1)', {}, 4],
      ['f(x, k) = sum(x, k); f(A, 0)', { A: M }, [4, 6]],
      ['softplus(x) = x; softplus(3)', {}, 3],
      ['f(x) = x + w; f(1)', { w: 4 }, 5],
      ['max(a, b) = a; max(1, 2)', {}, 1],
      ['L(s, y) = (s - y)^2', { s: 3, y: 1 }, 4],
      ['d = 2; L(s) = s * d', { s: 3 }, 6],
      ['std = 2; (x - 1) / std + std(z)', { x: 5, z: [1, 1] }, 2],
      ['(y - mean) / std', { y: 5, mean: 1, std: 2 }, 2],
    ],
  ],
  [
    'functions of the library',
    [
      ['sum(x)', { x: M }, 10],
      ['sum(x, 0)', { x: M }, [4, 6]],
      ['sum(x, -1)', { x: M }, [3, 7]],
      ['sum(x, [0, 1])', { x: M }, 10],
      ['sum(x, axis=1, keepdims=true)', { x: M }, [[3], [7]]],
      ['sum(x, 1, true)', { x: M }, [[3], [7]]],
      ['mean(x, axis)', { x: M, axis: 0 }, [2, 3]],
      ['norm(x, ord=1)', { x: [3, -4] }, 7],
      ['variance([1, 2, 3, 4], ddof=1)', {}, 5 / 3],
      ['ln(e)', {}, 1],
      ['where(x > 1, x, 0)', { x: [1, 2] }, [0, 2]],
      ['clip(x, 0, 1)', { x: [-1, 0.5, 2] }, [0, 0.5, 1]],
      ['transpose(x)', { x: M }, [[1, 3], [2, 4]]], // prettier-ignore
      ['transpose(x, 0)', { x: [1, 2] }, [1, 2]],
      ['gather(x, [0])', { x: [5, 6] }, [5]],
      ['transpose(x, [1, 0])', { x: M }, [[1, 3], [2, 4]]], // prettier-ignore
      ['reshape(x, [-1])', { x: M }, [1, 2, 3, 4]],
      ['reshape(x, 4)', { x: M }, [1, 2, 3, 4]],
      ['broadcastTo(x, [2, 2])', { x: [1, 2] }, [[1, 2], [1, 2]]], // prettier-ignore
      ['concat(x, y)', { x: [1], y: [2, 3] }, [1, 2, 3]],
      ['concat(A, A, axis=1)', { A: M }, [[1, 2, 1, 2], [3, 4, 3, 4]]], // prettier-ignore
      ['stack(x, x, axis=-1)', { x: [1, 2] }, [[1, 1], [2, 2]]], // prettier-ignore
      ['slice(x, [[1, 3]])', { x: [1, 2, 3, 4] }, [2, 3]],
      ['pad(x, [[1, 0]], value=7)', { x: [1] }, [7, 1]],
      ['take(x, [1, 0], axis=1)', { x: M }, [[2, 1], [4, 3]]], // prettier-ignore
      ['gather(x, i, axis=1)', { x: M, i: [[1], [0]] }, [[2], [3]]],
      ['oneHot(y, 3)', { y: [2] }, [[0, 0, 1]]],
      ['pick(x, y)', { x: M, y: [1, 0] }, [2, 3]],
      ['eye(2)', {}, [[1, 0], [0, 1]]], // prettier-ignore
      ['zeros(2) + ones([2]) + full(2, 3)', {}, [4, 4]],
      ['arange(3)', {}, [0, 1, 2]],
      ['linspace(0, 1, 3)', {}, [0, 0.5, 1]],
      ['cast(x, int32)', { x: [1.5] }, [1]],
      ['pairwiseDistance(x, y, metric=l1)', { x: [[1, 2]], y: [[3, 5]] }, [[5]]],
      ['crossEntropy(s, y, reduction=sum)', { s: [[0, 0], [0, 0]], y: [0, 1] }, 2 * Math.LN2], // prettier-ignore
      ['huberLoss(s, y, delta=d)', { s: [3], y: [0], d: 2 }, 4],
      ['multiclassHinge(s, y, power=2, includeCorrect=true)', { s: [[1, 1]], y: [0] }, 2],
      ['l1(w) + 2 * l2(w) + elasticNet(w, 0.5)', { w: [1, -2] }, 3 + 10 + 5.5],
      ['mseLoss(s, y)', { s: [1, 3], y: [0, 0] }, 5],
    ],
  ],
])('%s', (_, rows) => {
  test.each(rows.map((row) => [row[0].replaceAll('\n', '⏎'), row] as const))('%s', (__, row) => check(row));
});

test('symbols, in order of appearance; parameters of the last line first; names that are called are none', () => {
  expect(formula('mean(L) + lambda * sum(W^2)').symbols).toEqual(['L', 'lambda', 'W']);
  expect(formula('s = X * W; f(a) = a * k; f(s)').symbols).toEqual(['X', 'W', 'k']);
  expect(formula('d = b * s; L(s, y) = d - y').symbols).toEqual(['s', 'y', 'b']);
  expect(formula('3 * pi').symbols).toEqual([]);
  expect(formula('lambda₁ * µ + 数').symbols).toEqual(['lambda₁', 'µ', '数']);
});

test('.ops are the functions of the library it comes down to', () => {
  expect(formula('max(0, 1 - y .* s)').ops).toEqual(['mul', 'sub', 'relu']);
  expect(formula('mean((X * w - y)^2)').ops).toEqual(['matmul', 'mul', 'sub', 'square', 'mean']);
  expect(formula('1 + 1').ops).toEqual([]);
});

test('.toString() is the text', () => {
  expect(String(formula('  a +\n b '))).toBe('a +\n b');
});
