/**
 * @file Loss and accuracy over the epochs, and templates as images.
 */
import { join } from 'node:path';
import { div, type History, max, min, stack, sub, take, type Tensor } from 'chainrule';
import { writeSvg, writeSvgAsPng } from 'chainrule/node';
import { imageGrid, lines } from 'chainrule/viz';

async function write(folder: string, name: string, svg: string): Promise<void> {
  writeSvg(join(folder, `${name}.svg`), svg);
  await writeSvgAsPng(join(folder, `${name}.png`), svg, { scale: 2 });
}

/** One line a model: training loss, loss on the test images, or accuracy. */
export async function drawCurves(folder: string, histories: ReadonlyMap<string, History>): Promise<void> {
  const curve = (key: string, suffix: string): { name: string; x: number[]; y: number[] }[] =>
    [...histories].map(([name, { epoch, history }]) => ({ name: `${name}${suffix}`, x: epoch.map((e) => e + 1), y: [...history[key]!] }));
  const size = { xLabel: 'epoch', width: 560, height: 360 };
  const losses = [...curve('loss', ', train'), ...curve('valLoss', ', test')];
  await write(folder, 'loss', await lines(losses, { ...size, title: 'Loss', yLabel: 'loss' }));
  await write(
    folder,
    'accuracy',
    await lines(curve('valAccuracy', ''), { ...size, title: 'Accuracy on the test images', yLabel: 'accuracy' }),
  );
}

/** The visual view: a row of W a class, as an image; grey where the weight is 0 on average. */
export async function drawTemplates(folder: string, name: string, templates: Tensor, classes: readonly string[]): Promise<void> {
  const tiles = Array.from({ length: templates.shape[0]! }, (_, c) => {
    const t = take(templates, c);
    return div(sub(t, min(t)), sub(max(t), min(t)));
  });
  const svg = await imageGrid(stack(tiles), { columns: 5, captions: classes, scale: 3, title: `Templates, ${name}` });
  await write(folder, `templates-${name}`, svg);
}
