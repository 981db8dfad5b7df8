/** Bad input: the place, the caret, the hint; hostile text is data. */
import { ChainruleError, DTypeError, FormulaError, ShapeError, type TensorLike, tensor, UsageError, zeros } from 'chainrule';
import { formula } from 'chainrule/formula';
import { describe, expect, test } from 'vitest';

function caught(f: () => unknown): ChainruleError {
  try {
    f();
  } catch (error) {
    if (error instanceof ChainruleError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
const read = (text: string): FormulaError => {
  const error = caught(() => formula(text));
  if (!(error instanceof FormulaError)) throw error;
  return error;
};

describe('errors of the text show the place', () => {
  test('a caret under it, the line and the column from 1', () => {
    const error = read('s = X * W\nmean(sofmax(s))');
    expect(error.message).toBe(
      "formula: unknown function 'sofmax': did you mean 'softmax'?: line 2, column 6\n" + '  mean(sofmax(s))\n' + '       ^^^^^^',
    );
    expect([error.name, error.line, error.column]).toEqual(['FormulaError', 2, 6]);
  });

  test('tabs and long lines do not shift it', () => {
    expect(read('\ta +\t?').message).toContain('\n   a + ?\n       ^');
    const long = `${'x + '.repeat(60)}sofmax(x)${' + x'.repeat(60)}`;
    const [, line, caret] = read(long).message.split('\n');
    expect(line!.slice(caret!.indexOf('^'), caret!.lastIndexOf('^') + 1)).toBe('sofmax');
    expect(line!.length).toBeLessThan(130);
  });

  test.each<[text: string, message: string, column: number, marked: string]>([
    ['', 'the text is empty', 1, ''],
    ['  # nothing', 'the text is empty', 1, ' '],
    [';;', 'the text is empty', 1, ';'],
    ['a +', 'the text ends too early', 4, ''],
    ['a + * b', 'a value is missing', 5, '*'],
    ['(s - y)**2', 'a value is missing: write ^ for a power', 9, '*'],
    ['if |s - y| < 1 then 1 else 2', "unexpected 'if': write c ? a : b", 1, 'if'],
    ['a + if(x > 0, 1, 2) else 2', "unexpected 'if': write c ? a : b", 5, 'if'],
    ['* a', 'a value is missing', 1, '*'],
    ['()', 'a value is missing', 2, ')'],
    ['f(a,)', 'a value is missing', 5, ')'],
    ['a, b', "unexpected ','", 2, ','],
    ['(a', "'(' is never closed", 1, '('],
    ['x[1', "'[' is never closed", 2, '['],
    ['|x', "'|' is never closed", 1, '|'],
    ['||x', "'||' is never closed", 1, '||'],
    ['a)', "')' closes nothing", 2, ')'],
    ['(a]', "']' does not close '(': opened at character 1", 3, ']'],
    ['||x|', "'|' does not close '||': between nested bars write a blank: | |x| - 1 |", 4, '|'],
    ['|x||', "'||' closes only one '|': write a blank between two bars", 3, '||'],
    ['a |b|', "unexpected '|': write a * |b|, and 'a or b'", 3, '|'],
    ['a b', 'an operator is missing before this: write a * b', 3, 'b'],
    ['(a + b)(c)', 'an operator is missing before this: write a * b', 8, '(c)'],
    ['a 2', 'an operator is missing before this: write a * b', 3, '2'],
    ['2 3', "unexpected '3'", 3, '3'],
    ['1/2x', 'it is not clear what is divided: write (1 / 2) * x or 1 / (2 * x)', 1, '1/2x'],
    ['a/2x', 'it is not clear what is divided: write (1 / 2) * x or 1 / (2 * x)', 1, 'a/2x'],
    ['s (a + b)', "unknown function 's': to multiply write s * (…); a function is defined before it is called", 1, 's'],
    ['crossEntropi(s, y)', "unknown function 'crossEntropi': did you mean 'crossEntropy'?", 1, 'crossEntropi'],
    ['huber(d) = d; hubr(x)', "unknown function 'hubr': did you mean 'huber'?", 15, 'hubr'],
    ['fact(n) = n * fact(n - 1); fact(3)', "'fact' calls itself: a formula has no recursion", 15, 'fact'],
    ['fact(n) = n * fact(n - 1)', "'fact' calls itself: a formula has no recursion", 15, 'fact'],
    ['f(x) = g(x); g(x) = x; f(1)', "unknown function 'g': to multiply", 8, 'g'],
    ['f(a) = a; f(1, 2)', "'f' takes 1 argument: got 2", 11, 'f(1, 2)'],
    ['f(a) = a; f(1, k=2)', "'f' has no options: equality is '=='", 16, 'k'],
    ['f(a, a) = a', "'a' stands twice", 6, 'a'],
    ['f(2) = 3', "what stands before '=' is neither a name nor f(x)", 6, '='],
    ['1 = x', "what stands before '=' is neither a name nor f(x)", 3, '='],
    ['|x| = 3', "what stands before '=' is neither a name nor f(x)", 1, '|'],
    ['1(x) = 3', "what stands before '=' is neither a name nor f(x)", 1, '1'],
    ['x[0] = 1', 'a tensor cannot be written to: make a new one with where or scatterAdd', 1, 'x'],
    ['a = b = 1', "a definition inside an expression: write it on a line of its own; equality is '=='", 5, 'b'],
    ['2 + (a = 1)', 'a definition inside an expression', 6, 'a'],
    ['a; b', "the value of this line is not used: name it: 's = …', or leave it out", 1, 'a'],
    ['a\nb', 'the value of this line is not used', 1, 'a'],
    ['a ? b', 'the text ends too early', 6, ''],
    ['1:3', 'a range outside of an index: x[1:3]; arange(n) counts', 1, '1'],
    ['and', "unexpected 'and'", 1, 'and'],
    ['or(x)', "unexpected 'or'", 1, 'or'],
    ['and = 2', "unexpected 'and'", 1, 'and'],
    ['f(and) = 2', "unexpected 'and'", 3, 'and'],
    ['not', 'a value is missing', 1, 'not'],
    ['x.y', 'unexpected character: .: write .* ./ .^ for elementwise operators; a value has no properties', 2, '.'],
    ['x!', "unexpected character: !: write 'not x' or 'a != b'", 2, '!'],
    ['a && b', "unexpected character: &: write 'a and b'", 3, '&'],
    ['a % b', 'unexpected character: %: there is no remainder', 3, '%'],
    ['"a"', 'unexpected character: ": a formula has no texts', 1, '"'],
    ["'a'", "unexpected ': x' is the transpose; a formula has no texts", 1, "'"],
    ['`a`', 'unexpected character: `', 1, '`'],
    ['\\alpha', 'unexpected character: \\: write sum, alpha: names without a backslash', 1, '\\'],
    ['$x', 'unexpected character: $: values are interpolated in a tagged template', 1, '$'],
    ['x · y', 'unexpected character: ·: write * for a matrix product, .* for elements', 3, '·'],
    ['∑ x', 'unexpected character: ∑: write sum_j …, or sum(x, axis)', 1, '∑'],
    ['Σ x', 'unexpected character: Σ: write sum_j …', 1, 'Σ'],
    ['x => x', 'unexpected character: =', 3, '='],
    ['x 😀', 'unexpected character: 😀', 3, '😀'],
    ['x[]', 'an index is missing: x[0], x[1:3], x[:, -1]', 1, 'x[]'],
    ['[]', 'an empty array', 1, '[]'],
    ['abc + def * []', 'an empty array', 13, '[]'],
    ['a + ; b', 'a value is missing', 5, ';'],
    ['a = ; 3', 'a value is missing', 5, ';'],
    ['a ? b : ; c', 'a value is missing', 9, ';'],
    ['concat(a, b, 1)', 'concat takes tensors: its options are named: axis=1', 14, '1'],
    ['slice([[n, n]], [0, 1])', 'the argument must be a list of pairs', 18, '0'],
    ['[1, 2; 3] + y', 'rows of different lengths', 1, '[1, 2; 3]'],
    [`a + ${'not '.repeat(0)}${'-'.repeat(900)}x`, 'nested too deeply', 905, 'x'],
    ['[1, 2; 3]', 'rows of different lengths', 1, '[1, 2; 3]'],
    ['(x;y)', "';' inside brackets: arguments are separated by ','", 3, ';'],
    ['|x, y|', 'abs takes one value', 1, '|x, y|'],
    ['1(a, b)', 'the indicator 1(…) takes one value', 1, '1(a, b)'],
    ['softmax()', 'softmax takes 1 to 2 arguments: got 0', 1, 'softmax()'],
    ['pick(s)', 'pick takes 2 arguments: got 1', 1, 'pick(s)'],
    ['exp(1, 2)', 'exp takes 1 argument: got 2', 1, 'exp(1, 2)'],
    ['concat()', 'concat takes at least one value', 1, 'concat()'],
    ['concat(a, b, dim=1)', "concat has no option 'dim': options: axis", 14, 'dim'],
    ['sum(x, axes=0)', "sum has no option 'axes': did you mean 'axis'?", 8, 'axes'],
    ['sum(x, 0, axis=0)', "option 'axis' is given twice", 11, 'axis'],
    ['exp(x, base=2)', "exp has no option 'base': equality is '=='", 8, 'base'],
    ['sum(axis=0, x)', 'options stand after the other arguments', 1, 'sum(axis=0, x)'],
    ['sum(x, 0.5)', 'axis must be a whole number', 8, '0.5'],
    ['sum(x, true)', 'axis must be a number', 8, 'true'],
    ['sum(x, keepdims=1)', 'keepdims must be true or false', 17, '1'],
    ['mseLoss(s, y, reduction=men)', "reduction must be one of mean, sum, none: did you mean 'mean'?", 25, 'men'],
    ['mseLoss(s, y, 2)', 'reduction must be one of mean, sum, none', 15, '2'],
    ['cast(x, float)', 'the argument must be one of float64, float32, int32, bool', 9, 'float'],
    ['slice(x, 3)', 'the argument must be a list of pairs, as in [[0, 2], [1, 3]]', 10, '3'],
    ['max(a, b, axis=0)', 'max of several values has no options: amax(x, axis) reduces', 1, 'max(a, b, axis=0)'],
    ['f(x)(y)', 'an operator is missing before this', 5, '(y)'],
  ])('%s', (text, message, column, marked) => {
    const error = read(text);
    expect(error.message.startsWith(`formula: ${message}`), error.message).toBe(true);
    expect([error.line, error.column]).toEqual([1, column]);
    const [, line, caret] = error.message.split('\n');
    if (marked !== '') expect(line!.slice(caret!.indexOf('^'), caret!.lastIndexOf('^') + 1).trimEnd()).toBe(marked.trimEnd());
  });
});

describe('errors of ops name the part of the formula', () => {
  const run = (text: string, symbols: Record<string, TensorLike>): ChainruleError => caught(() => formula<string>(text)(symbols));
  const M = zeros([2, 3]);
  test.each<[string, Record<string, TensorLike>, new (...args: never[]) => Error, string]>([
    ['mean(X * W + b)', { X: M, W: M, b: 1 }, ShapeError, 'matmul: inner dimensions differ: a [2,3] · b [2,3]: 3 ≠ 2 in "X * W"'],
    ['s = X * W; mean(s)', { X: M, W: M }, ShapeError, 'matmul: inner dimensions differ: a [2,3] · b [2,3]: 3 ≠ 2 in "X * W"'],
    [
      'a + (b - c)',
      { a: 1, b: [1, 2], c: [1, 2, 3] },
      ShapeError,
      'sub: cannot broadcast [2] with [3]: axis 0 is 2 and 3: lengths must be equal or 1 in "b - c"',
    ],
    ['2 * sum(X, 5)', { X: M }, ShapeError, 'sum: axis 5 is out of range: x has 2 axes in "sum(X, 5)"'],
    ['f(v) = v * v; f(X)', { X: M }, ShapeError, 'matmul: inner dimensions differ: a [2,3] · b [2,3]: 3 ≠ 2 in "v * v"'],
    ['x ? 1 : 2', { x: [1, 2] }, DTypeError, 'where: cond must be bool: got float64: compare first, as in gt(x, 0) in "x ? 1 : 2"'],
    ['1 + 1(x)', { x: [1, 2] }, DTypeError, '1(…): needs a condition: got float64: 1(x > 0) counts; for a product write 1 * (…) in "1(x)"'],
    ['1(x)', { x: 2 }, DTypeError, '1(…): needs a condition: got a number'],
    ['x[3] + 1', { x: [1, 2] }, ShapeError, 'take: index 3 is out of range'],
    ['x[0, 0]', { x: [1, 2] }, ShapeError, 'index: 2 indices for 1 axes: [2] in "x[0, 0]"'],
    ['x[0.5]', { x: [1, 2] }, DTypeError, 'take: indices must be integers'],
    ['x[0.5:]', { x: [1, 2] }, UsageError, 'slice: start and stop must be integers: 0.5 in "x[0.5:]"'],
    ['x[::0]', { x: [1, 2] }, UsageError, 'slice: step must be an integer other than 0'],
    ['x[y:]', { x: [1, 2], y: [1, 2] }, UsageError, 'index: a bound of a range is one number in "x[y:]"'],
    ['x[x > 1]', { x: [1, 2] }, UsageError, 'index: a condition is no index: use where(cond, x, 0) or 1(cond) * x in "x[x > 1]"'],
    [
      'A[i, i]',
      { A: M, i: [0, 1] },
      UsageError,
      'index: two lists of indices: pick(x, labels) and gather(x, indices, axis) take one a row',
    ],
    ['sum(x, k)', { x: [1, 2], k: tensor(0) }, UsageError, 'formula: axis must be a plain number: got a tensor in "k"'],
    ['oneHot([0], 30000000)', {}, UsageError, 'oneHot: too large for a formula: [1,30000000]: at most 16777216 elements'],
    ['pad([1], [[0, 30000000]])', {}, UsageError, 'pad: too large for a formula: [30000001]'],
    ['transpose(A, n)', { A: M, n: 1 }, ShapeError, 'transpose'],
    ['eye(100000)', {}, UsageError, 'eye: too large for a formula: [100000,100000]: at most 16777216 elements in "eye(100000)"'],
    [
      'pick(s, y)',
      { s: [[1, 2]], y: [2] },
      ShapeError,
      'pick: label 2 is out of range: labels[0]: the axis has 2 entries: 0 … 1 in "pick(s, y)"',
    ],
    ['[a, b]', { a: [1], b: [1, 2] }, ShapeError, 'stack: shapes differ: [1] [2] in "[a, b]"'],
  ])('%s', (text, symbols, type, message) => {
    const error = run(text, symbols);
    expect(error).toBeInstanceOf(type);
    expect(error.message).toContain(message);
    expect(error.message).toMatch(/ in "/);
  });

  test('the error of the op is the cause; long parts are shortened', () => {
    const error = run(`mean(X *\n  W${' + 1'.repeat(40)})`, { X: M, W: M });
    expect((error.cause as Error).message).toBe('matmul: inner dimensions differ: a [2,3] · b [2,3]: 3 ≠ 2');
    expect(error.message).toMatch(/in "X \* W"$/);
    const sum = run(`mean([${'1, '.repeat(60)}2] + [1, 2])`, {});
    expect(sum.message).toMatch(/in "\[1, 1.{60,80}…"$/);
  });

  test('a place in an interpolated formula is quoted from that formula', () => {
    const inner = formula('X * W');
    expect(() => formula`${1} + ${2} # ${3}\n + ${[1, 2, 3]} + ${[1, 2]}`).toThrow('add: cannot broadcast');
    expect(() => formula`mean(${inner}) + ${1}`({ X: M, W: M })).toThrow('in "X * W"');
  });
});

describe('hostile text is data', () => {
  const names = ['constructor', '__proto__', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', 'isPrototypeOf', '__defineGetter__', 'import', 'createUnit', 'evaluate', 'parse', 'compile', 'simplify', 'derivative', 'config', 'chain', 'typed', 'eval', 'Function', 'require', 'process', 'globalThis', 'this', 'window', 'arguments', 'callee', 'help', 'unit', 'resolve', 'reviver', 'end', 'i', 'cm', 'to', 'in', 'xor', 'null', 'undefined', 'NaN', 'LN2', 'version', 'left_out', '_0', '_1', '_1000']; // prettier-ignore

  test.each(names)('%s is a symbol like any other, and no function', (name) => {
    const f = formula<string>(`${name} * 2`);
    expect(f.symbols).toEqual([name]);
    expect(f(Object.fromEntries([[name, 21]])).item()).toBe(42);
    expect(formula<string>(`L(${name}) = ${name}^2`)(3).item()).toBe(9);
    expect(() => f({})).toThrow(new UsageError('formula', `missing symbol '${name}'`, undefined, `the formula has ${name}`));
    expect(read(`${name}(x)`).message).toMatch(/unknown function/);
    expect(read(`${name}(cos(0))`).message).toMatch(/unknown function/);
    expect(formula<string>(`${name} = 3; ${name} + 1`)({}).item()).toBe(4);
    expect(formula<string>(`${name}(t) = t + 1; ${name}(2)`)({}).item()).toBe(3);
    expect(f.toTex()).toEqual(expect.any(String));
  });

  test.each([
    'x.constructor',
    'x["constructor"]',
    'x.constructor("return process")()',
    'cos.constructor("return 1")()',
    '{a: 1}',
    '{"__proto__": x}',
    'f(x) = x; f.constructor',
    'sum(x).data',
    'import({a: 1}, {override: true})',
    'createUnit("foo")',
    'parse("1+1").evaluate()',
    'evaluate("import(1)")',
    'x -> y',
    'a; import(b)',
    '[1,2].map(f)',
    '1 | 2',
    'a to b',
    'x?.y',
    'x ?? y',
    '`${x}`',
    '${x}',
    '%0 + 1',
    '\u0000',
    'x\u2028+ "a"',
    '0x1F',
    '1..2',
    '...x',
    'new Foo()',
    'delete x',
    'typeof x',
    '() => 1',
    'a = () = 2',
  ])('%s', (text) => {
    expect(read(text)).toBeInstanceOf(FormulaError);
  });

  test('nothing is left behind on prototypes', () => {
    formula<string>('__proto__ = 5; constructor = 3; __proto__ + constructor')({});
    expect(({} as Record<string, unknown>)['5']).toBeUndefined();
    expect(Object.prototype.constructor).toBe(Object);
    expect(formula<string>('sum(x, axis=0)')({ x: [1, 2] }).item()).toBe(3);
    expect(read('sum(x, __proto__=0)').message).toContain("sum has no option '__proto__'");
    expect(read('sum(x, constructor=0)').message).toContain("sum has no option 'constructor'");
  });

  test('a symbol must be the own property of what is given', () => {
    expect(() => formula<string>('toString')({})).toThrow("missing symbol 'toString'");
    const inherited = Object.create({ x: 1 }) as Record<string, number>;
    expect(() => formula<string>('x')(inherited)).toThrow(ChainruleError);
  });

  test('limits: length, words, depth, size', () => {
    expect(read('x'.repeat(10_001)).message).toContain('the text is too long: 10001 characters: at most 10000');
    expect(read('x+'.repeat(4_000)).message).toContain('the text is too long: more than 4000 words');
    expect(read(`${'('.repeat(500)}x${')'.repeat(500)}`).message).toContain('nested too deeply: at most 64 brackets');
    expect(read(`${'['.repeat(65)}x${']'.repeat(65)}`).message).toContain('nested too deeply');
    expect(read(`${'not '.repeat(65)}x`).message).toContain('nested too deeply');
    expect(read(`${'x^'.repeat(1_900)}x`).message).toContain('nested too deeply');
    expect(read(`${'-'.repeat(3_900)}x`).message).toContain('nested too deeply');
    expect(read(`${'x+'.repeat(1_900)}x`).message).toContain('nested too deeply');
    expect(read(`${'a?b:'.repeat(900)}c`).message).toContain('nested too deeply');
    // each function calls the one before it twice: 2^40 operations in 40 lines
    const bomb = Array.from({ length: 40 }, (_, k) => `f${k}(x) = ${k === 0 ? 'x' : `f${k - 1}(x) + f${k - 1}(x)`}`).join('; ');
    expect(read(`${bomb}; f39(1)`).message).toContain('the formula is too large: more than 20000 operations');
    const long = `${'x + '.repeat(300)}x`;
    expect(formula<string>(long)({ x: 1 }).item()).toBe(301);
  });
});
