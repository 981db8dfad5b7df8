import { describe, expect, test } from 'vitest';
import { tensor } from 'chainrule';
import { histogram, lines, scatter } from 'chainrule/viz';

/** Texts of a picture. */
const texts = (svg: string): string[] => [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text!);
const marks = (svg: string, name: string): string[] => svg.split(`mark-${name} role-mark`).slice(1);
const pathsOf = (part: string): number => part.split('</g>')[0]!.match(/<path|<line/g)?.length ?? 0;

describe('lines', () => {
  const folds = { name: 'folds', x: [1, 1, 3, 3], y: [0.2, 0.22, 0.28, 0.3], mark: 'points' } as const;
  const mean = { name: 'mean', x: tensor([1, 3]), y: new Float32Array([0.21, 0.29]), error: [0.01, 0.02] };

  test('points, a line and bars, with a legend in the order of the series', async () => {
    const svg = await lines([folds, mean], { title: 'five folds', xLabel: 'k', yLabel: 'accuracy' });
    expect(texts(svg)).toEqual(expect.arrayContaining(['five folds', 'k', 'accuracy', 'folds', 'mean']));
    expect(texts(svg).indexOf('folds')).toBeLessThan(texts(svg).indexOf('mean'));
    expect(marks(svg, 'symbol').map(pathsOf)).toContain(4);
    expect(pathsOf(marks(svg, 'line')[0]!)).toBe(1);
    expect(pathsOf(marks(svg, 'rule')[0]!)).toBe(2);
    expect(svg).not.toMatch(/NaN|undefined|null/);
  });

  test('the same input gives the same text, also when charts are drawn at the same time', async () => {
    const [a, b, c] = await Promise.all([lines([mean]), lines([folds, mean]), lines([mean])]);
    expect(c).toBe(a);
    expect(b).not.toBe(a);
    expect(await lines([mean])).toBe(a);
  });

  test('x counts from 0; width and height are those of the plotting area', async () => {
    const svg = await lines([{ name: 'a', y: [5, 6, 7, 8] }], { width: 300, height: 100 });
    expect(svg).toContain('M0.5,0.5h300v100h-300Z');
    expect(texts(svg)).toEqual(expect.arrayContaining(['0.0', '3.0']));
    expect(texts(svg)).not.toContain('a');
  });

  test('values are joined in the order given, and one value alone is a point', async () => {
    const d = /<path[^>]* d="([^"]*)"/.exec(marks(await lines([{ name: 'a', x: [2, 0, 1], y: [0, 1, 2] }]), 'line')[0]!)![1]!;
    const xs = d.slice(1).split('L').map((p) => Number(p.split(',')[0])); // prettier-ignore
    expect(xs[0]).toBeGreaterThan(xs[2]!);
    expect(xs[2]).toBeGreaterThan(xs[1]!);
    expect(marks(await lines([{ name: 'a', y: [3] }]), 'symbol')).toHaveLength(1);
  });

  test('names and titles are data', async () => {
    const svg = await lines(
      [
        { name: '<script>"&\u0007', y: [1, 2] },
        { name: 'a.b[0]\\', y: [2, 1] },
      ],
      { title: "datum['x']\n</text>" },
    );
    expect(texts(svg)).toEqual(expect.arrayContaining(['&lt;script&gt;"&amp;\ufffd', 'a.b[0]\\']));
    expect(svg).toContain(">datum['x']</tspan>");
    expect(svg).toContain('>&lt;/text&gt;</tspan>');
    expect(svg).not.toContain('<script');
  });

  test('log scales', async () => {
    const svg = await lines([{ name: 'loss', x: [1, 10, 100], y: [1, 0.1, 0.01] }], { xScale: 'log', yScale: 'log' });
    const d = /<path[^>]* d="([^"]*)"/.exec(marks(svg, 'line')[0]!)![1]!;
    const xs = d.slice(1).split('L').map((p) => Number(p.split(',')[0])); // prettier-ignore
    expect(xs[1]! - xs[0]!).toBeCloseTo(xs[2]! - xs[1]!, 6);
  });

  test('numbers at the ends of what doubles hold', async () => {
    for (const y of [
      [1e300, -1e300],
      [5, 5],
      [0, 1e-320],
      [1, 1 + 1e-15],
    ]) {
      // prettier-ignore
      expect(await lines([{ name: 'a', y }])).not.toMatch(/NaN|Infinity/);
      expect(await histogram(y)).not.toMatch(/NaN|Infinity/);
    }
  });

  test.each([
    ['nothing', [], {}, 'DataError: lines: there are no series: there is nothing to draw'],
    ['no list', null, {}, 'UsageError: lines: series must be an array: null: [{ name, y }]'],
    ['an empty series', [{ name: 'a', y: [] }], {}, "DataError: lines: y of 'a' is empty: there is nothing to draw"],
    [
      'NaN',
      [{ name: 'a', y: [1, NaN] }],
      {},
      "DataError: lines: y of 'a' must be finite: NaN at position 1: leave it out or replace it first",
    ],
    ['an infinite x', [{ name: 'a', x: [Infinity], y: [1] }], {}, "DataError: lines: x of 'a' must be finite: Infinity at position 0"],
    ['a matrix', [{ name: 'a', y: [[1]] }], {}, "ShapeError: lines: y of 'a' must be a vector: got [1,1]"],
    ['lengths of x', [{ name: 'a', x: [1, 2], y: [1, 2, 3] }], {}, "ShapeError: lines: x of 'a' must have one value a point: got 2 for 3"],
    [
      'lengths of error',
      [{ name: 'a', error: [1], y: [1, 2] }],
      {},
      "ShapeError: lines: error of 'a' must have one value a point: got 1 for 2",
    ],
    [
      'a negative error',
      [{ name: 'a', error: [0, -1], y: [1, 2] }],
      {},
      "DataError: lines: error of 'a' must not be negative: -1 at position 1",
    ],
    [
      'equal names',
      [
        { name: 'a', y: [1] },
        { name: 'a', y: [2] },
      ],
      {},
      "UsageError: lines: two series have the same name: 'a'",
    ],
    ['no name', [{ y: [1] }], {}, 'UsageError: lines: a series needs a name: undefined'],
    ['a mark', [{ name: 'a', y: [1], mark: 'bar' }], {}, "UsageError: lines: mark must be 'line', 'points' or 'both': got bar"],
    [
      'zero on a log scale',
      [{ name: 'a', y: [1, 0] }],
      { yScale: 'log' },
      "DataError: lines: a log scale has no place for values ≤ 0: y of 'a' is 0 at position 1: leave it out, or use the scale 'linear'",
    ],
    ['x from 0 on a log scale', [{ name: 'a', y: [1, 2] }], { xScale: 'log' }, "x of 'a' is 0 at position 0"],
    [
      'a bar below 0 on a log scale',
      [{ name: 'a', y: [1], error: [1] }],
      { yScale: 'log' },
      "lower end of the bar of 'a' is 0 at position 0",
    ],
    ['a scale', [{ name: 'a', y: [1] }], { yScale: 'sqrt' }, "UsageError: lines: yScale must be 'linear' or 'log': got sqrt"],
    ['an unknown option', [{ name: 'a', y: [1] }], { tilte: 'x' }, "UsageError: lines: unknown option 'tilte': did you mean 'title'?"],
    ['a width', [{ name: 'a', y: [1] }], { width: -1 }, 'UsageError: lines: width must be a number above 0 and at most 10000: -1'],
    ['a title', [{ name: 'a', y: [1] }], { title: 5 }, 'UsageError: lines: title must be text: 5'],
    [
      'values whose range is infinite',
      [{ name: 'a', y: [1.7e308, -1.7e308] }],
      {},
      "DataError: lines: y of 'a' must not exceed 1e+300: 1.7e+308 at position 0: rescale it first",
    ],
  ])('%s', async (_, series, options, message) => {
    const error: Error = await lines(series as any, options as any).then(() => new Error('none'), (e: unknown) => e as Error); // prettier-ignore
    expect(`${error.name}: ${error.message}`).toContain(message);
  });
});

describe('scatter', () => {
  test('a colour for each class, named in a legend', async () => {
    const svg = await scatter([[0, 0], [1, 1], [0, 1]], { labels: [7, 7, 10] }); // prettier-ignore
    const colours = [
      ...marks(svg, 'symbol')[0]!
        .split('</g>')[0]!
        .matchAll(/fill="([^"]*)"/g),
    ].map(([, c]) => c);
    expect(new Set(colours).size).toBe(2);
    expect(colours[0]).toBe(colours[1]);
    expect(texts(svg)).toEqual(expect.arrayContaining(['7', '10']));
    expect(texts(svg).indexOf('7')).toBeLessThan(texts(svg).indexOf('10'));
    expect(await scatter([[0, 0], [1, 1], [0, 1]], { labels: [7, 7, 10] })).toBe(svg); // prettier-ignore
  });

  test('strings as labels, no labels, eleven classes', async () => {
    expect(texts(await scatter([[0, 0], [1, 1]], { labels: ['b', 'a'] }))).toEqual(expect.arrayContaining(['a', 'b'])); // prettier-ignore
    expect(marks(await scatter(tensor([[0, 0]])), 'symbol')).toHaveLength(1);
    const many = Array.from({ length: 11 }, (_, i) => i);
    const svg = await scatter(many.map((i) => [i, i]), { labels: many }); // prettier-ignore
    expect(new Set([...svg.matchAll(/fill="(#[^"]*)"/g)].map(([, c]) => c)).size).toBeGreaterThanOrEqual(11);
  });

  test.each([
    [[[1, 2, 3]], {}, 'ShapeError: scatter: points must have the shape [N,2]: got [1,3]'],
    [[1, 2], {}, 'ShapeError: scatter: points must have the shape [N,2]: got [2]'],
    [tensor([], { shape: [0, 2] }), {}, 'DataError: scatter: there are no points: [0,2]: there is nothing to draw'],
    [[[1, NaN]], {}, 'DataError: scatter: points must be finite: NaN at position 1'],
    [[[1, 2]], { labels: [1, 2] }, 'ShapeError: scatter: labels must be one a point: got 2 for 1 points'],
    [[[1, 2]], { labels: ['a', 'b'] }, 'ShapeError: scatter: labels must be one a point: got 2 for 1 points'],
    [[[1, 2]], { labels: [NaN] }, 'DataError: scatter: labels must be finite: NaN at position 0'],
    [[[1, 2], [3, 4]], { labels: ['a', 1] }, 'DataError: scatter: labels are of two types: string and number'], // prettier-ignore
    [Array.from({ length: 21 }, (_, i) => [i, i]), { labels: Array.from({ length: 21 }, (_, i) => i / 2) }, 'UsageError: scatter: at most 20 classes have colours of their own: got 21: are these labels?'], // prettier-ignore
    [[[1, 2]], { label: [1] }, "UsageError: scatter: unknown option 'label': did you mean"],
  ])('%#', async (points, options, message) => {
    const error: Error = await scatter(points, options as any).then(() => new Error('none'), (e: unknown) => e as Error); // prettier-ignore
    expect(`${error.name}: ${error.message}`).toContain(message);
  });
});

describe('histogram', () => {
  const heights = (svg: string): number[] =>
    [
      ...marks(svg, 'rect')[0]!
        .split('</g>')[0]!
        .matchAll(/d="M[^h]*h[^v]*v([^h]*)h/g),
    ].map(([, v]) => Math.abs(Number(v)));

  test('counts as NumPy counts: equal widths, the last interval closed', async () => {
    const svg = await histogram([0, 0.5, 1, 1.5, 2, 3], { bins: 3, xLabel: 'score' });
    const found = heights(svg); // np.histogram([0, 0.5, 1, 1.5, 2, 3], 3)[0] is [2, 2, 2]
    expect(found).toHaveLength(3);
    expect(new Set(found).size).toBe(1);
    expect(texts(svg)).toEqual(expect.arrayContaining(['score', 'count']));
    expect(await histogram([0, 0.5, 1, 1.5, 2, 3], { bins: 3, xLabel: 'score' })).toBe(svg);
  });

  test('one value alone', async () => {
    const svg = await histogram([4, 4, 4], { bins: 3 });
    expect(svg).not.toContain('NaN');
    expect(heights(svg).filter((h) => h > 0)).toHaveLength(1);
  });

  test.each([
    [[], {}, 'DataError: histogram: values is empty: there is nothing to draw'],
    [[1, NaN], {}, 'DataError: histogram: values must be finite: NaN at position 1'],
    [[[1]], {}, 'ShapeError: histogram: values must be a vector: got [1,1]'],
    [[1], { bins: 0 }, 'UsageError: histogram: bins must be a whole number from 1 to 10000: 0'],
    [[1], { bins: 2.5 }, 'UsageError: histogram: bins must be a whole number from 1 to 10000: 2.5'],
    [[1], { labels: [1] }, "UsageError: histogram: unknown option 'labels'"],
    [[1.7e308, -1.7e308], {}, 'DataError: histogram: values must not exceed 1e+300: 1.7e+308 at position 0'],
  ])('%#', async (values, options, message) => {
    const error: Error = await histogram(values as any, options as any).then(() => new Error('none'), (e: unknown) => e as Error); // prettier-ignore
    expect(`${error.name}: ${error.message}`).toContain(message);
  });
});
