import { describe, expect, test } from 'vitest';
import {
  add,
  crossEntropy,
  exp,
  grad,
  gt,
  matmul,
  mul,
  parameter,
  record,
  sum,
  type Tape,
  type Tensor,
  tensor,
  trace,
  UsageError,
  where,
  DataError,
} from 'chainrule';
import { toDot, toSVG } from 'chainrule/viz';

const circuit = () => trace((x, y, z) => mul(add(x, y), z), tensor(-2, { name: 'x' }), tensor(5, { name: 'y' }), tensor(-4, { name: 'z' }));

/** Reads values and gradients back: what stands above and below each name. */
function read(dot: string): Record<string, (string | undefined)[]> {
  const found: Record<string, (string | undefined)[]> = {};
  for (const [, label] of dot.matchAll(/label=<(.*)>\];/g)) {
    const rows = label!.split('<br/>');
    const name = rows.find((row) => !row.includes('<font'))!;
    const of = (colour: string) => rows.find((row) => row.includes(colour))?.replace(/<[^>]*>/g, '');
    found[name] = [of('#1a7f37'), of('#cf222e')];
  }
  return found;
}

describe('toDot', () => {
  test("the lecture's circuit: values above, gradients below", () => {
    const dot = toDot(circuit(), { values: true, gradients: true });
    expect(read(dot)).toEqual({ x: ['-2', '-4'], y: ['5', '-4'], z: ['-4', '3'], add: ['3', '-4'], mul: ['-12', '1'] });
    expect(dot).toMatchInlineSnapshot(`
      "digraph {
        rankdir=LR; nslimit=2; nslimit1=2; bgcolor=white; fontname="Helvetica";
        node [fontname="Helvetica", fontsize=12]; edge [arrowsize=0.7];
        n0 [shape=box, style=rounded, label=<<font color="#1a7f37">-2</font><br/>x<br/><font color="#cf222e">-4</font>>];
        n1 [shape=box, style=rounded, label=<<font color="#1a7f37">5</font><br/>y<br/><font color="#cf222e">-4</font>>];
        n2 [shape=box, style=rounded, label=<<font color="#1a7f37">-4</font><br/>z<br/><font color="#cf222e">3</font>>];
        n3 [shape=ellipse, label=<<font color="#1a7f37">3</font><br/>add<br/><font color="#cf222e">-4</font>>];
        n4 [shape=ellipse, label=<<font color="#1a7f37">-12</font><br/>mul<br/><font color="#cf222e">1</font>>];
        n0 -> n3;
        n1 -> n3;
        n3 -> n4;
        n2 -> n4;
      }"
    `);
  });

  test('without values a graph has names and shapes', () => {
    const W = tensor([[1, 2], [3, 4]], { name: 'W' }); // prettier-ignore
    const dot = toDot(record((w) => sum(matmul(w, [1, 2])), W));
    expect(dot).toMatchInlineSnapshot(`
      "digraph {
        rankdir=LR; nslimit=2; nslimit1=2; bgcolor=white; fontname="Helvetica";
        node [fontname="Helvetica", fontsize=12]; edge [arrowsize=0.7];
        n0 [shape=box, style=rounded, label=<W<br/><font point-size="10">[2,2]</font>>];
        n1 [shape=plaintext, label=<constant<br/><font point-size="10">[2]</font>>];
        n2 [shape=ellipse, label=<matmul<br/><font point-size="10">[2]</font>>];
        n3 [shape=ellipse, peripheries=2, label=<sum>];
        n0 -> n2;
        n1 -> n2;
        n2 -> n3;
      }"
    `);
  });

  test('a tensor used twice is one node with two arrows; a number is a node at each use', () => {
    const dot = toDot(
      record((x) => add(mul(x, x), add(mul(x, 2), 2)), 3),
      { values: true },
    );
    expect(dot.match(/n0 -> n1;/g)).toHaveLength(2);
    expect(dot.match(/label=<2>/g)).toHaveLength(2);
  });

  test('values of up to four elements are numbers of four digits, larger ones their shape', () => {
    const rows = trace((x) => sum(exp(x)), tensor([1, 2]));
    expect(read(toDot(rows, { values: true, gradients: true }))).toEqual({
      input: ['[1, 2]', '[2.718, 7.389]'],
      exp: ['[2.718, 7.389]', '[1, 1]'],
      sum: ['10.11', '1'],
    });
    const shown = (x: number[] | number[][]) =>
      read(
        toDot(
          record((t) => sum(t), tensor(x)),
          { values: true },
        ),
      )['input']![0];
    expect(shown([0.3, 2, -3])).toBe('[0.3, 2, -3]');
    expect(shown([[1, 2], [3, 4.56789]])).toBe('[[1, 2], [3, 4.568]]'); // prettier-ignore
    expect(shown([1, 2, 3, 4, 5])).toBe('[5]');
    expect(shown([])).toBe('[0]');
    const W = tensor([[1, 2]], { name: 'W' });
    expect(
      read(
        toDot(
          record((x) => sum(mul(x, W)), 3),
          { values: true },
        ),
      )['W'],
    ).toEqual(['[[1, 2]]', undefined]);
  });

  test('what is no float has no gradient', () => {
    const rows = trace((x) => sum(where(gt(x, 0), x, mul(0.5, x))), tensor([2, -1], { name: 'x' }));
    const found = read(toDot(rows, { values: true, gradients: true }));
    expect(found['gt']).toEqual(['[true, false]', undefined]);
    expect(found['x']).toEqual(['[2, -1]', '[1, 0.5]']);
    expect(found['where']).toEqual(['[2, -0.5]', '[1, 1]']);
  });

  test('a parameter in a closure has its name on a tape', () => {
    const w = parameter([1, 2], { name: 'w' });
    expect(toDot(record((x) => sum(mul(w, x)), tensor([3, 4])))).toContain('label=<w<br/>');
  });

  test('a constant of a trace says so', () => {
    expect(toDot(trace((x) => mul(x, 2), 3))).toContain('label=<constant>');
  });

  test('the backward pass of a loss is on its tape', () => {
    const X = tensor([[1, 2], [3, 4]], { name: 'X' }); // prettier-ignore
    const loss = (w: ReturnType<typeof tensor>) => crossEntropy(matmul(X, w), [0, 1]);
    const forward = toDot(record(loss, X)); // prettier-ignore
    const both = toDot(record(grad(loss), X)); // prettier-ignore
    expect(forward.match(/<matmul</g)).toHaveLength(1);
    expect(both.match(/<matmul</g)).toHaveLength(2);
    expect(both).toContain('peripheries=2');
  });

  test('a result that is an argument, and a constant result', () => {
    expect(toDot(record((x) => x, tensor(1, { name: 'x' })))).toContain('peripheries=2, label=<x>');
    expect(toDot(record((_) => tensor([1, 2], { name: 'c' }), 1))).toContain('label=<c<br/>');
  });

  test('names are data', async () => {
    const name = 'a"b\n\\<b>&amp;"]; evil [label="\u0000\ud800';
    const tape = record((x) => mul(x, 2), tensor(1, { name }));
    const dot = toDot(tape, { name });
    expect(dot.split('\n')[0]).toBe('digraph "a\\"b \\\\<b>&amp;\\"]; evil [label=\\"\ufffd\ufffd" {');
    expect(dot).toContain('label=<a&quot;b \\&lt;b&gt;&amp;amp;&quot;]; evil [label=&quot;\ufffd\ufffd>];');
    const svg = await toSVG(tape, { name });
    expect(svg.match(/class="node"/g)).toHaveLength(3);
    expect(svg).toContain('&lt;b&gt;&amp;amp;');
    expect(svg).not.toContain('<b>');
  });

  test('an empty name', async () => {
    expect(
      await toSVG(
        record((x) => mul(x, 2), tensor(1, { name: '' })),
        { name: '' },
      ),
    ).toContain('class="node"');
  });

  test('errors', () => {
    const tape: Tape = record((x) => mul(x, 2), 1);
    expect(() => toDot(tape, { gradients: true })).toThrow(
      new UsageError('toDot', 'a tape has no gradients', 'draw trace(f, …), or record(grad(f), …) for the backward pass'),
    );
    expect(() => toDot(tape, { name: 5 } as any)).toThrow('toDot: name must be text: 5');
    expect(() => toDot([], {})).toThrow(new DataError('toDot', 'the graph is empty', 'there is nothing to draw'));
    expect(() => toDot(tape, { value: true } as any)).toThrow("toDot: unknown option 'value': did you mean 'values'?");
    for (const wrong of [tensor(1), null, undefined, 'graph', [1], [null]]) {
      expect(() => toDot(wrong as any)).toThrow(
        /^toDot: a graph is a Tape or the rows of trace: got \w+: record\(f, …\) or trace\(f, …\)$/,
      );
    }
  });
});

describe('toSVG', () => {
  test('the circuit as a picture', async () => {
    const svg = await toSVG(circuit(), { values: true, gradients: true });
    expect(svg.startsWith('<svg')).toBe(true);
    const shown = [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text!.replace('&#45;', '-'));
    expect(shown.join(' ')).toBe('-2 x -4 3 add -4 5 y -4 -4 z 3 -12 mul 1');
    expect(await toSVG(circuit(), { values: true, gradients: true })).toBe(svg);
  });

  test('a graph nobody could read is refused before it takes minutes', async () => {
    const long = record((x: Tensor) => {
      let y: Tensor = x;
      for (let i = 0; i < 600; i++) y = exp(y);
      return y;
    }, 0);
    await expect(toSVG(long)).rejects.toThrow('toSVG: a picture has at most 500 nodes: this graph has 601: draw a smaller example');
  });

  test('the longest chain that is drawn', async () => {
    const chain = record((x: Tensor) => {
      let y: Tensor = x;
      for (let i = 0; i < 499; i++) y = exp(y);
      return y;
    }, 0);
    expect((await toSVG(chain)).match(/class="node"/g)).toHaveLength(500);
  });

  test('errors carry its name', async () => {
    await expect(toSVG([])).rejects.toThrow('toSVG: the graph is empty');
  });
});
