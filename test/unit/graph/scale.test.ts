/**
 * Graphs of a million nodes: everything that walks them is a loop, and does a fixed number of things for each node. Work is counted, in rules
 * that run and lines that are written, never timed; a quadratic walk of a million nodes would not end.
 */
import { add, compile, concat, type Definition, grad, mul, record, registry, relu, stack, sum, Tape, type Tensor, tensor, trace, valueAndGrad } from 'chainrule'; // prettier-ignore
import { toDot, toSVG } from 'chainrule/viz';
import { expect, test } from 'vitest';

const MILLION = 1_000_000;

/** v ← v·1.0000001 */
const chain =
  (n: number) =>
  (x: Tensor): Tensor => {
    let v = x;
    for (let i = 0; i < n; i++) v = mul(v, 1.0000001);
    return v;
  };

/** Σ i·x: one tensor that n others read. */
const wide =
  (n: number) =>
  (x: Tensor): Tensor => {
    let v: Tensor = mul(x, 0);
    for (let i = 1; i < n; i++) v = add(v, mul(x, i));
    return v;
  };

/** v ← v + relu(v)/n: three ops a layer. */
const residual =
  (layers: number) =>
  (x: Tensor): Tensor => {
    let v = x;
    for (let i = 0; i < layers; i++) v = add(v, mul(relu(v), 1 / layers));
    return v;
  };

/** How often the rules of an op run during `f`. */
function rulesRun(name: string, f: () => unknown): number {
  const definition = registry.get(name)! as { rule: Definition['rule'] };
  const { rule } = definition;
  let count = 0;
  definition.rule = (i) => {
    const own = rule(i);
    if (typeof own !== 'function') return own;
    return (context: never, k: number): Tensor => {
      count++;
      return own(context, k);
    };
  };
  try {
    f();
  } finally {
    definition.rule = rule;
  }
  return count;
}

test('forward and backward: a rule runs once for each edge that matters', () => {
  for (const n of [1_000, 10_000, 100_000]) {
    expect(rulesRun('mul', () => grad(chain(n))(2))).toBe(n);
    expect(rulesRun('mul', () => grad(wide(n))(2))).toBe(n);
    expect(rulesRun('add', () => grad(wide(n))(2))).toBe(2 * (n - 1));
    expect(rulesRun('relu', () => grad(residual(n))(2))).toBe(n);
  }
}, 120_000);

test('a chain of a million', () => {
  const [y, g] = valueAndGrad(chain(MILLION))(2);
  expect(y.item() / 2).toBeCloseTo(Math.exp(0.1), 6);
  expect(g.item()).toBeCloseTo(Math.exp(0.1), 6);
}, 120_000);

test('a fan of 500,000, a million ops', () => {
  const n = MILLION / 2;
  expect(grad(wide(n))(2).item()).toBe(((n - 1) * n) / 2);
}, 120_000);

test('a residual network of 333,333 layers, a million ops', () => {
  expect(grad(residual(333_333))(2).item()).toBeCloseTo(Math.E, 4);
}, 120_000);

test('order 2 of a chain of 100,000', () => {
  // d²/dx² x·x·1.0000001^n
  const f = (x: Tensor): Tensor => mul(chain(100_000)(x), x);
  expect(grad(grad(f))(3).item()).toBeCloseTo(2 * 1.0000001 ** 100_000, 9);
}, 120_000);

test('100,000 tensors joined: each rule knows where its part begins', () => {
  const n = 100_000;
  const parts = (x: Tensor): Tensor[] => Array.from({ length: n }, (_, i) => mul(x, i));
  expect(grad((x) => sum(stack(parts(x))))(1).item()).toBe(((n - 1) * n) / 2);
  // the shapes of all parts are read a fixed number of times for each part, not once for each pair
  let reads = 0;
  const counted = parts(tensor([1])).map((t) => {
    const { shape } = t;
    Object.defineProperty(t, 'shape', { get: () => (reads++, shape) });
    return t;
  });
  grad((x: Tensor) => sum(concat([x, ...counted])))(tensor([1]));
  expect(reads).toBeLessThan(100 * n);
}, 120_000);

test('a tape of a million entries is printed, a line each; of four million refused', () => {
  const tape = record(chain(MILLION), 2);
  const text = tape.print();
  expect(text.slice(-80)).toMatch(/\n%1000000 = mul\(%999999, [\d.]+\) : float64\nreturn %1000000$/);
  let lines = 1;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines++;
  expect(lines).toBe(MILLION + 2);
  const entries = new Array<Tape['entries'][number]>(4 * MILLION + 1).fill(tape.entries[0]!);
  expect(() => new Tape(entries, [], []).print()).toThrow(
    'print: a text has at most 4000000 lines: this tape has 4000001 entries: walk tape.entries, or record a smaller example',
  );
}, 120_000);

test('a graph is written as DOT, a node and its edges each; of more than a million op calls refused', async () => {
  const n = 100_000;
  const dot = toDot(record(wide(n), 2));
  // for each i a product, its number and, but for the first, a sum; and x
  expect(dot.match(/\[shape=/g)).toHaveLength(3 * n);
  const rows = trace(chain(n), 2);
  expect(rows).toHaveLength(n + 1);
  expect(toDot(rows).match(/ -> /g)).toHaveLength(2 * n);
  const [entry] = record(chain(1), 2).entries;
  const large = new Tape(new Array<Tape['entries'][number]>(MILLION + 1).fill(entry!), [], []);
  const refused = 'a graph has at most 1000000 op calls: this one has 1000001: draw a smaller example';
  expect(() => toDot(large)).toThrow(`toDot: ${refused}`);
  await expect(toSVG(large)).rejects.toThrow(`toSVG: ${refused}`);
}, 120_000);

test('a program of more steps than a module has exports', () => {
  // sums between the loops keep them apart: two steps for each
  const n = 51_000;
  const f = (x: Tensor): Tensor => {
    let v = x;
    for (let i = 0; i < n; i++) v = mul(v, sum(v));
    return sum(v);
  };
  const ones = tensor([0.5, 0.5]);
  expect(compile(f)(ones).item()).toBe(1);
}, 120_000);
