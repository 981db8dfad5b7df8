/** fastMode, checkForwardAd and checkBatchedGrad of gradcheck, and checkGrads: what passes, and the fault that each one is there to find. */
import {
  abs,
  checkGrads,
  cos,
  crossEntropy,
  customJvp,
  customVjp,
  defineOp,
  exp,
  Generator,
  GradcheckError,
  gradcheck,
  gradgradcheck,
  log,
  matmul,
  mul,
  normal,
  type Op,
  sin,
  softmax,
  sqrt,
  square,
  stopGradient,
  sum,
  tanh,
  type Tensor,
  tensor,
  UsageError,
} from 'chainrule';
import { describe, expect, test } from 'vitest';

const x = tensor([0.5, -1.2, 2]);
const W = normal([3, 4], { generator: new Generator(1) });
const model = (t: Tensor, w: Tensor): { scores: Tensor; list: Tensor[] } => ({ scores: softmax(matmul(tanh(t), w)), list: [sum(exp(t))] });

/** x² whose rule is off by a factor. */
const off = (factor: number): ((t: Tensor) => Tensor) =>
  customVjp((t: Tensor) => square(t), { fwd: (t) => [square(t), t], bwd: (t, g) => [mul(g, mul(t, 2 * factor))] });
/** Right for cotangents of 0 and 1, which is all that a Jacobian asks for, but not linear: its transpose at 0, forward mode, is 0. */
const bent = customVjp((t: Tensor) => square(t), { fwd: (t) => [square(t), t], bwd: (t, g) => [mul(mul(g, abs(g)), mul(t, 2))] });
/** A rule that reads numbers: right alone, impossible for many cotangents at once. */
const reading = customVjp((t: Tensor) => sum(square(t)), { fwd: (t) => [sum(square(t)), t], bwd: (t, g) => [mul(2 * g.item(), t)] });
/** An op whose batch rule forgets all examples but the first. */
const half: Op<['x']> = defineOp({
  name: 'halfForTests',
  inputs: ['x'],
  doc: 'x/2',
  shape: ([t]) => t!.shape,
  dtype: ([t]) => t!.dtype,
  kernel: ([t], out) => out.data.set(t!.data.map((v) => v / 2)),
  vjp: { x: ({ g }) => half(g) },
  batch: ([t]) => mul(t!.slice([[0, 1]]), tensor([0.5, 0.5, 0.5]).reshape([3, ...t!.shape.slice(1).map(() => 1)])),
  sample: (draw) => ({ inputs: [draw.values([2], { min: -1, max: 1 })], attrs: undefined }),
});

describe('fastMode', () => {
  test('passes what is right, at both orders and for trees', () => {
    expect(gradcheck(model, [x, W], { fastMode: true })).toBe(true);
    expect(gradgradcheck(model, [x, W], null, { fastMode: true, checkForwardAd: true })).toBe(true);
    expect(gradcheck((s) => crossEntropy(s, new Int32Array([0, 2])), [normal([2, 3], { generator: new Generator(2) })], { fastMode: true })).toBe(true); // prettier-ignore
  });

  test('finds a rule that is off by a thousandth and more, and names the element', () => {
    expect(() => gradcheck(off(1.01), [x], { fastMode: true })).toThrow(GradcheckError);
    expect(() => gradcheck(off(1.01), [x], { fastMode: true })).toThrow('Jacobian mismatch for output 0 with respect to input 0');
    expect(gradcheck(off(-1), [x], { fastMode: true, raiseException: false })).toBe(false);
    expect(gradcheck(off(2), [x], { fastMode: true, report: true })).toMatchObject({
      ok: false,
      hints: ['the analytic value is twice the numeric one'],
    });
    const cut = customVjp((t: Tensor) => square(t), { fwd: (t) => [square(t), stopGradient(t)], bwd: (t, g) => [mul(g, mul(t, 2))] });
    expect(gradcheck(cut, [x], { fastMode: true })).toBe(true);
    expect(gradgradcheck(cut, [x], null, { fastMode: true, raiseException: false })).toBe(false);
  });

  test('calls f twice an input, not twice an element', () => {
    let calls = 0;
    const many = normal([50], { generator: new Generator(3) });
    gradcheck((t) => (calls++, sum(sin(t))), [many], { fastMode: true });
    expect(calls).toBeLessThan(10);
  });

  test('one wrong element among many, and a NaN', () => {
    const mask = tensor(Float64Array.from({ length: 60 }, (_, i) => (i === 41 ? 1.5 : 1)));
    const one = customVjp((t: Tensor) => sum(square(t)), {
      fwd: (t) => [sum(square(t)), t],
      bwd: (t, g) => [mul(g, mul(mask, mul(t, 2)))],
    });
    const point = normal([60], { generator: new Generator(4) });
    expect(gradcheck(one, [point], { fastMode: true, report: true }).worst?.index).toEqual([41, 0]);
    expect(() => gradcheck((t) => log(t), [tensor([-1, 1])], { fastMode: true })).toThrow('f is NaN there');
  });

  test('backward passes that differ, or forget the cotangent', () => {
    let k = 0;
    const moody = customVjp((t: Tensor) => sum(mul(t, 2)), { fwd: (t) => [sum(mul(t, 2)), null], bwd: (_, g) => [mul(g, tensor([2 + 1e-9 * (k++ % 2), 2, 2]))] }); // prettier-ignore
    expect(() => gradcheck(moody, [x], { fastMode: true })).toThrow(
      'two runs of the backward pass differ: is f random or does it keep state?',
    );
    const forgets = customVjp((t: Tensor) => sum(mul(t, 2)), { fwd: (t) => [sum(mul(t, 2)), null], bwd: () => [tensor([2, 2, 2])] });
    expect(gradcheck(forgets, [x], { fastMode: true, raiseException: false })).toBe(false);
  });
});

describe('checkForwardAd', () => {
  test('passes what is right', () => {
    expect(gradcheck(model, [x, W], { checkForwardAd: true })).toBe(true);
    expect(gradgradcheck(model, [x, W], null, { checkForwardAd: true })).toBe(true);
  });

  test('finds a rule that is not linear in its cotangent, which the backward check cannot see', () => {
    const point = tensor([0.5, 2]);
    expect(gradcheck(bent, [point])).toBe(true);
    expect(() => gradcheck(bent, [point], { checkForwardAd: true })).toThrow(
      'gradcheck: Jacobian computed with forward mode mismatch for output 0 with respect to input 0: input element 1, output element 1: analytic 0, numeric 4',
    );
    expect(gradcheck(bent, [point], { checkForwardAd: true, report: true }).worst?.mode).toBe('forward');
    expect(gradcheck(bent, [point], { checkForwardAd: true, fastMode: true, raiseException: false })).toBe(false);
  });

  test('finds a wrong forward rule', () => {
    const wrong = customJvp((t: Tensor) => sin(t), ([t], [d]) => [sin(t), mul(d, sin(t))]); // prettier-ignore
    expect(() => gradcheck(wrong, [x], { checkForwardAd: true })).toThrow('mismatch');
    const right = customJvp((t: Tensor) => sin(t), ([t], [d]) => [sin(t), mul(d, cos(t))]); // prettier-ignore
    expect(gradcheck(right, [x], { checkForwardAd: true, fastMode: true, checkBatchedGrad: true })).toBe(true);
  });
});

describe('checkBatchedGrad', () => {
  test('passes what is right', () => {
    expect(gradcheck(model, [x, W], { checkBatchedGrad: true })).toBe(true);
    expect(gradgradcheck(model, [x, W], null, { checkBatchedGrad: true, fastMode: true })).toBe(true);
  });

  test('finds a rule that reads values', () => {
    expect(gradcheck(reading, [x])).toBe(true);
    expect(() => gradcheck(reading, [x], { checkBatchedGrad: true })).toThrow(
      'gradcheck: the backward pass fails under vmap: vmap: the function sees one example of many, so there is no value to read',
    );
    expect(gradcheck(reading, [x], { checkBatchedGrad: true, raiseException: false })).toBe(false);
  });

  test('finds a wrong batch rule', () => {
    expect(gradcheck((t) => half(t), [x])).toBe(true);
    expect(() => gradcheck((t) => half(t), [x], { checkBatchedGrad: true })).toThrow(
      /gradcheck: the backward pass gives something else under vmap: element 0 of the gradient of input 0: .*, alone /,
    );
    const report = gradcheck((t) => half(t), [x], { checkBatchedGrad: true, report: true });
    expect([report.ok, report.worst!.abs < 1e-6]).toEqual([false, true]);
    expect(report.hints[0]).toBe('the backward pass gives something else under vmap');
  });
});

describe('checkGrads', () => {
  test('passes what is right, to order 3, in both modes, for trees and integer arguments', () => {
    expect(checkGrads(model, [x, W])).toBe(true);
    expect(checkGrads((t) => sum(mul(sin(t), exp(t))), [x], { order: 3 })).toBe(true);
    for (const mode of ['fwd', 'rev'] as const) expect(checkGrads((t) => tanh(t), [x], { order: 3, modes: [mode] })).toBe(true);
    const loss = (p: { w: Tensor; b: Tensor[] }, labels: Tensor): Tensor => crossEntropy(matmul(p.w, W).add(p.b[0]!), labels);
    const w = normal([2, 3], { generator: new Generator(5) });
    expect(checkGrads(loss, [{ w, b: [tensor([1, 2, 3, 4])] }, new Int32Array([0, 2])])).toBe(true);
    expect(checkGrads((t) => square(t), [tensor(new Float32Array([1, 2]))])).toBe(true);
  });

  test('finds a wrong rule in either mode', () => {
    expect(() => checkGrads(off(1.01), [x], { modes: ['rev'], order: 1 })).toThrow(GradcheckError);
    expect(() => checkGrads(off(1.01), [x], { modes: ['rev'], order: 1 })).toThrow(
      'checkGrads: the VJP of f is wrong: projection on a random direction',
    );
    expect(() => checkGrads(off(1.01), [x], { modes: ['fwd'], order: 1 })).toThrow('checkGrads: the JVP of f is wrong: output 0, element ');
    expect(checkGrads(off(1.01), [x], { rtol: 0.1, order: 1 })).toBe(true);
  });

  test('finds what is wrong from order 2 on, and from order 3 on', () => {
    const cut = customVjp((t: Tensor) => square(t), { fwd: (t) => [square(t), stopGradient(t)], bwd: (t, g) => [mul(g, mul(t, 2))] });
    expect(checkGrads(cut, [x], { order: 1 })).toBe(true);
    for (const mode of ['fwd', 'rev'] as const) {
      const name = mode === 'fwd' ? 'JVP' : 'VJP';
      expect(() => checkGrads(cut, [x], { modes: [mode] })).toThrow(`the ${name} of the ${name} of f is wrong`);
    }
    const slope = customVjp((t: Tensor) => mul(2, t), { fwd: (t) => [mul(2, t), null], bwd: (_, g) => [mul(2, g)] });
    const late = customVjp((t: Tensor) => exp(t), { fwd: (t) => [exp(t), t], bwd: (t, g) => [mul(g, cutSecond(t))] });
    expect(checkGrads(slope, [x], { order: 3 })).toBe(true);
    expect(checkGrads(late, [x], { order: 2, modes: ['rev'] })).toBe(true);
    expect(() => checkGrads(late, [x], { order: 3, modes: ['rev'] })).toThrow('the VJP of the VJP of the VJP of f is wrong');
  });

  test('finds a forward pass that gives another value than f', () => {
    const other = customVjp((t: Tensor) => sin(t), { fwd: (t) => [mul(1.01, sin(t)), t], bwd: (t, g) => [mul(g, cos(t))] });
    expect(() => checkGrads(other, [x])).toThrow('checkGrads: the value of f under jvp is wrong');
    expect(() => checkGrads(other, [x], { modes: ['rev'] })).toThrow('checkGrads: the value of f under vjp is wrong');
  });

  test('NaN fails, and what makes no sense is refused', () => {
    expect(() => checkGrads((t) => sqrt(t), [tensor([-1, 1])])).toThrow('it is NaN');
    expect(() => checkGrads(sin, [x], { order: 0 })).toThrow('checkGrads: order must be a whole number from 1 on: 0');
    expect(() => checkGrads(sin, [x], { modes: ['forward'] as never })).toThrow("checkGrads: modes must be a list of 'fwd' and 'rev'");
    expect(() => checkGrads(sin, [x], { mode: 'fwd' } as never)).toThrow(UsageError);
    expect(() => checkGrads(sin, [new Int32Array([1])])).toThrow('checkGrads: no argument is a float');
    expect(() => checkGrads(sin, [x], { atol: NaN })).toThrow('checkGrads: atol must be a number that is not negative');
    expect(() => gradcheck(sin, [x], { fastMode: 1 } as never)).toThrow('gradcheck: fastMode must be true or false: 1');
  });
});

/** exp whose second derivative is cut off. */
function cutSecond(t: Tensor): Tensor {
  return customVjp((s: Tensor) => exp(s), { fwd: (s) => [exp(s), s], bwd: (s, g) => [mul(g, stopGradient(exp(s)))] })(t);
}
