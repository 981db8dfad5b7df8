/**
 * @file The visual viewpoint: each column of W is a template, drawn as an image.
 */
import { concat, div, max, min, pad, reshape, slice, sub, type Tensor } from 'chainrule';

/** One image: a template per class side by side, each scaled to [0, 1], with a white frame. */
export function templateSheet(W: Tensor, [h, w]: readonly [number, number]): Tensor {
  const classes = W.shape[1]!;
  const tiles = Array.from({ length: classes }, (_, c) => {
    const t = reshape(slice(W, [[], [c, c + 1]]), [h, w]);
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
