// AssemblyScript: the order of each row by a merge sort of keys with their indices: stable, NaN counts as the greatest.
// Parts are rows. Behind the results of all rows each row has room of its own, in which keys and indices are merged.

/** Runs of so many are sorted by insertion before they are merged. */
// @ts-ignore: decorator
@inline
const RUN: i32 = 8;

/** Up to so many of a row are found by insertion, which leaves the others unsorted. */
// @ts-ignore: decorator
@inline
const FEW: i32 = 64;

/** Keys at addresses that step with indices at addresses: sorted by insertion. */
// @ts-ignore: decorator
@inline
function insertionSort<T>(keys: usize, order: usize, n: i32): void {
  for (let i = 1; i < n; i++) {
    let k = keys + <usize>i * sizeof<T>();
    let o = order + 4 * <usize>i;
    const key = load<T>(k);
    const index = load<i32>(o);
    while (k > keys && key < load<T>(k - sizeof<T>())) {
      store<T>(k, load<T>(k - sizeof<T>()));
      store<i32>(o, load<i32>(o - 4));
      k -= sizeof<T>();
      o -= 4;
    }
    store<T>(k, key);
    store<i32>(o, index);
  }
}

/** Two sorted runs of m and n that follow one another, merged to another place. Of equals the left one comes first. */
// @ts-ignore: decorator
@inline
function merge<T>(keys: usize, order: usize, m: i32, n: i32, toKeys: usize, toOrder: usize): void {
  const size = sizeof<T>();
  let a = keys;
  let b = keys + <usize>m * size;
  let i = order;
  let j = order + 4 * <usize>m;
  const middle = b;
  const end = b + <usize>n * size;
  // runs that are in order already are only copied
  if (n > 0 && load<T>(b) < load<T>(b - size)) {
    // without a branch: which run is next is a coin that no processor predicts
    while (a < middle && b < end) {
      const left = load<T>(a);
      const right = load<T>(b);
      const later = right < left;
      store<T>(toKeys, select<T>(right, left, later));
      store<i32>(toOrder, select<i32>(load<i32>(j), load<i32>(i), later));
      toKeys += size;
      toOrder += 4;
      const step = <usize>later;
      b += step * size;
      j += step * 4;
      a += (1 - step) * size;
      i += (1 - step) * 4;
    }
  }
  memory.copy(toKeys, a, middle - a);
  memory.copy(toOrder, i, order + 4 * <usize>m - i);
  toKeys += middle - a;
  toOrder += order + 4 * <usize>m - i;
  memory.copy(toKeys, b, end - b);
  memory.copy(toOrder, j, order + 4 * <usize>(m + n) - j);
}

/** The first `count` of n, sorted, at the front, by one pass over them. */
// @ts-ignore: decorator
@inline
function selectFirst<T>(keys: usize, order: usize, n: i32, count: i32): void {
  const last = keys + <usize>(count - 1) * sizeof<T>();
  for (let i = 0; i < n; i++) {
    const key = load<T>(keys + <usize>i * sizeof<T>());
    if (i >= count && !(key < load<T>(last))) continue;
    const index = load<i32>(order + 4 * <usize>i);
    const place = min(i, count - 1);
    let k = keys + <usize>place * sizeof<T>();
    let o = order + 4 * <usize>place;
    while (k > keys && key < load<T>(k - sizeof<T>())) {
      store<T>(k, load<T>(k - sizeof<T>()));
      store<i32>(o, load<i32>(o - 4));
      k -= sizeof<T>();
      o -= 4;
    }
    store<T>(k, key);
    store<i32>(o, index);
  }
}

/** n keys and indices sorted, in their own place or in the spare one: where the indices are then. */
// @ts-ignore: decorator
@inline
function mergeSort<T>(keys: usize, order: usize, n: i32, spareKeys: usize, spare: usize): usize {
  for (let start = 0; start < n; start += RUN)
    insertionSort<T>(keys + <usize>start * sizeof<T>(), order + 4 * <usize>start, min(RUN, n - start));
  for (let width = RUN; width < n; width <<= 1) {
    for (let start = 0; start < n; start += 2 * width) {
      const k = <usize>start * sizeof<T>();
      const o = 4 * <usize>start;
      const m = min(width, n - start);
      merge<T>(keys + k, order + o, m, min(width, n - start - m), spareKeys + k, spare + o);
    }
    const sortedKeys = spareKeys;
    spareKeys = keys;
    keys = sortedKeys;
    const sorted = spare;
    spare = order;
    order = sorted;
  }
  return order;
}

/** Indices of the first NaN of a row, as many as asked for. */
// @ts-ignore: decorator
@inline
function unknowns<T>(x: usize, count: i32, out: usize): void {
  for (let i = 0; count > 0; i++) {
    const v = load<T>(x + <usize>i * sizeof<T>());
    if (v == v) continue;
    store<i32>(out, i);
    out += 4;
    count--;
  }
}

/** The first `count` of the order of one row; `room` is for two rows of keys and two of indices. */
// @ts-ignore: decorator
@inline
function argsortRow<T>(out: usize, x: usize, n: i32, count: i32, descending: i32, room: usize): void {
  const length = <usize>n;
  const spareKeys = room + length * sizeof<T>();
  const given = spareKeys + length * sizeof<T>();
  let known = 0;
  for (let i = 0; i < n; i++) {
    const v = load<T>(x + <usize>i * sizeof<T>());
    if (v != v) continue;
    // what turns an order around: −v, and of integers ~v, which never overflows
    if (isFloat<T>()) store<T>(room + <usize>known * sizeof<T>(), descending ? -v : v);
    else store<T>(room + <usize>known * sizeof<T>(), descending ? ~v : v);
    store<i32>(given + 4 * <usize>known, i);
    known++;
  }
  // what is NaN goes behind the others, in descending order before them
  const numbers = descending ? max(0, count - (n - known)) : min(count, known);
  let order = given;
  if (numbers > 0) {
    if (numbers <= FEW && numbers < known) selectFirst<T>(room, given, known, numbers);
    else order = mergeSort<T>(room, given, known, spareKeys, given + 4 * length);
  }
  const rest = count - numbers;
  memory.copy(out + (descending ? 4 * <usize>rest : 0), order, 4 * <usize>numbers);
  if (isFloat<T>()) unknowns<T>(x, rest, out + (descending ? 0 : 4 * <usize>numbers));
}

// @ts-ignore: decorator
@inline
function argsort<T>(from: i32, to: i32, out: usize, x: usize, n: i32, rows: i32, count: i32, descending: i32): void {
  const length = <usize>n;
  const each = 4 * <usize>count;
  const behind = out + each * <usize>rows;
  for (let row = from; row < to; row++) {
    const at = <usize>row * length;
    argsortRow<T>(out + <usize>row * each, x + at * sizeof<T>(), n, count, descending, behind + at * (2 * sizeof<T>() + 8));
  }
}

export function argsortF32(from: i32, to: i32, out: usize, x: usize, n: i32, rows: i32, count: i32, descending: i32): void {
  argsort<f32>(from, to, out, x, n, rows, count, descending);
}

export function argsortF64(from: i32, to: i32, out: usize, x: usize, n: i32, rows: i32, count: i32, descending: i32): void {
  argsort<f64>(from, to, out, x, n, rows, count, descending);
}

export function argsortI32(from: i32, to: i32, out: usize, x: usize, n: i32, rows: i32, count: i32, descending: i32): void {
  argsort<i32>(from, to, out, x, n, rows, count, descending);
}
