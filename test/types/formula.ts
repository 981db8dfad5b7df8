/**
 * @file The symbols of a literal formula are found by the compiler: it only has to compile.
 */
import { LinearClassifier, LinearRegression, tensor, type Tensor } from 'chainrule';
import { type Formula, formula, type FormulaSymbols } from 'chainrule/formula';

type Equal<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
const is = <T extends true>(): T | undefined => undefined;

is<Equal<FormulaSymbols<'mean(L) + lambda * sum(W^2)'>, 'L' | 'lambda' | 'W'>>();
is<Equal<FormulaSymbols<'1e-3 * x + 2.5y - .5z .* w'>, 'x' | 'y' | 'z' | 'w'>>();
is<Equal<FormulaSymbols<'2eta + 2 e'>, 'eta'>>();
is<Equal<FormulaSymbols<'s = X * W + b; p = softmax(s); mean(-log(pick(p, y)))'>, 'X' | 'W' | 'b' | 'y'>>();
is<Equal<FormulaSymbols<"x' * x + ||w||^2 + |c| + pi * e">, 'x' | 'w' | 'c'>>();
is<Equal<FormulaSymbols<'a == b and c != d or not (f >= 1) ? u : v'>, 'a' | 'b' | 'c' | 'd' | 'f' | 'u' | 'v'>>();
is<Equal<FormulaSymbols<'sigmoid (x) + mean(x)'>, 'x'>>();
is<Equal<FormulaSymbols<'x[0] + x[1:, -1]'>, 'x'>>();
is<Equal<FormulaSymbols<'x²'>, 'x'>>();
is<Equal<FormulaSymbols<'3 + pi'>, never>>();
is<Equal<FormulaSymbols<'s = a\nt = b\ns + t'>, 'a' | 'b'>>();
is<Equal<FormulaSymbols<'||W||_1'>, 'W'>>();
is<Equal<FormulaSymbols<'||W||_inf + ‖w‖_2^2'>, 'W' | 'w'>>();
is<Equal<FormulaSymbols<'x = x + 1; x^2 + y'>, 'x' | 'y'>>();
is<Equal<FormulaSymbols<'s = s / tau\nmean(s)'>, 's' | 'tau'>>();
is<Equal<FormulaSymbols<'x = a\n + x\nx'>, 'a' | 'x'>>();
is<Equal<FormulaSymbols<'max(\n x,\n y)'>, 'x' | 'y'>>();
is<Equal<FormulaSymbols<'xπ + π_k + π + x²³'>, 'xπ' | 'π_k' | 'x'>>();
// what cannot be told is checked when it runs
is<Equal<FormulaSymbols<'sum_{j != y} s_j'>, string>>();
is<Equal<FormulaSymbols<'sum_j x_j'>, string>>();
is<Equal<FormulaSymbols<'f(x) = x^2; f(a)'>, string>>();
is<Equal<FormulaSymbols<'sum(x, axis=0)'>, string>>();
is<Equal<FormulaSymbols<'x # a comment'>, string>>();
is<Equal<FormulaSymbols<'cast(x, float32)'>, string>>();
is<Equal<FormulaSymbols<'mseLoss(s, y, sum)'>, string>>();
is<Equal<FormulaSymbols<'crossEntropy(s, y,\n reduction=sum)'>, string>>();
is<Equal<FormulaSymbols<'a +\u00a0b'>, string>>();
is<Equal<FormulaSymbols<'a + b' | 'a + c'>, string>>();
is<Equal<FormulaSymbols<string>, string>>();
// prettier-ignore
is<Equal<FormulaSymbols<'aaaaaaaaaa + bbbbbbbbbb + cccccccccc + dddddddddd + eeeeeeeeee + ffffffffff + gggggggggg + hhhhhhhhhh + iiiiiiiiii + jjjjjjjjjj + kkkkkkkkkk + llllllllll'>, 'aaaaaaaaaa' | 'bbbbbbbbbb' | 'cccccccccc' | 'dddddddddd' | 'eeeeeeeeee' | 'ffffffffff' | 'gggggggggg' | 'hhhhhhhhhh' | 'iiiiiiiiii' | 'jjjjjjjjjj' | 'kkkkkkkkkk' | 'llllllllll'>>();
type Ten<T extends string> = `${T}${T}${T}${T}${T}${T}${T}${T}${T}${T}`;
is<Equal<FormulaSymbols<`${Ten<Ten<'a + b + '>>}c`>, string>>();

const objective = formula('mean(L) + lambda * sum(W^2)');
const value: Tensor = objective({ L: [1, 2], lambda: 0.1, W: tensor([[1]]) });
// @ts-expect-error: lambda is missing
objective({ L: [1, 2], W: [[1]] });
// @ts-expect-error: there is no V
objective({ L: [1, 2], W: [[1]], lambda: 1, V: 2 });
// @ts-expect-error: a text is no tensor
objective({ L: 'one', W: [[1]], lambda: 1 });
const names: readonly ('L' | 'lambda' | 'W')[] = objective.symbols;

const text: string = 'x + 1';
const loose: Formula = formula(text);
const sum: Tensor = loose({ x: 1, anything: 2 });

// a template of values is a value, one with a formula in it is a formula
const now: Tensor = formula`mean((${value} - ${1})^2)`;
const later: Formula = formula`${objective} + ${2}`;
// @ts-expect-error: a text is not a value
const wrong = formula`${'x'} + 1`;

// wherever a loss or a regulariser is
new LinearClassifier({ loss: formula('sum_{j != y} max(0, s_j - s_y + 1)'), regulariser: formula('sum(W^2)') });
new LinearRegression({ loss: formula('(s - y)^2'), regulariser: formula('||W||_1'), solver: 'gradient' });
const asLoss: Tensor = formula('|s - y|')([1], [2], { reduction: 'none' });
// @ts-expect-error: no such reduction
formula('|s - y|')([1], [2], { reduction: 'median' });

export const unused = [value, names, sum, now, later, asLoss, wrong];
