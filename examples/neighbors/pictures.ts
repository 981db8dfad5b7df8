/**
 * @file The two pictures of the story: accuracy over k, and test images beside what is nearest to them.
 */
import { join } from 'node:path';
import { concat, reshape, take, type Tensor } from 'chainrule';
import { writeSvg, writeSvgAsPng } from 'chainrule/node';
import { imageGrid, lines } from 'chainrule/viz';
import type { Part } from '../digits/data.js';

async function write(folder: string, name: string, svg: string): Promise<void> {
  writeSvg(join(folder, `${name}.svg`), svg);
  await writeSvgAsPng(join(folder, `${name}.png`), svg, { scale: 2 });
}

/** The slide's plot: every fold a point, the mean a line, one standard deviation a bar (lecture 001:665). */
export async function drawFolds(
  folder: string,
  ks: readonly number[],
  scores: readonly (readonly number[])[],
  { means, deviations }: { means: readonly number[]; deviations: readonly number[] },
): Promise<void> {
  const folds = { x: scores.flatMap(() => [...ks]), y: scores.flat() };
  const svg = await lines(
    [
      { name: 'folds', ...folds, mark: 'points' },
      { name: 'mean ± std', x: [...ks], y: [...means], error: [...deviations] },
    ],
    { title: 'Cross-validation on k', xLabel: 'k', yLabel: 'accuracy', width: 560, height: 360 },
  );
  await write(folder, 'cross-validation', svg);
}

/** A row a test image: the image, then its neighbours, framed green where the class is the same. */
export async function drawNeighbors(
  folder: string,
  {
    test,
    train,
    near,
    imageShape,
    classes,
  }: { test: Part; train: Part; near: Tensor; imageShape: readonly [number, number, number]; classes: readonly string[] },
): Promise<void> {
  const [n, k] = near.shape as readonly [number, number];
  const rows: Tensor[] = [];
  const captions: string[] = [];
  const borders: (string | null)[] = [];
  for (let i = 0; i < n; i++) {
    const own = test.y.data[i]!;
    rows.push(test.X.slice([[i, i + 1]]), take(train.X, near.slice([[i, i + 1]]).reshape([k])));
    captions.push(classes[own]!);
    borders.push(null);
    for (let j = 0; j < k; j++) {
      const label = train.y.data[near.data[i * k + j]!]!;
      captions.push(classes[label]!);
      borders.push(label === own ? 'green' : 'red');
    }
  }
  const shape = imageShape[0] === 1 ? imageShape.slice(1) : imageShape;
  const images = reshape(concat(rows), [rows.length === 0 ? 0 : n * (k + 1), ...shape]);
  await write(
    folder,
    'neighbors',
    await imageGrid(images, { columns: k + 1, captions, borders, scale: 2, title: 'A test image, then its neighbours' }),
  );
}
