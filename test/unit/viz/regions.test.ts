import { decode } from 'fast-png';
import { describe, expect, test } from 'vitest';
import { gt, matmul, type Tensor, tensor } from 'chainrule';
import { decisionRegions, predictGrid } from 'chainrule/viz';

const square = { xRange: [0, 2], yRange: [0, 2], steps: 3 } as const;
const side = (X: Tensor): Tensor => gt(matmul(X, [1, -1]), 0);

describe('predictGrid', () => {
  test('rows are vertical coordinates, columns horizontal ones, both ends included', () => {
    const labels = predictGrid((X) => matmul(X, [1, 10]), { xRange: [0, 3], yRange: [-1, 1], steps: 3 });
    expect(labels.shape).toEqual([3, 3]);
    expect(labels.toArray()).toEqual([[-10, -8.5, -7], [0, 1.5, 3], [10, 11.5, 13]]); // prettier-ignore
  });

  test('predict is called once, and 100 steps are the default', () => {
    const shapes: (readonly number[])[] = [];
    const labels = predictGrid(
      (X) => {
        shapes.push(X.shape);
        return side(X);
      },
      { xRange: [0, 1], yRange: [0, 1] },
    );
    expect(shapes).toEqual([[10_000, 2]]);
    expect(labels.shape).toEqual([100, 100]);
  });

  test.each([
    [side, { xRange: [1, 0], yRange: [0, 1] }, 'UsageError: predictGrid: xRange must be two finite numbers, the lower one first: [1,0]'],
    [
      side,
      { xRange: [0, 1], yRange: [0, NaN] },
      'UsageError: predictGrid: yRange must be two finite numbers, the lower one first: [0,NaN]',
    ],
    [side, { xRange: [0, 1] }, 'UsageError: predictGrid: yRange must be two finite numbers, the lower one first: [undefined]'],
    [side, { ...square, steps: 1 }, 'UsageError: predictGrid: steps must be a whole number from 2 to 2000: 1'],
    [side, { ...square, step: 1 }, "UsageError: predictGrid: unknown option 'step': did you mean 'steps'?"],
    [() => tensor([1, 2]), square, 'ShapeError: predictGrid: predicted labels must be one a point: got 2 for 9 points'],
    [(X: Tensor) => X, square, 'ShapeError: predictGrid: predicted labels must be a vector: got [9,2]'],
    [() => tensor(new Array<number>(9).fill(NaN)), square, 'DataError: predictGrid: predicted labels must be finite: NaN at position 0'],
    [() => new Array<string>(9).fill('a'), square, 'DataError: predictGrid: labels must be numbers: got strings: a tensor holds no text'],
    [() => Promise.resolve(tensor(1)), square, 'UsageError: predictGrid: predict returned a Promise: predict must be synchronous'],
    [() => undefined, square, 'UsageError: predictGrid: predict returned nothing: return a label for every row of X'],
  ])('%#', (predict, options, message) => {
    let error = new Error('none');
    try {
      predictGrid(predict as any, options as any);
    } catch (e) {
      error = e as Error;
    }
    expect(`${error.name}: ${error.message}`).toContain(message);
  });
});

describe('decisionRegions', () => {
  const colours = (svg: string): string[][] => {
    const text = /href="data:image\/png;base64,([^"]*)"/.exec(svg)![1]!;
    const { data, width, height } = decode(Buffer.from(text, 'base64'));
    return Array.from({ length: height }, (_, i) => Array.from({ length: width }, (_, j) => data.slice(3 * (i * width + j)).slice(0, 3).join())); // prettier-ignore
  };

  test('one pixel a grid point, the first row below, points on top in the same colours', async () => {
    const options = { ...square, points: [[2, 0], [0, 2], [9, 9]], labels: [1, 0, 1], xLabel: 'a', yLabel: 'b', title: 'side' }; // prettier-ignore
    const svg = await decisionRegions(side, options);
    const found = colours(svg);
    const [zero, one] = [found[0]![0]!, found[2]![2]!];
    expect(found).toEqual([[zero, zero, zero], [zero, zero, one], [zero, one, one]]); // prettier-ignore
    const points = svg.split('mark-symbol role-mark')[1]!.split('</g>')[0]!;
    expect(points.match(/<path/g)).toHaveLength(2); // the one outside is not drawn
    for (const name of ['side', 'a', 'b', '0', '1']) expect(svg).toContain(`>${name}<`);
    expect(await decisionRegions(side, options)).toBe(svg);
  });

  test('points lie where their grid points do', async () => {
    const svg = await decisionRegions(side, { ...square, points: [[1, 1], [0, 0]], width: 300, height: 300 }); // prettier-ignore
    const places = [
      ...svg
        .split('mark-symbol role-mark')[1]!
        .split('</g>')[0]!
        .matchAll(/translate\(([^)]*)\)/g),
    ].map(([, at]) => at!);
    expect(places).toEqual(['150,150', '50,250']);
  });

  test('string labels, and classes that only the grid or only the points have', async () => {
    const svg = await decisionRegions((X) => Array.from(side(X).data, (v) => (v === 1 ? 'right' : 'left')), {
      ...square,
      points: [[1, 1]],
      labels: ['other'],
    });
    for (const name of ['left', 'other', 'right']) expect(svg).toContain(`>${name}<`);
  });

  test('without points there is a legend all the same', async () => {
    const svg = await decisionRegions(side, square);
    expect(svg).toContain('>0<');
    expect(svg).toContain('role-legend');
  });

  test.each([
    [side, { ...square, labels: [1] }, 'UsageError: decisionRegions: labels are given without points: give points too'],
    [side, { ...square, points: [[1, 2]], labels: [1, 2] }, 'ShapeError: decisionRegions: labels must be one a point: got 2 for 1 points'],
    [side, { ...square, points: [[NaN, 2]] }, 'DataError: decisionRegions: points must be finite: NaN at position 0'],
    [side, { ...square, points: [[1, 2]], labels: ['a'] }, 'DataError: decisionRegions: labels are of two types: number and string'],
    [
      (X: Tensor) => matmul(X, [1, 10]),
      { ...square, steps: 5 },
      'UsageError: decisionRegions: at most 20 classes have colours of their own: got 25: are these labels?',
    ],
    [side, { ...square, stepz: 1 }, "UsageError: decisionRegions: unknown option 'stepz': did you mean 'steps'?"],
    [side, undefined, 'UsageError: decisionRegions: options are missing: { xRange, yRange }'],
  ])('%#', async (predict, options, message) => {
    const error: Error = await decisionRegions(predict as any, options as any).then(() => new Error('none'), (e: unknown) => e as Error); // prettier-ignore
    expect(`${error.name}: ${error.message}`).toContain(message);
  });
});
