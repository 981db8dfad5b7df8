/**
 * @file The visual viewpoint: each row of W is a template, drawn as an image.
 */
import { concat, div, max, min, pad, sub, take, type Tensor } from 'chainrule';

/** One image of templates [C, h, w] side by side, each scaled to [0, 1], with a white frame. */
export function templateSheet(templates: Tensor): Tensor {
  const tiles = Array.from({ length: templates.shape[0]! }, (_, c) => {
    const t = take(templates, c);
    const scaled = div(sub(t, min(t)), sub(max(t), min(t)));
    return pad(
      scaled,
      [
        [1, 1],
        [1, 1],
      ],
      { value: 1 },
    );
  });
  return concat(tiles, { axis: 1 });
}
