/** LaTeX: as the lectures write it. KaTeX, which typesets it, is the judge of its grammar. */
import katex from 'katex';
import { tensor } from 'chainrule';
import { formula } from 'chainrule/formula';
import { expect, test } from 'vitest';

test.each([
  ['mean(L) + lambda * sum(W^2)', '\\overline{L} + \\lambda \\sum W^{2}'],
  ['sum_{j != y} max(0, s_j - s_y + 1)', '\\sum_{j \\ne y} \\max\\left(0, s_{j} - s_{y} + 1\\right)'],
  ['1 / N * sum_i sum_{j != y_i} W_{i,j}', '\\frac{1}{N} \\sum_{i} \\sum_{j \\ne y_{i}} W_{i, j}'],
  ['sum_{i, j < i} W_{i,j}', '\\sum_{i, j < i} W_{i, j}'],
  ['mean_i x_i + max_j(x_j)', '\\operatorname*{mean}_{i} x_{i} + \\max_{j} x_{j}'],
  ['(sum_j x_j) * y', '\\left(\\sum_{j} x_{j}\\right) y'],
  ['sum_j x_j * y_j', '\\sum_{j} x_{j} y_{j}'],
  ['sum(a + b)^2', '\\left(\\sum \\left(a + b\\right)\\right)^{2}'],
  ['-sum(x)', '-\\sum x'],
  ['a - (b - c)', 'a - \\left(b - c\\right)'],
  ['a - b + c', 'a - b + c'],
  ['a - (b + c)', 'a - \\left(b + c\\right)'],
  ['-x^2', '-x^{2}'],
  ['(-x)^2', '\\left(-x\\right)^{2}'],
  ['(a / b)^2', '\\left(\\frac{a}{b}\\right)^{2}'],
  ['2^3^2', '2^{3^{2}}'],
  ['(2^3)^2', '\\left(2^{3}\\right)^{2}'],
  ['-(a - b) * c', '-\\left(a - b\\right) c'],
  ['c * (-a)', 'c \\left(-a\\right)'],
  ['2 * 3 * 1e-3', '2 \\cdot 3 \\cdot 10^{-3}'],
  ['2.5e4 x', '2.5 \\cdot 10^{4} x'],
  ['(A .* B) * x + a ./ b * c', '\\left(A \\odot B\\right) x + \\left(a \\oslash b\\right) c'],
  ['-sum(x) * y', '-\\left(\\sum x\\right) y'],
  ['(1e-3)^x + 2.5e4^2', '\\left(10^{-3}\\right)^{x} + \\left(2.5 \\cdot 10^{4}\\right)^{2}'],
  ['(x > 0 ? 1 : 2) + y', '\\left(\\begin{cases} 1 & \\text{if } x > 0 \\\\ 2 & \\text{otherwise} \\end{cases}\\right) + y'],
  ['_ + 1', '\\_ + 1'],
  ['exp(x) = x^2; exp(3)', '\\begin{aligned} \\exp\\left(x\\right) &= x^{2} \\\\ & \\exp\\left(3\\right) \\end{aligned}'],
  ['e = x - y; exp(e)', '\\begin{aligned} e &= x - y \\\\ & \\exp\\left(e\\right) \\end{aligned}'],
  ['sum_{j > 0, j < 3} x_j', '\\sum_{j > 0, j < 3} x_{j}'],
  ['a .* b ./ c .^ d', 'a \\odot b \\oslash c^{d}'],
  ["X' * X", 'X^{\\top} X'],
  ["(X * W)'", '\\left(X W\\right)^{\\top}'],
  ['|x - 1| + ||w||_1 + ||w||^2 + ||w||_inf', '\\left|x - 1\\right| + \\left\\lVert w\\right\\rVert_{1} + \\left\\lVert w\\right\\rVert^{2} + \\left\\lVert w\\right\\rVert_{\\infty}'],
  ['norm(w) + abs(w)', '\\left\\lVert w\\right\\rVert + \\left|w\\right|'],
  ['1(a == b)', '\\mathbb{1}\\left[a = b\\right]'],
  ['x > 0 ? log(x) : -x', '\\begin{cases} \\log\\left(x\\right) & \\text{if } x > 0 \\\\ -x & \\text{otherwise} \\end{cases}'],
  ['where(x >= 0, x, 0)', '\\begin{cases} x & \\text{if } x \\ge 0 \\\\ 0 & \\text{otherwise} \\end{cases}'],
  ['0 < x <= 1 and not (y or z)', '0 < x \\le 1 \\land \\lnot \\left(y \\lor z\\right)'],
  ['asin(x) * tan(x) + asinh(2x)', '\\arcsin\\left(x\\right) \\tan\\left(x\\right) + \\operatorname{arsinh}\\left(2 x\\right)'],
  ['floor(x / 2) - ceil(x)', '\\left\\lfloor \\frac{x}{2}\\right\\rfloor - \\left\\lceil x\\right\\rceil'],
  ['x * rsqrt(a + 1) + reciprocal(x)', 'x \\frac{1}{\\sqrt{a + 1}} + \\frac{1}{x}'],
  ['lgamma(x) - digamma(x)', '\\ln\\left|\\Gamma\\left(x\\right)\\right| - \\psi\\left(x\\right)'],
  ['exp(-x) + sqrt(x) + square(x) + sigmoid(x)', 'e^{-x} + \\sqrt{x} + x^{2} + \\sigma\\left(x\\right)'],
  ['softmax(s, axis=0) + tanh(x)', '\\operatorname{softmax}\\left(s, \\mathrm{axis}=0\\right) + \\tanh\\left(x\\right)'],
  ['pick(p, y) + pick(s_1, y)', 'p_{y} + {s_{1}}_{y}'],
  ['[1, 2] + [1, 2; 3, 4]', '\\begin{bmatrix} 1 & 2 \\end{bmatrix} + \\begin{bmatrix} 1 & 2 \\\\ 3 & 4 \\end{bmatrix}'],
  ['x[1:, -1]', 'x\\left[1:, -1\\right]'],
  ['w_0 + x1 + alpha_t + delta + rate_max + margin', 'w_{0} + x_{1} + \\alpha_{t} + \\delta + \\mathrm{rate}_{\\mathrm{max}} + \\mathrm{margin}'],
  ['__proto__ + x_y_z + infinity + pi', '\\mathrm{\\_\\_proto\\_\\_} + x_{y\\,z} + \\infty + \\pi'],
  ['L(s, y) = (s - y)^2', 'L\\left(s, y\\right) = \\left(s - y\\right)^{2}'],
  ['loss = x + 1', '\\mathrm{loss} = x + 1'],
  ['s = X * W + b; p = softmax(s); mean(-log(p))', '\\begin{aligned} s &= X W + b \\\\ p &= \\operatorname{softmax}\\left(s\\right) \\\\ & \\overline{-\\log\\left(p\\right)} \\end{aligned}'],
  ['huber(d) = d^2; huber(a)', '\\begin{aligned} \\operatorname{huber}\\left(d\\right) &= d^{2} \\\\ & \\operatorname{huber}\\left(a\\right) \\end{aligned}'],
] as const)('%s', (text, tex) => {
  expect(formula(text as string).toTex()).toBe(tex);
  expect(katex.renderToString(tex, { throwOnError: true, strict: 'error', output: 'mathml' })).toContain('<math');
}); // prettier-ignore

test('interpolated values have their names, numbers their digits, others a box', () => {
  const inner = formula('h(a, b) = a + b');
  const [W, bad] = [tensor([1], { name: 'W_out' }), tensor([1], { name: '}\\evil' })];
  const f = formula`${formula('a + b')} * ${W} - ${-2} * ${bad} + ${inner}(${3}, ${[1, 2]})`;
  expect(f.toTex()).toBe(
    '\\left(a + b\\right) W_{\\mathrm{out}} - \\left(-2\\right) \\square_{4} + \\square_{5}\\left(3, \\square_{7}\\right)',
  );
});

test('an interpolated formula of several lines is printed in brackets', () => {
  const f = formula`${formula('d = x - y; d^2')} + ${1}`;
  expect(f.toTex()).toBe('\\left(\\begin{aligned} d &= x - y \\\\ & d^{2} \\end{aligned}\\right) + 1');
});

test('deep products are printed at once', () => {
  const tex = formula(`${'x*('.repeat(60)}x${')'.repeat(60)}`).toTex();
  expect(tex.match(/x/g)?.length).toBe(61);
}, 1_000);
