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

/** Losses, a picture a model since losses of two kinds do not compare; and the accuracy of all on the test images. */
export async function drawCurves(folder: string, histories: ReadonlyMap<string, History>): Promise<void> {
  const size = { xLabel: 'epoch', width: 560, height: 360 };
  const curve = (name: string, { epoch, history }: History, key: string): { name: string; x: number[]; y: number[] } => ({
    name,
    x: epoch.map((e) => e + 1),
    y: [...history[key]!],
  });
  const models = new Set([...histories.keys()].map((name) => name.split(' ')[0]!));
  for (const model of models) {
    const own = [...histories].filter(([name]) => name.startsWith(`${model} `));
    const series = own.flatMap(([name, h]) => {
      const kind = name.slice(`${model} on `.length);
      return [curve(`${kind}, train`, h, 'loss'), curve(`${kind}, test`, h, 'valLoss')];
    });
    await write(folder, `loss-${model}`, await lines(series, { ...size, title: `Loss, ${model}`, yLabel: 'loss' }));
  }
  const accuracies = [...histories].map(([name, h]) => curve(name, h, 'valAccuracy'));
  await write(folder, 'accuracy', await lines(accuracies, { ...size, title: 'Accuracy on the test images', yLabel: 'accuracy' }));
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
