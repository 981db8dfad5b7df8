import { decode } from 'fast-png';
import { describe, expect, test } from 'vitest';
import { tensor } from 'chainrule';
import { imageGrid } from 'chainrule/viz';

/** The pixels of every image in a picture. */
function pixels(svg: string): { width: number; height: number; channels: number; data: number[] }[] {
  return [...svg.matchAll(/href="data:image\/png;base64,([^"]*)"/g)].map(([, text]) => {
    const { width, height, channels, data } = decode(Buffer.from(text!, 'base64'));
    return { width, height, channels, data: Array.from(data) };
  });
}

describe('imageGrid', () => {
  test('each grey image is stretched to its own range', async () => {
    const svg = await imageGrid([[[0, 1, 2]], [[10, 30, 20]], [[5, 5, 5]]]); // prettier-ignore
    expect(pixels(svg)).toEqual([
      { width: 3, height: 1, channels: 1, data: [0, 128, 255] },
      { width: 3, height: 1, channels: 1, data: [0, 255, 128] },
      { width: 3, height: 1, channels: 1, data: [128, 128, 128] },
    ]);
    expect(await imageGrid([[[0, 1, 2]], [[10, 30, 20]], [[5, 5, 5]]])).toBe(svg); // prettier-ignore
  });

  test('colour planes become pixels, stretched together', async () => {
    const svg = await imageGrid(tensor([[[[0, 51]], [[102, 153]], [[204, 255]]]]), { range: [0, 255] });
    expect(pixels(svg)).toEqual([{ width: 2, height: 1, channels: 3, data: [0, 102, 204, 51, 153, 255] }]);
  });

  test('what lies outside a given range is black or white', async () => {
    expect(pixels(await imageGrid([[[-9, 0, 9]]], { range: [-1, 1] }))[0]!.data).toEqual([0, 128, 255]);
  });

  test('columns, captions, borders and scale', async () => {
    const images = Array.from({ length: 5 }, (_, i) => [[i, 1], [0, 9]]); // prettier-ignore
    const captions = ['a', 'b <i>', 'c', 'd', 'e'];
    const svg = await imageGrid(images, { columns: 2, captions, borders: ['red', null, '#0a0', null, null], scale: 20, title: 'five' });
    const places = [...svg.matchAll(/<image[^>]*transform="translate\(([^)]*)\)" width="40" height="40"/g)].map(([, at]) => at);
    expect(places).toEqual(['4,4', '52,4', '4,66', '52,66', '4,128']);
    expect(svg).toContain('b &lt;i&gt;');
    expect(svg).toContain('>five<');
    expect(svg.match(/stroke="(red|#0a0)"/g)).toEqual(['stroke="red"', 'stroke="#0a0"']);
  });

  test('a long caption makes its column wider', async () => {
    const svg = await imageGrid([[[0, 1]]], { captions: ['a caption of 24 letters!'] });
    expect(svg).toContain('>a caption of 24 letters!<');
  });

  test.each([
    [[1, 2], {}, 'ShapeError: imageGrid: images must have the shape [N,H,W] or [N,3,H,W]: got [2]'],
    [
      tensor(new Float64Array(8), { shape: [1, 2, 2, 2] }),
      {},
      'ShapeError: imageGrid: images must have the shape [N,H,W] or [N,3,H,W]: got [1,2,2,2]',
    ],
    [tensor([], { shape: [0, 2, 2] }), {}, 'DataError: imageGrid: there are no images: [0,2,2]: there is nothing to draw'],
    [[[[1]], [[NaN]]], {}, 'DataError: imageGrid: image 1 must be finite: NaN at position 0'],
    [[[[1]]], { captions: ['a', 'b'] }, 'ShapeError: imageGrid: captions must be one an image: got 2 for 1'],
    [[[[1]]], { borders: [] }, 'ShapeError: imageGrid: borders must be one an image: got 0 for 1'],
    [[[[1]]], { columns: 0 }, 'UsageError: imageGrid: columns must be a whole number from 1 to 10000: 0'],
    [[[[1]]], { scale: 1.5 }, 'UsageError: imageGrid: scale must be a whole number from 1 to 10000: 1.5'],
    [[[[1]]], { range: [1, 1] }, 'UsageError: imageGrid: range must be two finite numbers, the lower one first: [1, 1]'],
    [[[[1]]], { xLabel: 'x' }, "UsageError: imageGrid: unknown option 'xLabel'"],
  ])('%#', async (images, options, message) => {
    const error: Error = await imageGrid(images as any, options as any).then(() => new Error('none'), (e: unknown) => e as Error); // prettier-ignore
    expect(`${error.name}: ${error.message}`).toContain(message);
  });
});
