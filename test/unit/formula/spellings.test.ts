/** Three spellings of the same tape: by name, in a template, as a loss or a regulariser. */
import {
  add,
  ChainruleError,
  crossEntropy,
  grad,
  gradcheck,
  hessian,
  l2,
  LinearClassifier,
  LinearRegression,
  log,
  matmul,
  mean,
  mseLoss,
  mul,
  neg,
  parameter,
  pick,
  record,
  SGD,
  softmax,
  square,
  sub,
  sum,
  tensor,
  type Tensor,
  type TensorLike,
  UsageError,
} from 'chainrule';
import { type Formula, formula } from 'chainrule/formula';
import { describe, expect, test, vi } from 'vitest';
import * as parsing from '../../../src/formula/parse.js';

vi.mock('../../../src/formula/parse.js', { spy: true });

const X = tensor([
  [1, 2],
  [3, -1],
  [0.5, 0.25],
]);
const W = tensor([
  [0.3, -0.2, 0.5],
  [0.1, 0.4, -0.6],
]);
const b = tensor([0.1, 0.2, 0.3]);
const y = [0, 2, 1];

describe('by name', () => {
  const text = 's = X * W + b; p = softmax(s); mean(-log(pick(p, y))) + lambda * sum(W^2)';
  const byHand = (w: Tensor, c: Tensor): Tensor => add(mean(neg(log(pick(softmax(add(matmul(X, w), c)), y)))), mul(0.1, sum(square(w))));
  const f = formula(text);

  test('value, gradient and Hessian are those of the ops by hand', () => {
    const g = (w: Tensor, c: Tensor): Tensor => f({ X, W: w, b: c, y, lambda: 0.1 });
    expect(g(W, b).item()).toBe(byHand(W, b).item());
    const both = [g, byHand].map((h) => grad(h, { argnums: [0, 1] })(W, b).map((t) => t.toArray()));
    expect(both[0]).toEqual(both[1]);
    expect(hessian(g)(W, b).toArray()).toEqual(hessian(byHand)(W, b).toArray());
    expect(gradcheck(g, [W, b])).toBe(true);
  });

  test('the tape is the tape of the ops by hand', () => {
    const names = (h: (w: Tensor) => Tensor): string[] => record(h, W).entries.map((e) => e.op);
    expect(names((w) => f({ X, W: w, b, y, lambda: 0.1 }))).toEqual(names((w) => byHand(w, b)));
  });

  test('takes numbers, arrays, typed arrays, tensors and parameters; the order of names does not matter', () => {
    const p = parameter([1, 2], { name: 'p' });
    const g = formula('a * sum(b) + sum(c .* d)');
    expect(g({ d: p, c: new Float32Array([1, 1]), b: [1, 2], a: 2 }).item()).toBe(9);
    p.value = tensor([0, 1]);
    expect(g({ a: 2, b: [1, 2], c: new Float32Array([1, 1]), d: p }).item()).toBe(7);
    expect(formula('x')(Object.assign(Object.create(null), { x: 3 }) as { x: number }).item()).toBe(3);
  });

  test('literals and plain numbers are weak: float32 stays float32', () => {
    const x = tensor(new Float32Array([1, 2]));
    for (const body of [
      '2x + 1',
      '2 * 1(x > 0) .* x',
      '0.5 * 1(x > 0) + x',
      'sigmoid(2) * x + softplus(1) + norm(2) * pow(2, 3)',
      '(sum(x) > 0 ? 2 : 1) * x',
      'x / 3',
      '(1 / 3) * x',
      'log(2) * x',
      'lambda * x^2',
      'sqrt(lambda + 1) * x',
      'max(0, x)',
      'x > 1 ? x : 0',
      '1(x > 1) * x + x',
      'max(x, lambda)',
      '-lambda * x',
      '[x[0], 1]',
      'e * x',
      '|lambda| * x',
      'mean(x) + norm(x)',
    ])
      // prettier-ignore
      expect([body, formula<string>(body)(body.includes('lambda') ? { x, lambda: 0.5 } : { x }).dtype]).toEqual([body, 'float32']);
  });

  test('no symbols', () => {
    expect(formula('1 + 2')({}).item()).toBe(3);
    expect((formula('1 + 2') as unknown as () => Tensor)().item()).toBe(3);
  });

  test('missing and unknown symbols', () => {
    const g = formula<string>('mean(L) + lambda * sum(W^2)');
    const call = (symbols: Record<string, TensorLike>) => () => g(symbols);
    const wrong = (message: string) => new UsageError('formula', message);
    expect(call({ L: 1, W: 2 })).toThrow(wrong("missing symbol 'lambda': the formula has L, lambda, W"));
    expect(call({ L: 1, W: 2, lambda: undefined as never })).toThrow(wrong("missing symbol 'lambda': the formula has L, lambda, W"));
    expect(call({ L: 1, W: 2, lamda: 3 })).toThrow(wrong("unknown symbol 'lamda': did you mean 'lambda'?"));
    expect(call({ L: 1, W: 2, lambda: 3, extra: 1 })).toThrow(wrong("unknown symbol 'extra': the formula has L, lambda, W"));
    expect(call({ L: 1, W: 2, lambda: 3, pi: 1 })).toThrow(wrong("unknown symbol 'pi': 'pi' is a constant"));
    expect(() => formula<string>('x + softmax')({ x: 1 })).toThrow("missing symbol 'softmax': as a function it is called: softmax(x)");
    expect(() => formula<string>('1')({ x: 1 })).toThrow("unknown symbol 'x': the formula has no symbols");
    expect(() => formula<string>('x')({ x: 'a' as never })).toThrow(ChainruleError);
  });

  test('what is not a text', () => {
    const loose = formula as unknown as (...args: unknown[]) => unknown;
    expect(() => loose(3)).toThrow("formula: takes a text: got number: formula('mean(x^2)') or formula`mean(${x}^2)`");
    expect(() => loose(null)).toThrow('takes a text: got null');
    expect(() => loose(['a'])).toThrow('takes a text: got object');
    expect(() => loose('x', 1)).toThrow('takes one text: got 2 arguments: symbols are given to the formula');
  });
});

describe('as a template', () => {
  const target = tensor([[1], [0], [1]]);
  const w = parameter([[0.5], [-0.25]], { name: 'w' });

  test('positions interpolate tensors, parameters, numbers, arrays: it is a value', () => {
    const value = formula`mean((${X} @ ${w} + ${0.5} - ${[[1], [0], [1]]})^2)`;
    expect(value.item()).toBe(mean(square(sub(add(matmul(X, w), 0.5), target))).item());
  });

  test('gradients flow to what is interpolated', () => {
    const f = (v: Tensor): Tensor => formula`mean((${X} @ ${v} - ${target})^2)`;
    expect(gradcheck(f, [w.value])).toBe(true);
    const optimizer = new SGD([w], { lr: 0.1 });
    const before = optimizer.minimize(() => formula`mean((${X} @ ${w} - ${target})^2)`).item();
    expect(formula`mean((${X} @ ${w} - ${target})^2)`.item()).toBeLessThan(before);
  });

  test('is read once a call site', () => {
    const parse = vi.mocked(parsing.parse);
    const f = (v: number): Tensor => formula`${v}^2 + 1`;
    parse.mockClear();
    for (let i = 0; i < 100; i++) expect(f(i).item()).toBe(i * i + 1);
    expect(parse).toHaveBeenCalledTimes(1);
    const inner = formula('x + 1');
    const g = (v: TensorLike): Formula => formula`${inner} * ${v}`;
    parse.mockClear();
    for (let i = 0; i < 10; i++) expect(g(i)({ x: 1 }).item()).toBe(2 * i);
    expect(parse).toHaveBeenCalledTimes(1);
  });

  test('formulas are interpolated with their symbols: it is a formula', () => {
    const data = formula('mean((X * w - y)^2)');
    const reg = formula('lambda * sum(w^2)');
    const both = formula`${data} + ${reg} + ${10} + c`;
    expect(both.symbols).toEqual(['X', 'w', 'y', 'lambda', 'c']);
    expect(both({ X, w, y: target, lambda: 2, c: 1 }).item()).toBe(
      add(add(mean(square(sub(matmul(X, w), target))), mul(2, sum(square(w)))), 11).item(),
    );
    expect(both.toTex()).toBe('\\overline{\\left(X w - y\\right)^{2}} + \\lambda \\sum w^{2} + 10 + c');
  });

  test('a formula that is interpolated can be called', () => {
    const huber = formula('h(d, delta) = sqrt(delta^2 + d^2) - delta');
    expect(formula`sum(${huber}(${tensor([3, 0])}, 4))`({}).item()).toBe(1);
    expect(formula`${formula('(s - y)^2')}(a, 2 * a)`({ a: 3 }).item()).toBe(9);
    expect(formula`sum_j ${formula('x^2')}(z_j)`({ z: [1, 2] }).item()).toBe(5);
    expect(() => formula`${formula('a * b')}(1, 2)`).toThrow(
      "it is not clear which symbol is which argument: begin that formula with 'f(a, b) = …'",
    );
    expect(() => formula`${formula('x')}(1, 2)`).toThrow('the formula takes 1 arguments: got 2: x');
    expect(() => formula`${X}(1, 2)`).toThrow('only formulas can be called: to multiply write a * (…)');
    expect(() => formula`${formula('x')}(1, k=2)`).toThrow('a formula has no options');
  });

  test('what an inner formula holds keeps moving; its own symbols are those of the whole', () => {
    const v = parameter([1, 2], { name: 'v' });
    const inner = formula`${formula('k')} * sum(${v})`;
    const outer = formula`${inner} + k`;
    expect(outer.symbols).toEqual(['k']);
    expect(outer({ k: 2 }).item()).toBe(8);
    v.value = tensor([0, 1]);
    expect(outer({ k: 2 }).item()).toBe(4);
    expect(formula`${inner}(10)`({}).item()).toBe(10);
    expect(outer.toTex()).toBe('k \\sum v + k');
  });

  test('another formula at the same place is another formula', () => {
    const at = (f: Formula): Formula => formula`${f} + 1`;
    expect(at(formula<string>('a'))({ a: 1 }).item()).toBe(2);
    expect(at(formula<string>('2 * b'))({ b: 1 }).item()).toBe(3);
    const mixed = (v: unknown): unknown => formula`${v as number} + 1`;
    expect((mixed(1) as Tensor).item()).toBe(2);
    expect((mixed(formula('c')) as Formula)({ c: 2 }).item()).toBe(3);
    expect((mixed(5) as Tensor).item()).toBe(6);
  });

  test('names of its own need a formula', () => {
    expect(() => formula`${X} + z`).toThrow("free symbol 'z' in a template: interpolate it as ${z}, or write formula('…')");
    expect(() => formula`${X} + `).toThrow('formula: the text ends too early: line 1, column 7\n  ${1} + \n        ^');
    expect(() => formula`${'x' as unknown as number} + 1`).toThrow(ChainruleError);
  });

  test('escapes of JavaScript are characters', () => {
    expect(() => formula`\unknown`).toThrow('unexpected character: \\: write sum, alpha: names without a backslash');
  });
});

describe('as a loss', () => {
  const s = tensor([
    [3.2, 5.1, -1.7],
    [1.3, 4.9, 2],
  ]);
  const ce = formula('logsumexp(s, -1) - s_{y}');

  test('(input, target) is reduced like any loss', () => {
    for (const reduction of ['mean', 'sum', 'none'] as const) {
      const [ours, theirs] = [ce(s, [0, 1], { reduction }), crossEntropy(s, [0, 1], { reduction })];
      ours.data.forEach((v, k) => expect(v).toBeCloseTo(theirs.data[k]!, 14));
    }
    expect(ce(s, [0, 1]).shape).toEqual([]);
    expect(ce({ s, y: [0, 1] }).shape).toEqual([2]);
  });

  test('the target is the symbol with the name of one; a last line L(a, b) = … says it outright', () => {
    expect(formula('y - 2s')(1, 10).item()).toBe(8);
    expect(formula('t - 2 p')(1, 10).item()).toBe(8);
    expect(formula('labels * 0 + input')(1, 10).item()).toBe(1);
    expect(formula('L(a, b) = b - 2a')(1, 10).item()).toBe(8);
    expect(formula('L(y, s) = y - 2s')(1, 10).item()).toBe(-19);
    expect(() => formula('b - 2a')(1, 10)).toThrow(
      "it is not clear which symbol is which argument: b, a: give them by name, or begin the text with 'L(s, y) = …'",
    );
    expect(() => formula('y - t')(1, 10)).toThrow('it is not clear which symbol is which argument');
  });

  test('other symbols are options', () => {
    const focal = formula<string>('L(s, y) = (1 - softmax(s)[:, 0])^gamma .* logsumexp(s, -1) + 0 * y');
    expect(focal.symbols).toEqual(['s', 'y', 'gamma']);
    expect(focal([[0, 0]], [1], { gamma: 2 }).item()).toBeCloseTo(Math.LN2 / 4, 14);
    expect(focal([[0, 0]], [1], { gamma: 0, reduction: 'none' }).shape).toEqual([1]);
  });

  test('a symbol that is no argument and was not given: the message says how', () => {
    const wrong = (text: string, hint: string, ...rest: never[]): void => {
      const name = /'(.*)'/.exec(hint.split(': ')[0]!)![1]!;
      const error = new UsageError('formula', `missing symbol '${name}'`, undefined, hint.slice(hint.indexOf(': ') + 2));
      expect(() => formula<string>(text)([1], [2], ...rest), text).toThrow(error);
    };
    wrong('max(0, s - y + delta)', "'delta': give it as an option: f(s, y, { delta })");
    wrong('L(s, y) = max(0, s - y + delta)', "'delta': give it as an option: f(s, y, { delta })");
    wrong('a * (p - t)^2 + b * p', "'a': give it as an option: f(p, t, { a, b })");
    expect(() => formula<string>('a * (b - t)^2')([1], [2])).toThrow('it is not clear which symbol is which argument: a, b, t');
    wrong('L(p, t) = a * (p - t)^2 + b * p', "'a': give it as an option: f(p, t, { a, b })");
    wrong('L(p, t) = a * (p - t)^2 + b * p', "'b': give it as an option: f(p, t, { a, b })", { a: 1 } as never);
    expect(() => formula<string>('L(s, y) = s - y + k')([1], [2], { l: 3 })).toThrow("unknown symbol 'l': did you mean 'k'?");
    // an index of the slide that no sum runs over
    for (const text of ['sum_{j != y_i} max(0, s_j - s_{y_i} + 1)', 'L(s, y) = sum_{j != y_i} max(0, s_j - s_{y_i}) + 0 * y'])
      expect(() => formula<string>(text)([[1, 2]], [0]), text).toThrow(
        new UsageError('formula', "missing symbol 'y_i'", undefined, 'y_i is a symbol of its own: write y, as in s_y, or sum over i'),
      );
    expect(() => formula<string>('sum_{j != y_i} max(0, s_j - s_{y_i} + 1)')({ s: [1, 2] })).toThrow(
      "missing symbol 'y_i': y_i is a symbol of its own",
    );
    // as an estimator meets it
    const model = new LinearClassifier({ loss: formula<string>('sum_{j != y} max(0, s_j - s_y + delta)') });
    expect(() => model.fitSync([[1], [2]], [0, 1])).toThrow("formula: missing symbol 'delta': give it as an option: f(s, y, { delta })");
  });

  test('a formula with a mean of its own has nothing left to reduce', () => {
    const own = formula('mean((s - y)^2)');
    expect(own([1, 3], [0, 0]).item()).toBe(5);
    for (const reduction of ['none', 'sum'] as const)
      expect(() => own([1, 3], [0, 0], { reduction })).toThrow(
        new UsageError(
          'formula',
          `gives one number, so that nothing is left for reduction '${reduction}': leave out the mean: the reduction takes it`,
        ),
      );
    expect(own(1, 3, { reduction: 'none' }).item()).toBe(4);
    expect(() => formula('(s - y)^2')([1], [1], { reduction: 'median' as never })).toThrow("formula: unknown reduction 'median'");
  });

  test('too many arguments, symbols given twice', () => {
    expect(() => formula<string>('(s - y)^2 + k')(1, 2, { k: 1, s: 2 })).toThrow('got 2 arguments for 1: y');
    expect(() => formula<string>('L(s, y) = s - y')(1, 2, { s: 2 })).toThrow("symbol 's' is given twice");
    expect(() => formula<string>('L(s, y) = s - y')(1, 2, { q: 2 })).toThrow("unknown symbol 'q'");
    expect(() => formula<string>('L(s, y) = s - y')(1)).toThrow("missing symbol 'y'");
    expect(formula<string>('pin(s, y) = max(tau * (y - s), (tau - 1) * (y - s))')([0, 0], [1, -1], { tau: 0.9, reduction: 'none' }).toArray()).toEqual([0.9, 0.09999999999999998]); // prettier-ignore
  });

  test('trains a classifier to the same weights as the loss of the library', () => {
    const [data, names] = [[[0, 1], [1, 0], [0, 2], [2, 0]], ['a', 'b', 'a', 'b']]; // prettier-ignore
    const train = (loss: typeof crossEntropy | Formula, weights?: number[]): number[] => {
      const model = new LinearClassifier({
        loss,
        regulariser: loss === crossEntropy ? l2 : formula('||W||^2'),
        lambda: 0.01,
        epochs: 5,
        batchSize: 2,
      });
      return Array.from(model.fitSync(data, names, weights && { sampleWeight: weights }).coef_.data);
    };
    train(ce).forEach((v, k) => expect(v).toBeCloseTo(train(crossEntropy)[k]!, 12));
    // told reduction: 'none' where examples have weights
    const weights = [1, 2, 0.5, 1];
    train(ce, weights).forEach((v, k) => expect(v).toBeCloseTo(train(crossEntropy, weights)[k]!, 12));
    expect(() => train(formula('mean(logsumexp(s, -1) - s_{y})'), weights)).toThrow("nothing is left for reduction 'none'");
  });

  test('trains a regression', () => {
    const fit = (loss: typeof mseLoss | Formula<'s' | 'y'>): number =>
      new LinearRegression({ loss, regulariser: formula('sum(W^2)'), lambda: 0.1, solver: 'gradient', epochs: 20 })
        .fitSync([[2], [4], [6], [8]], [3, 4, 5, 6])
        .coef_.item();
    expect(fit(formula('(s - y)^2'))).toBeCloseTo(fit(mseLoss), 12);
  });
});

describe('as a regulariser', () => {
  test('one tensor is its only symbol', () => {
    expect(formula('sum(W^2)')([1, 2]).item()).toBe(5);
    expect(formula('beta * sum(W^2) + sum(|W|)')([1, -2], { beta: 0.5 }).item()).toBe(5.5);
    expect(formula('-sum(p .* log(p), -1)')([0.5, 0.5], { reduction: 'sum' }).item()).toBeCloseTo(Math.LN2);
    expect(() => formula<string>('a * W')([1])).toThrow('it is not clear which symbol is which argument: a, W');
  });
});
