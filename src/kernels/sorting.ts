/**
 * @file Sorting kernels. A merge sort of keys with their indices: stable, and in n·log n steps whatever the order of the input.
 */
import type { NdArray } from './nd.js';

/** Runs of so many are sorted by insertion before they are merged. */
const RUN = 8;

/** Keys, and beside each the index that it had. */
interface Keyed {
  readonly keys: Float64Array;
  readonly order: Int32Array;
}

const keyed = (n: number): Keyed => ({ keys: new Float64Array(n), order: new Int32Array(n) });

function insertionSort({ keys, order }: Keyed, start: number, end: number): void {
  for (let i = start + 1; i < end; i++) {
    const [key, index] = [keys[i]!, order[i]!];
    let j = i;
    for (; j > start && key < keys[j - 1]!; j--) {
      keys[j] = keys[j - 1]!;
      order[j] = order[j - 1]!;
    }
    keys[j] = key;
    order[j] = index;
  }
}

/** Two sorted runs that follow one another, merged to the same place of another pair of arrays. Of equals the left one comes first. */
function merge(from: Keyed, to: Keyed, start: number, middle: number, end: number): void {
  const { keys, order } = from;
  let [left, right, at] = [start, middle, start];
  // runs that are in order already are only copied
  if (middle < end && keys[middle]! < keys[middle - 1]!)
    for (; left < middle && right < end; at++) {
      const next = keys[right]! < keys[left]! ? right++ : left++;
      to.keys[at] = keys[next]!;
      to.order[at] = order[next]!;
    }
  for (const [first, last] of [
    [left, middle],
    [right, end],
  ] as const)
    // prettier-ignore
    for (let i = first; i < last; i++, at++) {
      to.keys[at] = keys[i]!;
      to.order[at] = order[i]!;
    }
}

/** The first `n` of `given` sorted; in one of the two, which is returned. Equal keys keep their order; none is NaN. */
function mergeSort(given: Keyed, room: Keyed, n: number): Keyed {
  for (let start = 0; start < n; start += RUN) insertionSort(given, start, Math.min(start + RUN, n));
  let [from, to] = [given, room];
  for (let width = RUN; width < n; width *= 2) {
    for (let start = 0; start < n; start += 2 * width) merge(from, to, start, Math.min(start + width, n), Math.min(start + 2 * width, n));
    [from, to] = [to, from];
  }
  return from;
}

/** Up to so many of a row are found by insertion, which leaves the others unsorted. */
const FEW = 64;

/** The first `count` of `n`, sorted, at the front of `given`, by one pass over them. */
function selectFirst({ keys, order }: Keyed, n: number, count: number): void {
  for (let i = 0; i < n; i++) {
    const [key, index] = [keys[i]!, order[i]!];
    if (i >= count && !(key < keys[count - 1]!)) continue;
    let j = Math.min(i, count - 1);
    for (; j > 0 && key < keys[j - 1]!; j--) {
      keys[j] = keys[j - 1]!;
      order[j] = order[j - 1]!;
    }
    keys[j] = key;
    order[j] = index;
  }
}

/** The order of the first `n` of `given`, of the first `count` places at least. */
function orderOf(given: Keyed, room: Keyed, n: number, count: number): Int32Array {
  if (count === 0 || count > FEW || count >= n) return mergeSort(given, room, n).order;
  selectFirst(given, n, count);
  return given.order;
}

/** Positions of the first NaN of a row, `count` of them, written from place `at` on. */
function unknowns(data: NdArray['data'], row: number, count: number, out: NdArray['data'], at: number): void {
  for (let i = 0, k = 0; k < count; i++) if (Number.isNaN(data[row + i])) out[at + k++] = i;
}

/**
 * The first indices of those that sort each row along the last axis, as many as `out` has places. NaN counts as greater than every number;
 * equals keep their order either way.
 */
export function argsortRows({ data, shape }: NdArray, out: NdArray, descending: boolean): void {
  const n = shape.at(-1)!;
  const count = out.shape.at(-1)!;
  const [given, room] = [keyed(n), keyed(n)];
  for (let row = 0, at = 0; row < data.length; row += n, at += count) {
    let known = 0;
    for (let i = 0; i < n; i++) {
      const v = data[row + i]!;
      if (Number.isNaN(v)) continue;
      given.keys[known] = descending ? -v : v;
      given.order[known++] = i;
    }
    // what is NaN goes behind the others, in descending order before them
    const numbers = descending ? Math.max(0, count - (n - known)) : Math.min(count, known);
    const rest = count - numbers;
    const order = orderOf(given, room, known, numbers);
    const first = at + (descending ? rest : 0);
    for (let i = 0; i < numbers; i++) out.data[first + i] = order[i]!;
    unknowns(data, row, rest, out.data, descending ? at : at + numbers);
  }
}
