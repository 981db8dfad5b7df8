/** The first op call that makes NaN or an infinity: which one it is, and what is said of it. */
import {
  add,
  AnomalyError,
  type AnomalyOptions,
  ChainruleError,
  compile,
  customVjp,
  detectAnomaly,
  div,
  exp,
  grad,
  gt,
  hessian,
  isnan,
  log,
  logsumexp,
  mean,
  mul,
  parameter,
  record,
  setDetectAnomaly,
  SGD,
  sqrt,
  square,
  sub,
  sum,
  Tensor,
  tensor,
  UsageError,
  valueAndGrad,
  vjp,
  where,
} from 'chainrule';
import { afterEach, describe, expect, test } from 'vitest';
import { watching } from '../../../src/graph/watch.js';

/** The line that calls this, plus some lines. */
function lineBelow(n: number): string {
  const frame = new Error().stack!.split('\n')[2]!;
  const [, file, line] = /(\/[^():]*):(\d+):\d+/.exec(frame)!;
  return `${file}:${Number(line) + n}:`;
}

/** The anomaly that a call is stopped at. */
function anomalyOf(call: () => unknown): AnomalyError {
  try {
    call();
  } catch (error) {
    if (error instanceof AnomalyError) return error;
    throw error;
  }
  throw new Error('nothing was found');
}

const found = (f: (...args: never[]) => unknown, args: readonly unknown[], options?: AnomalyOptions): AnomalyError =>
  anomalyOf(() => (detectAnomaly(f, options) as (...args: readonly unknown[]) => unknown)(...args));

afterEach(() => {
  expect(watching.by).toBeNull();
});

describe('the faults that pytorch#160016 reports', () => {
  // 1. the error is raised inside of the library's backward pass, where no debugger shows the user's frame
  test('the error is thrown while the line that is to blame runs, and names it', () => {
    const below = lineBelow(1);
    const f = (x: Tensor): Tensor => log(x);
    const error = found(f, [tensor(-1)]);
    expect(error.line).toContain(below);
    expect(error.stack).toContain(below);
    expect(error.phase).toBe('forward');
  });

  // 2. the trace points to the first op that the backward pass meets, which is later than the one that made the first NaN
  test('of two roots the first is to blame', () => {
    const x = parameter([1]);
    let below = '';
    const error = found(() => {
      below = lineBelow(1);
      const y = sqrt(sub(x, 2)); // the root of the problem
      sum(sqrt(y)).backward();
    }, []);
    expect(error.line).toContain(below);
    expect([error.op, error.phase, error.index, error.value]).toEqual(['sqrt', 'forward', [0], NaN]);
    expect(error.inputs).toEqual([{ name: 'x', shape: [1], min: -1, max: -1, count: 1, nan: 0, infinite: 0, from: undefined }]);
    expect(x.grad).toBeNull();
  });

  // 3. a loss that is NaN passes in silence
  test('a loss that is NaN does not pass', () => {
    const x = parameter([1]);
    const error = found(() => {
      const loss = sum(log(mul(x, -1)));
      loss.backward();
    }, []);
    expect([error.op, error.value]).toEqual(['log', NaN]);
  });

  // and in the comments: an infinity is met only when it has become NaN, somewhere in the optimizer
  test('an infinity is found where it is made, unless it is not asked for', () => {
    const w = parameter([0, 1], { name: 'w' });
    const step = (): Tensor => new SGD([w], { lr: 1 }).minimize(() => mean(log(w)));
    expect(found(step, [])).toMatchObject({ op: 'log', index: [0], value: -Infinity });
    // what torch asks: only NaN. Here the step itself refuses a loss that is not finite
    expect(() => detectAnomaly(step, { checkInf: false })()).toThrow(/^SGD.minimize: the loss is not finite/);
    expect(found((x: Tensor) => sub(log(x), log(x)), [tensor(0)], { checkInf: false })).toMatchObject({ op: 'sub', value: NaN });
    expect(detectAnomaly((x: Tensor) => log(x), { checkInf: false })(tensor(0)).item()).toBe(-Infinity);
  });
});

describe('forward', () => {
  test('the message says what went in, where, and which line called', () => {
    const x = tensor([
      [1, 0],
      [2, 3],
    ]);
    const line = lineBelow(1);
    const error = found((t: Tensor) => log(t), [x]);
    expect(error).toBeInstanceOf(ChainruleError);
    expect(error.message).toBe(`log: made -Infinity: element [0,1] of [2,2]: x [2,2] from 0 to 3: called at ${error.line}`);
    expect(error.line).toContain(line);
    expect(error.name).toBe('AnomalyError');
  });

  test('a scalar has no index', () => {
    expect(found((x: Tensor) => div(1, x), [tensor(0)]).message).toMatch(/^div: made Infinity: a \[\] of 1; b \[\] of 0: called at \//);
  });

  test('an op inside of a composition, in the line that called the composition', () => {
    const below = lineBelow(1);
    const error = found((x: Tensor) => mean(exp(x)), [tensor([1, 1000])]);
    expect([error.op, error.index]).toEqual(['exp', [1]]);
    expect(error.line).toContain(below);
  });

  test('what is finite passes, and so do integers and booleans', () => {
    const f = (x: Tensor): Tensor => where(gt(x, 0), sqrt(where(gt(x, 0), x, 1)), 0);
    expect(detectAnomaly(f)(tensor([-1, 4])).toArray()).toEqual([0, 2]);
    expect(detectAnomaly(() => isnan([1, NaN]))().toArray()).toEqual([false, true]);
  });

  test('float32 overflows sooner', () => {
    const x = tensor(new Float32Array([1e30]));
    expect(found((t: Tensor) => square(t), [x])).toMatchObject({ value: Infinity, index: [0] });
    expect(detectAnomaly((t: Tensor) => square(t))(tensor([1e30])).toArray()).toEqual([1e30 ** 2]);
  });

  test('inputs are counted', () => {
    const [first] = found((x: Tensor) => sub(x, x), [tensor([Infinity, 1, 2])]).inputs;
    expect(first).toMatchObject({ min: 1, max: 2, count: 3, nan: 0, infinite: 1, from: 'argument 0' });
  });
});

describe('what came in', () => {
  test('NaN of an argument, where it is first passed on', () => {
    const error = found((x: Tensor, y: Tensor) => mul(add(x, 1), y), [tensor([1, 2]), tensor([3, NaN])]);
    expect(error.message).toMatch(
      /^mul: passes NaN on that came in: element \[1\] of \[2\]: a \[2\] from 2 to 3; b \[2\] of 3, 1 NaN \(argument 1\): called at/,
    );
  });

  test('through grad, and as a plain number', () => {
    expect(
      found(
        grad((x: Tensor) => sum(mul(x, 2))),
        [tensor([NaN])],
      ).inputs[0]!.from,
    ).toBe('argument 0');
    expect(found((x: number) => mul(tensor(2), x), [NaN]).inputs[1]!.from).toBe('argument 0');
    expect(found((x: { a: number[] }) => mul(x.a, 2), [{ a: [1, NaN] }]).inputs[0]!.from).toBe('argument 0');
  });

  test('of a parameter or a constant', () => {
    const w = parameter([NaN], { name: 'w' });
    expect(found(() => mul(w, 2), []).inputs[0]!.from).toBe('parameter w');
    const constant = tensor([NaN]);
    expect(found(() => mul(constant, 2), []).inputs[0]!.from).toBe('from outside');
    let below = '';
    const error = found(() => {
      below = lineBelow(1);
      const made = tensor([NaN]);
      return mul(made, 2);
    }, []);
    expect(error.inputs[0]!.from).toContain(`made at ${below}`);
  });

  test('NaN that is filtered out is none', () => {
    expect(detectAnomaly((x: Tensor) => where(isnan(x), 0, x))(tensor([NaN, 2])).toArray()).toEqual([0, 2]);
  });

  test('an infinity may pass, until it makes NaN', () => {
    const mask = tensor([0, -Infinity]);
    expect(detectAnomaly((x: Tensor) => logsumexp(add(x, mask)))(tensor([2, 3])).item()).toBe(2);
    const error = found((x: Tensor, m: Tensor) => mul(where(gt(x, 2), m, x), 0), [tensor([2, 3]), mask]);
    expect(error).toMatchObject({ op: 'mul', value: NaN, index: [1] });
    expect(error.message).toContain('(argument 1)');
  });
});

describe('backward', () => {
  test('the rule, its input, the forward line and the line of the gradient', () => {
    let forward = '';
    const f = (x: Tensor): Tensor => {
      forward = lineBelow(1);
      return sum(sqrt(x));
    };
    const gradient = lineBelow(1);
    const error = found((x: Tensor) => grad(f)(x), [tensor([4, 0])]);
    expect(error).toMatchObject({ phase: 'backward', index: [1], value: Infinity, rule: { op: 'sqrt', input: 'x', within: undefined } });
    expect(error.rule!.line).toContain(forward);
    expect(error.line).toContain(gradient);
    expect(error.message).toMatch(
      new RegExp(
        `^${error.op}: made Infinity: in the rule of sqrt for 'x': element \\[1\\] of \\[2\\]: .*` +
          `sqrt was called at ${forward}\\d+, the derivative was asked for at ${gradient}\\d+$`,
      ),
    );
  });

  test('backward() of parameters', () => {
    const w = parameter([0], { name: 'w' });
    const error = found(() => sum(sqrt(w)).backward(), []);
    expect([error.phase, error.rule!.op]).toEqual(['backward', 'sqrt']);
  });

  test('a branch that is left out may be infinite on the way', () => {
    const f = (x: Tensor): Tensor => sum(where(gt(x, 0), sqrt(x), 0));
    expect(detectAnomaly(grad(f))(tensor([0, 4])).toArray()).toEqual([0, 0.25]);
    expect(detectAnomaly(hessian(f))(tensor([0, 4])).toArray()).toEqual([
      [0, 0],
      [0, -1 / 32],
    ]);
  });

  test('of higher order: the rules in each other, and the forward line at the bottom', () => {
    let forward = '';
    // x^1.5 has a slope of 0 and an infinite curvature at 0
    const f = (x: Tensor): Tensor => {
      forward = lineBelow(1);
      return mul(x, sqrt(x));
    };
    const error = found((x: Tensor) => grad(grad((t: Tensor) => sum(f(t))))(x), [tensor(1e-320)]);
    expect(error.phase).toBe('backward');
    expect(error.rule).toMatchObject({ within: { line: expect.stringContaining(forward) as string } });
    expect(error.message).toContain(
      ` in the rule of ${error.rule!.op} for '${error.rule!.input}' in the rule of ${error.rule!.within!.op}`,
    );
    expect(error.message).toContain(`was called at ${forward}`);
  });

  test('the sum of two cotangents belongs to the rule of the second', () => {
    const big = tensor(new Float32Array([3e38]));
    const error = found(
      grad((x: Tensor) => sum(add(mul(x, big), mul(x, big)))),
      [tensor(new Float32Array([0]))],
    );
    expect(error).toMatchObject({ op: 'add', phase: 'backward', rule: { op: 'mul', input: 'a' } });
  });

  test('a rule of one\u2019s own', () => {
    const half = customVjp((x) => mul(x, 1), { fwd: (x) => [mul(x, 1), x], bwd: (x, g) => [div(g, sub(x, x))] });
    const error = found((x: Tensor) => grad((t: Tensor) => half(t))(x), [tensor(3)]);
    expect(error).toMatchObject({ op: 'div', phase: 'backward' });
    expect(error.rule!.op).toMatch(/^customVjp/);
  });

  test('a cotangent that is NaN', () => {
    const error = found((x: Tensor) => vjp((t: Tensor) => mul(t, 2), [x])[1](NaN), [tensor(1)]);
    expect(error).toMatchObject({ phase: 'backward', value: NaN });
    expect(error.message).toContain('passes NaN on that came in');
  });
});

describe('with the rest of the library', () => {
  test('a compiled function runs op by op', () => {
    const f = compile(valueAndGrad((x: Tensor) => sum(log(x))));
    expect(f(tensor([0]))[0].item()).toBe(-Infinity);
    expect(found(f, [tensor([0])])).toMatchObject({ op: 'log', phase: 'forward' });
    const w = parameter([0]);
    const step = new SGD([w], { lr: 1 }).compile(() => sum(sqrt(w)));
    expect(found(step, [])).toMatchObject({ phase: 'backward', rule: { op: 'sqrt' } });
    expect(w.value.toArray()).toEqual([0]);
  });

  test('inside of a function that is compiled there are no values', () => {
    const f = compile(detectAnomaly((x: Tensor) => log(x)));
    expect(() => f(tensor(0))).toThrow(UsageError);
    expect(() => f(tensor(0))).toThrow('write detectAnomaly(compile(f)), which runs f op by op');
  });

  test('a gradient in an array of numbers', () => {
    const error = found(
      grad((x: readonly Tensor[]) => div(x[0]!, x[1]!)),
      [[1, 0]],
    );
    expect(error).toMatchObject({ op: 'div', value: Infinity, phase: 'forward' });
    expect(error.inputs.map(({ max }) => max)).toEqual([1, 0]);
    expect(error.message).not.toContain('tree of scalars');
  });

  test('a recording', () => {
    expect(found(() => record((x: Tensor) => log(x), tensor(0)), []).op).toBe('log');
  });

  test('for everything', () => {
    setDetectAnomaly(true);
    try {
      expect(anomalyOf(() => log(0)).op).toBe('log');
      expect(anomalyOf(() => grad((x: Tensor) => sqrt(x))(0)).rule!.op).toBe('sqrt');
      // a watch that was interrupted goes on
      expect(anomalyOf(() => log(0)).phase).toBe('forward');
      setDetectAnomaly(true, { checkInf: false });
      expect(log(0).item()).toBe(-Infinity);
    } finally {
      setDetectAnomaly(false);
    }
    expect(log(0).item()).toBe(-Infinity);
  });

  test('one inside another: each has its own options, and the outer goes on', () => {
    const inner = detectAnomaly((x: Tensor) => log(x), { checkInf: false });
    const error = found((x: Tensor) => sqrt(sub(where(gt(inner(x), 0), x, 0), 1)), [tensor(0)]);
    expect(error.op).toBe('sqrt');
  });
});

describe('calls that make no sense', () => {
  test.each([
    ['no function', () => detectAnomaly(3 as never), 'detectAnomaly: needs a function: got 3'],
    ['an unknown option', () => detectAnomaly(log, { checkNaN: true } as never), "did you mean 'checkNan'?"],
    ['no switch', () => detectAnomaly(log, { checkInf: 1 as never }), 'detectAnomaly: checkInf must be true or false: 1'],
    ['a Promise', () => detectAnomaly(async () => Promise.resolve(1))(), 'detectAnomaly: f returned a Promise'],
    ['no boolean', () => setDetectAnomaly(1 as never), 'setDetectAnomaly: needs true or false: got 1'],
    ['an option for everything', () => setDetectAnomaly(true, { inf: 1 } as never), "setDetectAnomaly: unknown option 'inf'"],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(UsageError);
    expect(call).toThrow(message);
  });

  test('an error of f itself is left alone, and nothing is left behind', () => {
    const own = new RangeError('mine');
    const fail = detectAnomaly(() => {
      throw own;
    });
    expect(fail).toThrow(own);
  });
});
