/** The tape as a value: what it lists, how it prints, and worked examples. */
import {
  add,
  exp,
  GradError,
  grad,
  mean,
  mul,
  neg,
  parameter,
  record,
  relu,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  trace,
  valueAndGrad,
} from 'chainrule';
import { describe, expect, test } from 'vitest';

describe('record', () => {
  test('prints a small loss', () => {
    const tape = record((w: Tensor, x: Tensor) => mean(square(sub(mul(w, x), 1))), tensor([1, 2]), tensor(new Float32Array([3, 4])));
    expect(tape.print()).toBe(
      [
        '%0 = input : float64[2]',
        '%1 = input : float32[2]',
        '%2 = mul(%0, %1) : float64[2]',
        '%3 = sub(%2, 1) : float64[2]',
        '%4 = square(%3) : float64[2]',
        '%5 = sum(%4) {axes: [0], keepdims: false} : float64',
        '%6 = div(%5, 2) : float64',
        'return %6',
      ].join('\n'),
    );
  });

  test('entries, inputs and outputs', () => {
    const tape = record((x: Tensor) => ({ a: mul(x, 2), b: [neg(x)] }), tensor([1, 2]));
    expect(tape.entries.map((e) => e.op)).toEqual(['mul', 'neg']);
    expect(tape.inputs).toHaveLength(1);
    expect(tape.outputs.map((t) => t.toArray())).toEqual([
      [2, 4],
      [-1, -2],
    ]);
    expect(tape.entries[1]!.output).toBe(tape.outputs[1]);
    expect(tape.entries[0]!.shape).toEqual([2]);
  });

  test('names of inputs and parameters are printed, constants by value or by type', () => {
    const w = parameter([1, 2], { name: 'w' });
    const tape = record((x: Tensor) => add(mul(x, w), tensor([5, 6])), tensor([3, 4], { name: 'x' }));
    expect(tape.print()).toBe(
      [
        "%0 = input 'x' : float64[2]",
        "%1 = parameter 'w' : float64[2]",
        '%2 = mul(%0, %1) : float64[2]',
        '%3 = constant : float64[2]',
        '%4 = add(%2, %3) : float64[2]',
        'return %4',
      ].join('\n'),
    );
  });

  test('of valueAndGrad it lists the backward pass', () => {
    const tape = record((x: Tensor) => valueAndGrad((t: Tensor) => sum(exp(t)))(x), tensor([1, 2]));
    const ops = tape.entries.map((e) => e.op);
    expect(ops.slice(0, 3)).toEqual(['alias', 'exp', 'sum']);
    expect(ops.slice(3)).toContain('spread');
    expect(ops.at(-1)).toBe('gmul');
    expect(tape.outputs).toHaveLength(2);
    // every tensor that is returned or read was made on the tape, is an input, or is a constant
    const known = new Set<Tensor>([...tape.inputs, ...tape.entries.map((e) => e.output)]);
    for (const y of tape.outputs) expect(known.has(y)).toBe(true);
    expect(tape.print()).toMatch(/return %\d+, %\d+$/);
  });

  test('an outer recording sees the entries of an inner one', () => {
    let inner = 0;
    const tape = record((x: Tensor) => {
      inner = record((y: Tensor) => mul(y, 2), x).entries.length;
      return add(x, 1);
    }, 1);
    expect(inner).toBe(1);
    expect(tape.entries.map((e) => e.op)).toEqual(['mul', 'add']);
  });

  test('nothing is recorded before and after', () => {
    const tape = record((x: Tensor) => mul(x, 2), 1);
    mul(1, 2);
    expect(tape.entries).toHaveLength(1);
  });

  test('an f without ops, and one that returns no tensor', () => {
    expect(record((x: Tensor) => x, 1).print()).toBe('%0 = input : float64\nreturn %0');
    expect(record(() => 'text').outputs).toEqual([]);
  });
});

describe('trace', () => {
  test('(x + y)·z at (−2, 5, −4), worked out on the blackboard', () => {
    const rows = trace((x: Tensor, y: Tensor, z: Tensor) => mul(add(x, y), z), -2, 5, -4);
    expect(rows.map((r) => r.op)).toEqual(['input', 'input', 'input', 'add', 'mul']);
    expect(rows.map((r) => r.value.item())).toEqual([-2, 5, -4, 3, -12]);
    expect(rows.map((r) => r.grad.item())).toEqual([-4, -4, 3, -4, 1]);
    expect(rows.map((r) => [...r.inputs])).toEqual([[], [], [], [0, 1], [3, 2]]);
    for (const r of rows) expect([r.value.node, r.grad.node]).toEqual([null, null]);
  });

  test('a sigmoid neuron, step by step: w = (2, −3, −3), x = (−1, −2)', () => {
    const rows = trace(
      (w0: Tensor, x0: Tensor, w1: Tensor, x1: Tensor, w2: Tensor) => add(1, exp(neg(add(add(mul(w0, x0), mul(w1, x1)), w2)))).pow(-1),
      2,
      -1,
      -3,
      -2,
      -3,
    );
    const s = 1 / (1 + Math.exp(-1));
    const d = s * (1 - s);
    expect(rows.at(-1)!.value.item()).toBeCloseTo(s, 15);
    [-1 * d, 2 * d, -2 * d, -3 * d, d].forEach((g, i) => expect(rows[i]!.grad.item()).toBeCloseTo(g, 14));
  });

  test('constants are −1, and what does not matter has gradient 0', () => {
    const rows = trace((x: Tensor) => {
      exp(x);
      return mul(x, 3);
    }, 2);
    expect(rows.map((r) => r.op)).toEqual(['input', 'exp', 'mul']);
    expect(rows[1]!.grad.item()).toBe(0);
    expect(rows[2]!.inputs).toEqual([0, -1]);
  });

  test('a value that is used twice collects both gradients', () => {
    const rows = trace((x: Tensor) => mul(x, x), 3);
    expect(rows[0]!.grad.item()).toBe(6);
  });

  test('vectors', () => {
    const rows = trace((x: Tensor) => sum(relu(x)), tensor([-1, 2]));
    expect(rows.map((r) => r.grad.toArray())).toEqual([[0, 1], [1, 1], 1]);
  });

  test('f must return a scalar', () => {
    expect(() => trace((x: Tensor) => mul(x, 2), tensor([1, 2]))).toThrow(GradError);
    expect(() => trace((x: Tensor) => mul(x, 2), tensor([1, 2]))).toThrow('trace: f must return a scalar: got [2]: sum the result');
  });

  test('agrees with grad', () => {
    const f = (x: Tensor): Tensor => sum(exp(mul(x, x)));
    const x = tensor([0.2, -0.3]);
    expect(trace(f, x)[0]!.grad.toArray()).toEqual(grad(f)(x).toArray());
  });
});
