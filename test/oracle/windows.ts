/**
 * @file What windows, convolutions and poolings compute, straight from their definitions: a sum over the elements of each window.
 */
import { at, build, type Index, indices, item, nd, type Nd, total } from './nd.js';

type Attrs = Readonly<Record<string, unknown>>;
type Oracle = (inputs: readonly Nd[], attrs: Attrs) => Nd;

interface Window {
  readonly size: number;
  readonly step: number;
  readonly dilation: number;
}

/** Windows along an axis, counted one by one. */
function countOf(n: number, { size, step, dilation }: Window): number {
  let count = 0;
  while (count * step + (size - 1) * dilation < n) count++;
  return count;
}

/** Where an element of the windows [lead…, i…, r…, rest…] lies in the whole. */
function inWhole(index: Index, attrs: Attrs): number[] {
  const [axis, windows] = [attrs['axis'] as number, attrs['windows'] as readonly Window[]];
  const d = windows.length;
  const place = windows.map(({ step, dilation }, w) => item(index, axis + d + w) * step + item(index, axis + w) * dilation);
  return [...index.slice(0, axis), ...place, ...index.slice(axis + 2 * d)];
}

/** The two ops of windows.ts, by name. */
export const windowOracles: Readonly<Record<string, Oracle>> = {
  unfold: ([x], attrs) => {
    const [axis, windows] = [attrs['axis'] as number, attrs['windows'] as readonly Window[]];
    const counts = windows.map((w, i) => countOf(item(x!.shape, axis + i), w));
    const shape = [...x!.shape.slice(0, axis), ...windows.map((w) => w.size), ...counts, ...x!.shape.slice(axis + windows.length)];
    return build(shape, (index) => at(x!, inWhole(index, attrs)));
  },
  fold: ([x], attrs) => {
    const from = indices(x!.shape).map((index) => [inWhole(index, attrs).join(), index] as const);
    return build(attrs['shape'] as number[], (place) =>
      total(from.filter(([to]) => to === place.join()).map(([, index]) => at(x!, index))),
    );
  },
};

type Options = Readonly<Record<string, unknown>>;
const perAxis = (value: unknown, rank: number, otherwise: number | readonly number[]): number[] => {
  const v = value ?? otherwise;
  return typeof v === 'number' ? Array.from({ length: rank }, () => v) : [...(v as readonly number[])];
};

/** The value at a place that may lie in the padding. */
function orElse(x: Nd, index: Index, outside: number): number {
  return index.every((i, axis) => i >= 0 && i < item(x.shape, axis)) ? at(x, index) : outside;
}

/** A convolution over the last `rank` axes. */
export function convolution(rank: number, args: readonly unknown[]): Nd {
  const [input, weight, bias] = [nd(args[0]), nd(args[1]), args[2]];
  const o = (args[3] ?? {}) as Options;
  const single = input.shape.length === rank + 1;
  const x = single ? { ...input, shape: [1, ...input.shape] } : input;
  const kernel = weight.shape.slice(2);
  const [stride, dilation] = [perAxis(o['stride'], rank, 1), perAxis(o['dilation'], rank, 1)];
  const reach = kernel.map((k, i) => item(dilation, i) * (k - 1));
  const named = typeof o['padding'] === 'string' ? 0 : perAxis(o['padding'], rank, 0);
  const before = reach.map((r, i) =>
    o['padding'] === 'same' ? Math.floor(r / 2) : o['padding'] === 'valid' ? 0 : item(named as number[], i),
  );
  const after = reach.map((r, i) => (o['padding'] === 'same' ? r - item(before, i) : item(before, i)));
  const places = kernel.map((size, i) =>
    countOf(item(x.shape, 2 + i) + item(before, i) + item(after, i), { size, step: item(stride, i), dilation: item(dilation, i) }),
  );
  const [channels, outputs] = [item(weight.shape, 1), item(weight.shape, 0)];
  const perGroup = outputs / ((o['groups'] as number | undefined) ?? 1);
  const y = build([item(x.shape, 0), outputs, ...places], ([n, out, ...place]) => {
    const first = Math.floor(out! / perGroup) * channels;
    const terms = indices([channels, ...kernel]).map(([c, ...k]) => {
      const where = k.map((v, i) => item(place, i) * item(stride, i) + v * item(dilation, i) - item(before, i));
      return orElse(x, [n!, first + c!, ...where], 0) * at(weight, [out!, c!, ...k]);
    });
    return total(terms) + (bias === undefined || bias === null ? 0 : at(nd(bias), [out!]));
  });
  return single ? { ...y, shape: y.shape.slice(1) } : y;
}

/** A pooling over the last `rank` axes: `f` of the elements of each window; those of the padding are null. */
export function pooling(rank: number, f: (values: (number | null)[], o: Options) => number, args: readonly unknown[]): Nd {
  const [x, o] = [nd(args[0]), (args[2] ?? {}) as Options];
  const size = perAxis(args[1], rank, 1);
  const [stride, dilation, margin] = [perAxis(o['stride'], rank, size), perAxis(o['dilation'], rank, 1), perAxis(o['padding'], rank, 0)];
  const lead = x.shape.slice(0, -rank);
  const counts = size.map((n, i) =>
    countOf(item(x.shape, lead.length + i) + 2 * item(margin, i), { size: n, step: item(stride, i), dilation: item(dilation, i) }),
  );
  return build([...lead, ...counts], (index) => {
    const values = indices(size).map((k) => {
      const where = k.map((v, i) => item(index, lead.length + i) * item(stride, i) + v * item(dilation, i) - item(margin, i));
      const value = orElse(x, [...index.slice(0, lead.length), ...where], NaN);
      return Number.isNaN(value) ? null : value;
    });
    return f(values, o);
  });
}

/** The largest element of the image; padding never wins. */
export const largest = (values: readonly (number | null)[]): number => [...values.filter((v) => v !== null)].sort((a, b) => b - a)[0]!;
/** The mean, of the elements of the image alone or with those of the padding as 0. */
export const mean = (values: readonly (number | null)[], o: Options): number =>
  total(values.map((v) => v ?? 0)) / (o['countIncludePad'] === false ? values.filter((v) => v !== null).length : values.length);

/** `unfold` as it is called: the window is the last axis. */
export function windowsOf([data, size, options]: readonly unknown[]): Nd {
  const [x, o] = [nd(data), (options ?? {}) as Options];
  const window = {
    size: size as number,
    step: (o['step'] as number | undefined) ?? 1,
    dilation: (o['dilation'] as number | undefined) ?? 1,
  };
  const axis = ((o['axis'] as number | undefined) ?? -1) + (((o['axis'] as number | undefined) ?? -1) < 0 ? x.shape.length : 0);
  return build([...x.shape.with(axis, countOf(item(x.shape, axis), window)), window.size], (index) =>
    at(x, index.slice(0, -1).with(axis, item(index, axis) * window.step + index.at(-1)! * window.dilation)),
  );
}

/** `fold` as it is called: every element looks for the windows that it is in. */
export function foldedOf([data, length, options]: readonly unknown[]): Nd {
  const [x, o] = [nd(data), (options ?? {}) as Options];
  const [step, dilation] = [(o['step'] as number | undefined) ?? 1, (o['dilation'] as number | undefined) ?? 1];
  const rank = x.shape.length - 1;
  const axis = ((o['axis'] as number | undefined) ?? -1) + (((o['axis'] as number | undefined) ?? -1) < 0 ? rank : 0);
  return build(x.shape.slice(0, -1).with(axis, length as number), (place) => {
    const terms = indices([item(x.shape, axis), x.shape.at(-1)!]).filter(([r, i]) => r! * step + i! * dilation === place[axis]);
    return total(terms.map(([r, i]) => at(x, [...place.with(axis, r!), i!])));
  });
}
