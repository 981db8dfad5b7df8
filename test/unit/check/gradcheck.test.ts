/** Numerical gradients and the checks of analytic ones: what passes, what fails, and what the message says. */
import {
  abs,
  add,
  allclose,
  crossEntropy,
  customVjp,
  DataError,
  eq,
  exp,
  Generator,
  GradcheckError,
  gradcheck,
  GradError,
  gradgradcheck,
  gt,
  huberLoss,
  log,
  lt,
  matmul,
  mul,
  noGrad,
  numericalGradient,
  pick,
  pow,
  relu,
  softmax,
  sqrt,
  square,
  stopGradient,
  sum,
  tanh,
  type Tensor,
  tensor,
  uniform,
  UsageError,
  where,
} from 'chainrule';
import { describe, expect, test } from 'vitest';

/** x² whose rule gives `factor` times the right gradient. */
const scaled = (factor: number): ((x: Tensor) => Tensor) =>
  customVjp((x: Tensor) => mul(x, x), { fwd: (x) => [mul(x, x), x], bwd: (x, g) => [mul(g, mul(x, 2 * factor))] });

const messageOf = (f: () => unknown): string => {
  try {
    f();
  } catch (error) {
    expect(error).toBeInstanceOf(GradcheckError);
    return (error as Error).message;
  }
  throw new Error('it passed');
};

describe('numericalGradient', () => {
  test('central differences of x³ at 2: 12 + h²', () => {
    const g = numericalGradient((x: Tensor) => pow(x, 3), 2, { h: 0.5 });
    expect(g.item()).toBeCloseTo(12.25, 12);
    expect(numericalGradient((x: Tensor) => pow(x, 3), 2).item()).toBeCloseTo(12, 8);
  });

  test('forward differences of x³ at 2: 12 + 6h + h²', () => {
    expect(numericalGradient((x: Tensor) => pow(x, 3), 2, { h: 0.5, scheme: 'forward' }).item()).toBeCloseTo(15.25, 12);
  });

  test('vectors, float32 in double, and trees', () => {
    expect(numericalGradient((x: Tensor) => sum(mul(x, x)), tensor([1, 2]), { h: 0.25 }).toArray()).toEqual([2, 4]);
    const g = numericalGradient((x: Tensor) => sum(mul(x, x)), tensor(new Float32Array([1, 2])));
    expect(g.dtype).toBe('float64');
    expect(g.data[1]).toBeCloseTo(4, 8);
    const tree = numericalGradient((p: { a: Tensor; b: Tensor[] }) => mul(p.a, p.b[0]!), { a: 3, b: [5] }, { h: 0.5 });
    expect([tree.a.item(), tree.b[0]!.item()]).toEqual([5, 3]);
  });

  test('leaves x alone and builds no graph', () => {
    const x = tensor([1, 2]);
    numericalGradient((t: Tensor) => {
      expect(t.node).toBeNull();
      return sum(t);
    }, x);
    expect(x.toArray()).toEqual([1, 2]);
  });

  test('mistakes', () => {
    expect(() => numericalGradient((x: Tensor) => mul(x, 1), tensor([1, 2]))).toThrow(GradError);
    expect(() => numericalGradient((x: Tensor) => mul(x, 1), tensor([1, 2]))).toThrow(
      'numericalGradient: f must return a scalar: got [2]: sum the result',
    );
    expect(() => numericalGradient((x: Tensor) => x, 1, { h: 0 })).toThrow('numericalGradient: h must be positive: 0');
    expect(() => numericalGradient((x: Tensor) => x, 1, { scheme: 'backward' as never })).toThrow(
      "numericalGradient: unknown scheme 'backward': 'central' or 'forward'",
    );
    expect(() => numericalGradient((x: Tensor) => x, 1, { eps: 1 } as never)).toThrow(UsageError);
    expect(() => numericalGradient((x: Tensor) => x, 1, { h: '0.1' } as never)).toThrow('numericalGradient: h must be positive: 0.1');
  });
});

describe('gradcheck passes', () => {
  test('one input, several, matrices, trees of outputs', () => {
    expect(gradcheck((x) => sum(mul(x, x)), [tensor([1, 2, 3])])).toBe(true);
    expect(gradcheck((x) => mul(x, x), tensor([1, 2, 3]))).toBe(true);
    expect(gradcheck((a, b) => tanh(matmul(a, b)), [tensor([[0.1, 0.2]]), tensor([[1], [2]])])).toBe(true);
    expect(gradcheck((x) => ({ e: exp(x), s: [softmax(x)] }), [tensor([0.1, -0.3])])).toBe(true);
  });

  test('float32 is checked in double; integer inputs are constants', () => {
    expect(gradcheck((x) => exp(x), [tensor(new Float32Array([0.1, 3]))])).toBe(true);
    expect(gradcheck((x, i) => x.take(i), [tensor([1, 2, 3]), tensor(new Int32Array([2, 0]))])).toBe(true);
  });

  test('the pass rule is |a − n| ≤ atol + rtol·|n|', () => {
    // at x = 10 the right gradient is 20, the rule gives 20.02: an error of 0.02
    const f = scaled(1.001);
    const at = [tensor([10])];
    expect(gradcheck(f, at, { rtol: 0, atol: 0.0201 })).toBe(true);
    expect(gradcheck(f, at, { rtol: 0, atol: 0.0199, raiseException: false })).toBe(false);
    expect(gradcheck(f, at, { rtol: 1.01e-3, atol: 0 })).toBe(true);
    expect(gradcheck(f, at, { rtol: 0.99e-3, atol: 0, raiseException: false })).toBe(false);
  });
});

describe('gradcheck fails', () => {
  test('the message names input, element, both values and both errors', () => {
    const f = (a: Tensor, b: Tensor): Tensor => add(mul(a, a), scaled(1.5)(b));
    const message = messageOf(() => gradcheck(f, [tensor([1, 1]), tensor([1, 4])]));
    expect(message).toMatch(/^gradcheck: Jacobian mismatch for output 0 with respect to input 1: /);
    expect(message).toContain('input element 1, output element 1');
    expect(message).toContain('analytic 12');
    expect(message).toMatch(/numeric (8|7\.9999|8\.0000)/);
    expect(message).toMatch(/absolute error 4\b/);
    expect(message).toMatch(/relative error 0\.5\b/);
  });

  test.each([
    ['twice', scaled(2), [1], /twice/],
    ['half', scaled(0.5), [1], /half/],
    ['the wrong sign', scaled(-1), [1], /sign is flipped/],
    ['cut off by stopGradient', (x: Tensor) => mul(stopGradient(x), 3), [1], /is 0: is the input cut off/],
    ['cut off by noGrad', (x: Tensor) => noGrad(() => mul(x, 3)), [1], /is 0: is the input cut off/],
    ['a kink', (x: Tensor) => relu(x), [0], /a kink within eps: slope 0 on the left, 1 on the right/],
  ] as const)('hint: %s', (_, f, x, hint) => {
    expect(messageOf(() => gradcheck(f, [tensor([...x])]))).toMatch(hint);
  });

  test('hint: a function that is not deterministic', () => {
    const generator = new Generator(1);
    expect(messageOf(() => gradcheck((x) => mul(x, uniform([], { generator })), [tensor(1)]))).toMatch(/is f random|two runs/);
    let calls = 0;
    const moody = customVjp((x: Tensor) => mul(x, x), { fwd: (x) => [mul(x, x), x], bwd: (x, g) => [mul(g, mul(x, 2 + 1e-6 * calls++))] });
    expect(messageOf(() => gradcheck((x) => moody(x), [tensor(1)]))).toMatch(/two runs of the backward pass differ/);
    expect(gradcheck((x) => moody(x), [tensor(1)], { nondetTol: 1 })).toBe(true);
  });

  test('raiseException: false returns false', () => {
    expect(gradcheck(scaled(2), [tensor(1)], { raiseException: false })).toBe(false);
    expect(gradcheck(scaled(1), [tensor(1)], { raiseException: false })).toBe(true);
  });

  test('report: the worst element and the hints', () => {
    const bad = gradcheck(scaled(2), [tensor([1, 3])], { report: true });
    expect(bad.ok).toBe(false);
    expect(bad.worst).toMatchObject({ input: 0, output: 0, index: [1, 1], analytic: 12 });
    expect(bad.worst!.numeric).toBeCloseTo(6, 6);
    expect(bad.worst!.abs).toBeCloseTo(6, 6);
    expect(bad.worst!.rel).toBeCloseTo(1, 6);
    expect(bad.hints).toEqual(['the analytic value is twice the numeric one']);
    const good = gradcheck(scaled(1), [tensor([1, 3])], { report: true });
    expect(good.ok).toBe(true);
    expect(good.hints).toEqual([]);
  });

  test('a NaN in the gradient fails', () => {
    expect(gradcheck((x) => log(x), [tensor(-1)], { raiseException: false })).toBe(false);
  });

  test('NaN never agrees with NaN: the message names the element, which derivative is NaN, and why', () => {
    // of two NaN, of an element inside the domain and one outside, and at order 2
    expect(messageOf(() => gradcheck(square, [tensor([1, NaN])]))).toBe(
      'gradcheck: the derivative of output 0 with respect to input 0 is NaN: input element 1, output element 1: analytic NaN, numeric NaN: ' +
        'element 1 of input 0 is NaN: check at finite points',
    );
    expect(messageOf(() => gradcheck(sqrt, [tensor([4, -5])]))).toBe(
      'gradcheck: the derivative of output 0 with respect to input 0 is NaN: input element 1, output element 1: analytic NaN, numeric NaN: ' +
        'f is NaN there: is the input outside its domain?',
    );
    expect(messageOf(() => gradgradcheck(sqrt, [tensor(-5)]))).toMatch(/^gradgradcheck: the derivative .* is NaN: .*f is NaN there/);
    expect(gradcheck(sqrt, [tensor(-5)], { raiseException: false })).toBe(false);
    expect(gradcheck(sqrt, [tensor(-5)], { report: true })).toMatchObject({
      ok: false,
      worst: { index: [0, 0], analytic: NaN, numeric: NaN },
      hints: ['f is NaN there: is the input outside its domain?'],
    });
  });

  test('one NaN of two says which', () => {
    const edge = (x: Tensor): Tensor => where(lt(x, 0), NaN, mul(x, 1));
    expect(messageOf(() => gradcheck(edge, [tensor(0)]))).toBe(
      'gradcheck: the numeric derivative of output 0 with respect to input 0 is NaN: input element 0, output element 0: analytic 1, numeric NaN: ' +
        'f is not finite within eps of the input: is it at the edge of its domain?',
    );
    const rule = customVjp((x: Tensor) => mul(x, x), { fwd: (x) => [mul(x, x), x], bwd: (x, g) => [mul(g, mul(x, NaN))] });
    expect(messageOf(() => gradcheck(rule, [tensor(3)]))).toMatch(
      /^gradcheck: the analytic derivative of output 0 with respect to input 0 is NaN: .*analytic NaN, numeric 6\.?\d*: f is finite there, the rule is not: does it compute 0\/0 or ∞ − ∞/,
    );
  });

  test('infinite inputs and values fail; equal infinities of both sides agree', () => {
    expect(messageOf(() => gradcheck(square, [tensor(Infinity)]))).toMatch(
      /numeric NaN: element 0 of input 0 is Infinity: check at finite points$/,
    );
    // the other input is to blame
    expect(messageOf(() => gradcheck((a, b) => mul(a, b), [tensor([2]), tensor([Infinity])]))).toContain(
      'element 0 of input 1 is Infinity',
    );
    // the value jumps from 0 to ∞, so central differences are ∞, as this rule says
    const jump = customVjp((x: Tensor) => where(gt(x, 0), Infinity, 0), {
      fwd: (x) => [where(gt(x, 0), Infinity, 0), x],
      bwd: (_, g) => [where(eq(g, 0), 0, mul(g, Infinity))],
    });
    expect(gradcheck(jump, [tensor(0)])).toBe(true);
    expect(gradcheck((x) => mul(jump(x), -1), [tensor(0)])).toBe(true);
    const wrongSign = customVjp((x: Tensor) => where(gt(x, 0), Infinity, 0), {
      fwd: (x) => [where(gt(x, 0), Infinity, 0), x],
      bwd: (_, g) => [where(eq(g, 0), 0, mul(g, -Infinity))],
    });
    expect(gradcheck(wrongSign, [tensor(0)], { raiseException: false })).toBe(false);
  });

  test('a rule that is off by 0.1 % is found with a tolerance that is not looser', () => {
    expect(gradcheck(scaled(1.001), [tensor([1, 2])], { rtol: 1e-4, raiseException: false })).toBe(false);
  });

  test('mistakes', () => {
    expect(() => gradcheck((x) => x, [tensor(1)], { tol: 1 } as never)).toThrow(UsageError);
    expect(() => gradcheck((x) => x, [tensor(1)], { eps: 0 })).toThrow('gradcheck: eps must be positive: 0');
    expect(() => gradcheck((x) => x, [tensor(true)])).toThrow('gradcheck: no input is a float');
    for (const name of ['atol', 'rtol', 'nondetTol']) {
      for (const value of [NaN, -1, '0.1', null]) {
        const call = (): unknown => gradcheck((x) => x, [tensor(1)], { [name]: value } as never);
        expect(call).toThrow(UsageError);
        expect(call).toThrow(`gradcheck: ${name} must be a number that is not negative: ${String(value)}`);
      }
    }
    for (const eps of [NaN, '1e-6', Infinity]) {
      expect(() => gradcheck((x) => x, [tensor(1)], { eps } as never)).toThrow(`gradcheck: eps must be positive: ${eps}`);
    }
    expect(() => gradgradcheck((x) => x, [tensor(1)], null, { atol: NaN })).toThrow('gradgradcheck: atol must be a number');
    expect(() => gradcheck((x) => x, [tensor(1)], { raiseException: 'no' } as never)).toThrow(
      'gradcheck: raiseException must be true or false: no',
    );
  });
});

describe('a list of numbers where a vector was meant', () => {
  const alone = (x: Tensor): Tensor => mul(x, x);
  const message =
    'f takes 1 argument and never reads the others: got 3 inputs: inputs is the list of arguments; one vector is [tensor([…])]';

  test('is refused by both checks', () => {
    for (const options of [{}, { raiseException: false }]) {
      expect(() => gradcheck(alone, [0.3, 2, -3], options)).toThrow(new UsageError('gradcheck', message));
      expect(() => gradgradcheck(alone, [0.3, 2, -3], null, options)).toThrow(new UsageError('gradgradcheck', message));
    }
    expect(() => gradcheck((x, y) => mul(x, y), [1, 2, 3])).toThrow('f takes 2 arguments and never reads the others: got 3 inputs');
  });

  test('inputs beyond the parameters that f names are fine where f reads them', () => {
    const behind = {
      'a rest': (x: Tensor, ...rest: Tensor[]) => mul(x, rest[0]!),
      'a default': (x: Tensor, w: Tensor = tensor(2)) => mul(x, w),
      'every one but the first': (...xs: Tensor[]) => mul(xs[0]!, xs[1]!),
      'a term without a second derivative': (x: Tensor, ...rest: Tensor[]) => add(square(x), rest[0]!),
      'a term that is constant here': (x: Tensor, ...rest: Tensor[]) => add(square(x), relu(rest[0]!)),
    };
    for (const [name, f] of Object.entries(behind)) {
      expect(gradcheck(f, [3, -4]), name).toBe(true);
      expect(gradgradcheck(f, [3, -4]), name).toBe(true);
    }
    expect(gradcheck((x: Tensor, ...rest: Tensor[]) => rest[0]!.mul(x), [3, -4])).toBe(true);
    expect(gradcheck((x: Tensor, ...rest: Tensor[]) => [x, rest[0]!], [3, -4])).toBe(true);
    // what is read as a number moves the value: that is a wrong gradient, not a wrong call
    expect(messageOf(() => gradcheck((x: Tensor, ...rest: Tensor[]) => mul(x, rest[0]!.item()), [3, -4]))).toContain(
      'is the input cut off',
    );
  });

  test('unread inputs are fine where f names them, and where they are integers', () => {
    expect(gradcheck((x, _) => mul(x, x), [1, 2])).toBe(true);
    expect(gradcheck(alone, [tensor([1, 2]), tensor(new Int32Array([0, 1]))])).toBe(true);
  });
});

describe('what f says when it is moved', () => {
  test('labels that are floats do not move', () => {
    const s = tensor([2, -1, 0.5, 0.3, 0.2, -0.4], { shape: [2, 3] });
    const wrong = (): unknown => gradcheck((x, y) => crossEntropy(x, y), [s, tensor([0, 1])]);
    expect(wrong).toThrow(UsageError);
    expect(wrong).toThrow(
      /^gradcheck: f fails where element 0 of input 1 is moved by 0.000001: \w+: .* must be integers.*: whole numbers do not move: hold labels in a closure, or give an Int32Array$/,
    );
    expect(() => gradgradcheck((x, y) => pick(x, y), [s, tensor([0, 1])])).toThrow(
      /^gradgradcheck: f fails where element 0 of input 1 is moved/,
    );
  });

  test('another failure keeps its words', () => {
    const picky = (x: Tensor): Tensor => {
      if (x.item() !== 0.5) throw new DataError('picky', 'wants 0.5', `got ${x.item()}`);
      return mul(x, x);
    };
    const wrong = (): unknown => gradcheck(picky, [0.5]);
    expect(wrong).toThrow(
      'gradcheck: f fails where element 0 of input 0 is moved by 0.000001: picky: wants 0.5: got 0.500001: is the input at the edge of its domain?',
    );
    expect(wrong).toThrow(expect.objectContaining({ cause: expect.any(DataError) as Error }) as Error);
  });
});

describe('jumps and kinks', () => {
  // Huber with δ = 1 without its −1/2: it jumps from 1/2 to 1
  const jumps = (x: Tensor): Tensor => where(lt(abs(x), 1), mul(0.5, mul(x, x)), abs(x));

  test.each([1, -1, 1 - 4e-7, 1 + 3e-7])('a jump at %s is called one', (at) => {
    const message = messageOf(() => gradcheck(jumps, [tensor([0.3, at])]));
    expect(message).toMatch(/f jumps by 0\.5 within eps$/);
    expect(message).not.toContain('kink');
  });

  test('a kink, a steep kink and an infinite slope are none', () => {
    expect(messageOf(() => gradcheck((x) => mul(1e9, relu(x)), [0]))).toContain(
      'a kink within eps: slope 0 on the left, 1000000000 on the right',
    );
    expect(messageOf(() => gradcheck((x) => sqrt(relu(x)), [0]))).not.toContain('jumps');
    expect(messageOf(() => gradcheck((x) => add(1e8, relu(x)), [0]))).not.toContain('jumps');
  });
});

describe('gradgradcheck', () => {
  test('a failure says that the cotangents are random, unless they are given', () => {
    const seam = (x: Tensor): Tensor => huberLoss(x, 0);
    expect(gradcheck(seam, [1])).toBe(true);
    expect(messageOf(() => gradgradcheck(seam, [1]))).toMatch(/relative error \S+, with random gradOutputs: /);
    expect(messageOf(() => gradgradcheck(seam, [1], [1]))).toMatch(/analytic 1, numeric 0\.5.*relative error 1: /);
    expect(messageOf(() => gradcheck(relu, [0]))).not.toContain('random');
  });

  test('passes', () => {
    expect(gradgradcheck((x) => sum(mul(mul(x, x), x)), [tensor([1, 2])])).toBe(true);
    expect(gradgradcheck((a, b) => tanh(matmul(a, b)), [tensor([[0.1, 0.2]]), tensor([[1], [2]])])).toBe(true);
    expect(gradgradcheck((x) => exp(x), [tensor([1, 2])], [tensor([1, 1])])).toBe(true);
    expect(gradgradcheck((x, i) => exp(x).take(i), [tensor([1, 2]), tensor(new Int32Array([1]))])).toBe(true);
  });

  test('catches a rule that is right at order 1 and detached', () => {
    const detached = customVjp((x: Tensor) => mul(x, x), { fwd: (x) => [mul(x, x), stopGradient(x)], bwd: (x, g) => [mul(g, mul(x, 2))] });
    expect(gradcheck((x) => detached(x), [tensor([1, 2])])).toBe(true);
    expect(messageOf(() => gradgradcheck((x) => detached(x), [tensor([1, 2])]))).toMatch(/^gradgradcheck: Jacobian mismatch .*cut off/);
  });

  test('a rule that drops its cotangent passes neither check', () => {
    const dropped = customVjp((x: Tensor) => exp(x), { fwd: (x) => [exp(x), x], bwd: (x) => [exp(x)] });
    const passes =
      gradcheck((x) => dropped(x), [tensor(1)], { raiseException: false }) &&
      gradgradcheck((x) => dropped(x), [tensor(1)], null, { raiseException: false }) === true;
    expect(passes).toBe(false);
  });
});

describe('allclose', () => {
  test('|a − b| ≤ atol + rtol·|b|, and shapes', () => {
    expect(allclose([1, 2], [1, 2 + 1e-9])).toBe(true);
    expect(allclose([1, 2], [1, 2.001])).toBe(false);
    expect(allclose([1, 2], [1, 2.001], { rtol: 1e-3 })).toBe(true);
    expect(allclose(0, 1e-9)).toBe(true);
    expect(allclose(0, 1e-7)).toBe(false);
    expect(allclose([1], [[1]])).toBe(false);
  });
  test('tolerances are numbers', () => {
    expect(() => allclose(1, 1, { rtol: NaN })).toThrow('allclose: rtol must be a number that is not negative: NaN');
    expect(() => allclose(1, 1, { atol: '1' } as never)).toThrow('allclose: atol must be a number that is not negative: 1');
  });
  test('infinities are close to themselves, NaN to nothing', () => {
    expect(allclose([Infinity, -Infinity], [Infinity, -Infinity])).toBe(true);
    expect(allclose([Infinity], [-Infinity])).toBe(false);
    expect(allclose(1, Infinity)).toBe(false);
    expect(allclose([NaN], [NaN])).toBe(false);
  });
});
