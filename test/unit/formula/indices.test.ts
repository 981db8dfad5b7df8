/** Index notation beside plain loops, with gradients. */
import { grad, gradcheck, gradgradcheck, hessian, multiclassHinge, ShapeError, type Tensor, tensor } from 'chainrule';
import { formula } from 'chainrule/formula';
import { describe, expect, test } from 'vitest';

const s = [
  [3.2, 5.1, -1.7],
  [1.3, 4.9, 2.05],
];
const W = [
  [1, 2, 3],
  [4, 5, 7],
];
const y = [0, 2];
const x = [2, -1];
const z = [1, 0.5, -2];

/** Σ f(i, j) over the entries of a matrix. */
const total = (f: (i: number, j: number) => number): number => W.reduce((t, row, i) => t + row.reduce((u, _, j) => u + f(i, j), 0), 0);

describe('values', () => {
  test.each<[string, Record<string, unknown>, number | number[]]>([
    ['sum_j z_j^2', { z }, 5.25],
    ['sum_j z_j * 2 + 1', { z }, 0],
    ['sum_j (z_j - 1)^2', { z }, 0.25 + 9],
    ['(sum_j z_j)^2', { z }, 0.25],
    ['1 - sum_j z_j / 2', { z }, 1.25],
    ['2 sum_j z_j', { z }, -1],
    ['-sum_j z_j', { z }, 0.5],
    ['sum_j j * z_j', { z }, 0.5 - 4],
    ['sum_{i, j} W_{i,j}^2', { W }, total((i, j) => W[i]![j]! ** 2)],
    ['sum_i sum_j W_{i,j} * x_i * z_j', { W, x, z }, total((i, j) => W[i]![j]! * x[i]! * z[j]!)],
    ['sum_{i, j} W_{j,i} * x_j * z_i', { W, x, z }, total((i, j) => W[i]![j]! * x[i]! * z[j]!)],
    ['sum_{j, i} W_{i,j} * x_i * z_j', { W, x, z }, total((i, j) => W[i]![j]! * x[i]! * z[j]!)],
    ['sum_{i, j < i} W_{i,j}', { W }, 4],
    ['sum_{i, j == i} W_{i,j}', { W }, 6],
    ['sum_i (sum_j W_{i,j})^2', { W }, 36 + 256],
    ['sum_i W_{i,i}', { W }, 6],
    ['sum_i sum_j W_{i,j} * W_{i,i}', { W }, 6 * 1 + 16 * 5],
    ['mean_j z_j', { z }, -0.5 / 3],
    ['mean_{j != 1} z_j', { z }, -0.5],
    ['mean_i sum_j W_{i,j}', { W }, 11],
    ['max_j(z_j)', { z }, 1],
    ['min_{j != 2}(z_j)', { z }, 0.5],
    ['max_j(z_j) - min_j(z_j)', { z }, 3],
    ['prod_j(z_j)', { z }, -1],
    ['prod_{j < 2}(z_j)', { z }, 0.5],
    ['logsumexp_j(z_j)', { z }, Math.log(Math.exp(1) + Math.exp(0.5) + Math.exp(-2))],
    ['logsumexp_{j != 0}(z_j)', { z }, Math.log(Math.exp(0.5) + Math.exp(-2))],
    ['sum_{j != 0} 2 * z_0 * z_j', { z }, 2 * (0.5 - 2)],
    ['sum_{k} a * z_k', { a: 3, z }, -1.5],
    ['sum_j 1(z_j > 0)', { z }, 2],
    ['sum_j max(0, z_j)', { z }, 1.5],
    ['sum_{j, k != j} z_j * z_k', { z }, 0.25 - 5.25],
    ['sum_j (z_j > 0 ? z_j : -z_j)', { z }, 3.5],
    ['d = z - 1; sum_j |d_j|', { z }, 0.5 + 3],
    ['f(t) = t^2 + 1; sum_j f(z_j)', { z }, 8.25],
    ['f(v) = sum_j v_j^2; f(z) + f(x)', { z, x }, 10.25],
    // an index of the function stays its own
    ['f(t) = sum_j c_j * t; sum_j f(z_j)', { z, c: [1, 10] }, 11 * -0.5],
    // rows are batches: each has its own y
    ['s_{y}', { s, y }, [3.2, 2.05]],
    ['sum_{j} s_j - s_y', { s, y }, [3.4, 6.2]],
    ['sum_{j != y} max(0, s_j - s_y + 1)', { s, y }, [2.9, 3.85 + 0.25]],
    ['sum_{j != y} max(0, s_j - s_y + 1)', { s: s[0], y: 0 }, 2.9],
    ['mean_i sum_{j != y_i} max(0, s_{i,j} - s_{i,y_i} + 1)', { s, y }, 3.5],
    ['1 / 2 * sum_i sum_{j ≠ y_i} max(0, s_{i,j} - s_{i,y_i} + 1)', { s, y }, 3.5],
    ['w_{y} * sum_{j} s_j', { s, y, w: [1, 2, 3] }, 6.6 + 24.75],
    ['sum_i w_{y_i} * b_i', { y, w: [1, 2, 3], b: [10, 20] }, 70],
    // labels with an index look into every row, or into each at its own label
    ['sum_j s_{k_j}', { s: [[1, 2, 4], [10, 20, 40], [100, 300, 900]], k: [0, 0, 2] }, [6, 60, 1100]], // prettier-ignore
    ['sum_j s_{k_j}', { s: [[1, 2, 4], [10, 20, 40]], k: [0, 0, 2] }, [6, 60]], // prettier-ignore
    ['sum_j s_{k_j}', { s: [[1, 2, 4], [10, 20, 40]], k: [0] }, [1, 10]], // prettier-ignore
    ['sum_j w_j * s_{2-j}', { w: [1, 2, 3], s: [[1, 2, 4], [10, 20, 40], [100, 200, 400]] }, [11, 110, 1100]], // prettier-ignore
    ['sum_{i,j} s_{i,k_j}', { s, k: [0, 0, 2] }, 2 * 3.2 - 1.7 + 2 * 1.3 + 2.05],
    ['sum_j A_{j,y} * x_j', { A: W, x, y: [0, 2] }, [2 - 4, 6 - 7]],
    ['sum_j A_{j,y} * x_j', { A: W, x, y: 2 }, -1],
    ['sum_{j > 0} (z_j - z_{j-1})^2', { z }, 6.5],
    ['sum_{j > 0} (s_j - s_{j-1})^2', { s }, [1.9 ** 2 + 6.8 ** 2, 3.6 ** 2 + 2.85 ** 2]],
    // names that the text defines stay names
    ['z_max = max(z); z_max + log(sum_j exp(z_j - z_max))', { z }, Math.log(Math.exp(1) + Math.exp(0.5) + Math.exp(-2))],
    ['x_bar = mean(x); mean_j (x_j - x_bar)^2', { x }, 2.25],
    ['x_0 = 5; sum_j x_j + x_0', { x }, 6],
    ['f(x_y) = x_y * 2; sum_j x_j + f(1)', { x }, 3],
    ['sum_j -x_j', { x }, -1],
    ['sum_j -p_j * log(p_j)', { p: [0.5, 0.5] }, Math.LN2],
    ['sum_j -|1 + x_j| + 1', { x }, -2],
    ['sum_{j > 0, j < 2} z_j', { z }, 0.5],
    // an entry that lacks the index counts once for each of its values
    ['sum_{i, j} x_i * 1(j >= 0) + 0 * sum_j z_j', { x, z }, NaN],
  ])('%s', (text, symbols, expected) => {
    if (Number.isNaN(expected)) {
      expect(() => formula(text)(symbols as never)).toThrow(/nothing in the sum carries the index j/);
      return;
    }
    const value = formula(text)(symbols as never);
    for (const [k, v] of [expected].flat().entries()) expect(value.data[k]).toBeCloseTo(v, 12);
    expect(value.size).toBe([expected].flat().length);
  });

  test('a condition carries an index that the body lacks', () => {
    expect(formula('sum_{j < n_j} 2')({ n: [1, 1, 5] }).item()).toBe(4);
    expect(formula('sum_i sum_{j} x_i * 1(z_j > 0)')({ x, z }).item()).toBe(2);
    expect(formula('sum_{i, j} (x_i + 0 * z_j)')({ x, z }).item()).toBe(3);
  });

  test('more batches than one', () => {
    const scores = tensor([s, s, s]);
    const labels = tensor([y, [1, 1], [0, 0]]);
    expect(formula('sum_{j != y} max(0, s_j - s_y + 1)')({ s: scores, y: labels }).shape).toEqual([3, 2]);
  });

  test('float32 stays float32', () => {
    const t = tensor(new Float32Array([1, 2, 4]));
    for (const text of ['sum_j j * t_j', 'sum_j t_j^2', 'mean_{j != 0} t_j', 'sum_{j != 1} 1(t_j > 1) * t_j / 2', 'max_j(t_j)'])
      expect(formula(text)({ t }).dtype).toBe('float32');
  });
});

describe('gradients', () => {
  const hinge = formula('sum_{j != y} max(0, s_j - s_y + 1)');
  test('the hinge of the slide is the loss of the library, to order 2', () => {
    const scores = tensor(s);
    const f = (t: Tensor): Tensor => hinge(t, y);
    const g = (t: Tensor): Tensor => multiclassHinge(t, y);
    expect(grad(f)(scores).toArray()).toEqual(grad(g)(scores).toArray());
    expect(hessian(f)(scores).toArray()).toEqual(hessian(g)(scores).toArray());
    expect(gradcheck(f, [scores])).toBe(true);
  });

  test.each([
    ['sum_i sum_j W_{i,j}^2 * x_i * z_j', ['W', 'x', 'z']],
    ['mean_{i, j != i} exp(W_{i,j}) * x_i', ['W', 'x']],
    ['logsumexp_j(z_j) * prod_j(z_j)', ['z']],
    ['sum_{j != 1} z_j^2 * z_1', ['z']],
    ['sum_{i,j} W_{i,2-j}^2 * W_{i,1} * z_j', ['W', 'z']],
    ['sum_j 1(z_j > 0) * z_j * log(|z_j|)', ['z']],
    ['sum_{i,j} W_{j,i} * W_{j,i} * z_i', ['W', 'z']],
  ])('%s', (text, names) => {
    const values: Record<string, number[] | number[][]> = { W, x, z };
    const f = (...t: Tensor[]): Tensor => formula(text)(Object.fromEntries(names.map((n, k) => [n, t[k]!])));
    const at = names.map((n) => tensor(values[n]!));
    expect(gradcheck(f, at)).toBe(true);
    expect(gradgradcheck(f, at)).toBe(true);
  });
});

describe('what makes no sense', () => {
  test.each([
    ['sum_j 2', 'nothing in the sum carries the index j: write x_j, or sum(x, axis): line 1, column 1'],
    ['sum_j sum(x)', 'nothing in the sum carries the index j'],
    ['sum_{} x', 'a value is missing: line 1, column 6'],
    ['sum_{2} x', 'an index is a name'],
    ['sum_{2 < j} x_j', 'an index is a name'],
    ['sum_j softmax(x_j)', 'softmax of single entries: index j: give it a name outside the sum: p = softmax(s); … p_j'],
    ["sum_j x_j'", "x' of single entries"],
    ['sum_j ||x_j||', 'the norm of single entries'],
    ['sum_j [x_j, 1]', 'an array of single entries'],
    ['sum_j x_j[0]', 'x[…] of single entries'],
    ['sum_j T_{j,j,0}', 'an index stands twice: diag(x) is the diagonal'],
    ['sum_j W_{0,j}', 'only the last subscript may be computed: x[i, :] takes entries and ranges'],
    ['max_j x_j', 'max over an index needs brackets: write max_j(x_j)'],
    ['sum_{j} + 1', 'sum of nothing'],
    ['s_{}', 'a subscript is missing'],
    ['f(v) = sum_j v_j; sum_j f(z_j)', 'v_… of single entries'],
    ['s{y}', "unexpected '{': subscripts are written s_{y}"],
    ['x = {y}', "unexpected '{'"],
  ])('%s', (text, message) => {
    expect(() => formula(text)).toThrow(`formula: ${message}`);
  });

  test('when it runs', () => {
    const run = (text: string, symbols: Record<string, unknown>) => () => formula(text)(symbols as never);
    expect(run('sum_j x_j * z_j', { x, z })).toThrow(ShapeError);
    expect(run('sum_{j < 2} (z_{j+1} - z_j)^2', { z })).toThrow(
      /index 3 is out of range.*looked up also where a condition fails.* in "z_\{j\+1\}"/s,
    );
    expect(run('sum_j A_{j,y} * x_j', { A: [W, W, W], x, y: [[0, 1]] })).toThrow('pick: needs one label per row');
    expect(run('sum_j x_j * z_j', { x, z })).toThrow('formula: index j runs over different lengths: 3 and 2 in "z_j"');
    expect(run('sum_{i,j} W_{i,j}', { W: x })).toThrow('formula: W has fewer axes than subscripts: [2]: 2 subscripts in "W_{i,j}"');
    expect(run('sum_j x_j', { x: 3 })).toThrow('formula: x has fewer axes than subscripts: a number: 1 subscripts');
    expect(run('sum_{j != y} s_j - s_y', { s, y: [0, 3] })).toThrow(/label 3 is out of range.*in "s_y"/s);
    expect(run('sum_{j != y} s_j - s_y', { s, y: [0, 0.5] })).toThrow(/labels must be integers.*in "s_y"/s);
  });
});

test('names with an underline are names, unless an index makes them entries', () => {
  expect(formula('mean_x[0] + y').symbols).toEqual(['mean_x', 'y']);
  expect(formula('sum_j - x').symbols).toEqual(['sum_j', 'x']);
  expect(() => formula('max_rate(3)')).toThrow("unknown function 'max_rate'");
  expect(() => formula('mean_x (y)')).toThrow("unknown function 'mean_x'");
  expect(formula('s_max = max(s); s_max + log(sum_j exp(s_j - s_max))').symbols).toEqual(['s']);
  expect(formula('w_0 + w_1 * x').symbols).toEqual(['w_0', 'w_1', 'x']);
  expect(formula('mean_y - max_norm').symbols).toEqual(['mean_y', 'max_norm']);
  expect(formula('sum_{j != y} s_j - s_y + b_y').symbols).toEqual(['s', 'y', 'b_y']);
  expect(formula('x_j + 1').symbols).toEqual(['x_j']);
});
