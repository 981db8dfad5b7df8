/** Calls without types: who leaves out a list, or gives something else, is told which one and how the call looks. */
import * as cr from 'chainrule';
import { expect, test } from 'vitest';

const x = cr.tensor([[1, 2], [3, 4]]); // prettier-ignore
const images = cr.zeros([1, 1, 4, 4]);
const kernels = cr.zeros([1, 1, 2, 2]);

/** The function as it is called from JavaScript. */
const untyped = (name: keyof typeof cr): ((...args: unknown[]) => unknown) => cr[name] as (...args: unknown[]) => unknown;

test.each<[name: keyof typeof cr, args: unknown[], message: string]>([
  ['slice', [x], 'slice: ranges must be a list: got undefined: slice(x, [[0, 2], []])'],
  ['pad', [x], 'pad: widths must be a list: got undefined: pad(x, [[1, 1], [0, 2]])'],
  ['pad', [x, 1], 'pad: widths must be a list: got 1: pad(x, [[1, 1], [0, 2]])'],
  ['roll', [x], 'roll: shift must be a list: got undefined: roll(x, 1)'],
  ['roll', [x, 1, { axis: null }], 'roll: axis must be a list: got null: roll(x, 1, { axis: 0 })'],
  ['tile', [x], 'tile: reps must be a list: got undefined: tile(x, [2, 1])'],
  ['repeat', [x, {}], 'repeat: repeats must be a list: got an object: repeat(x, 2)'],
  ['split', [x], 'split: parts must be a list: got undefined: split(x, 2) or split(x, [1, 3])'],
  ['maxPool2d', [images], 'maxPool2d: kernelSize must be a number or a pair: got ['],
  ['conv2d', [images, kernels, { padding: 1 }], 'conv2d: the third argument is the bias: got an object: options are the fourth: conv2d(x, w, null, { padding: 1 })'], // prettier-ignore
])('%s(%j)', (name, args, message) => {
  const call = (): unknown => untyped(name)(...args);
  expect(call).toThrow(cr.UsageError);
  expect(call).toThrow(message);
});
