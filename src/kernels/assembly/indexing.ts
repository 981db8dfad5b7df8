// AssemblyScript: reading and writing at indices. `positions` checks indices and brings them to 0 … n−1, once; the other kernels trust them.
// Every kernel takes the first part that it computes, the one behind the last, and then where its output lies; parts do not touch each other.

/** Indices as int32 from 0 to n − 1, negative ones counted from the end where allowed: the position of the first that is none, or −1. */
// @ts-ignore: decorator
@inline
function positions<T>(from: i32, to: i32, out: usize, indices: usize, n: i32, negative: i32): i32 {
  const least = negative ? -n : 0;
  for (let i = from; i < to; i++) {
    let whole: i32;
    if (isFloat<T>()) {
      const v = <f64>load<T>(indices + <usize>i * sizeof<T>());
      if (!(v >= <f64>least && v < <f64>n)) return i;
      whole = <i32>v;
      if (<f64>whole != v) return i;
    } else {
      whole = load<i32>(indices + 4 * <usize>i);
      if (whole < least || whole >= n) return i;
    }
    store<i32>(out + 4 * <usize>i, whole < 0 ? whole + n : whole);
  }
  return -1;
}

export function positionsF32(from: i32, to: i32, out: usize, indices: usize, n: i32, negative: i32): i32 {
  return positions<f32>(from, to, out, indices, n, negative);
}

export function positionsF64(from: i32, to: i32, out: usize, indices: usize, n: i32, negative: i32): i32 {
  return positions<f64>(from, to, out, indices, n, negative);
}

export function positionsI32(from: i32, to: i32, out: usize, indices: usize, n: i32, negative: i32): i32 {
  return positions<i32>(from, to, out, indices, n, negative);
}

/** out[o, j, …] = x[o, at[j], …], n entries along the axis of x, `count` of out, `inner` elements in each. Parts are entries of out. */
// @ts-ignore: decorator
@inline
function take<T>(from: i32, to: i32, out: usize, x: usize, at: usize, n: i32, count: i32, inner: i32): void {
  if (from >= to) return;
  const run = <usize>inner * sizeof<T>();
  let o = from / count;
  let j = from % count;
  let target = out + <usize>from * run;
  for (let part = from; part < to; part++, target += run) {
    const source = x + <usize>(o * n + load<i32>(at + 4 * <usize>j)) * run;
    if (run >= 128) memory.copy(target, source, run);
    else for (let i: usize = 0; i < run; i += sizeof<T>()) store<T>(target + i, load<T>(source + i));
    if (++j == count) {
      j = 0;
      o++;
    }
  }
}

export function take1(from: i32, to: i32, out: usize, x: usize, at: usize, n: i32, count: i32, inner: i32): void {
  take<u8>(from, to, out, x, at, n, count, inner);
}

export function take4(from: i32, to: i32, out: usize, x: usize, at: usize, n: i32, count: i32, inner: i32): void {
  take<u32>(from, to, out, x, at, n, count, inner);
}

export function take8(from: i32, to: i32, out: usize, x: usize, at: usize, n: i32, count: i32, inner: i32): void {
  take<u64>(from, to, out, x, at, n, count, inner);
}

/** out[o, at[j], …] = Σ x[o, j, …]: the transpose of `take`. Parts are what lies outside the axis. */
// @ts-ignore: decorator
@inline
function indexAdd<T>(from: i32, to: i32, out: usize, x: usize, at: usize, n: i32, count: i32, inner: i32): void {
  const run = <usize>inner * sizeof<T>();
  const vectors = run & ~15;
  memory.fill(out + <usize>from * n * run, 0, <usize>(to - from) * n * run);
  let source = x + <usize>from * count * run;
  for (let o = from; o < to; o++) {
    for (let j = 0; j < count; j++, source += run) {
      const target = out + <usize>(o * n + load<i32>(at + 4 * <usize>j)) * run;
      let i: usize = 0;
      for (; i < vectors; i += 16) v128.store(target + i, v128.add<T>(v128.load(target + i), v128.load(source + i)));
      for (; i < run; i += sizeof<T>()) store<T>(target + i, <T>(load<T>(target + i) + load<T>(source + i)));
    }
  }
}

export function indexAddF32(from: i32, to: i32, out: usize, x: usize, at: usize, n: i32, count: i32, inner: i32): void {
  indexAdd<f32>(from, to, out, x, at, n, count, inner);
}

export function indexAddF64(from: i32, to: i32, out: usize, x: usize, at: usize, n: i32, count: i32, inner: i32): void {
  indexAdd<f64>(from, to, out, x, at, n, count, inner);
}

export function indexAddI32(from: i32, to: i32, out: usize, x: usize, at: usize, n: i32, count: i32, inner: i32): void {
  indexAdd<i32>(from, to, out, x, at, n, count, inner);
}

export function indexAddU8(from: i32, to: i32, out: usize, x: usize, at: usize, n: i32, count: i32, inner: i32): void {
  indexAdd<u8>(from, to, out, x, at, n, count, inner);
}

/** out[o, j, i] = x[o, at[o, j, i], i], n entries along the axis of x, `count` of out. Parts are elements of out. */
// @ts-ignore: decorator
@inline
function gather<T>(from: i32, to: i32, out: usize, x: usize, at: usize, n: i32, count: i32, inner: i32): void {
  const block = count * inner;
  if (block == 1) {
    // one element of each row: what a loss reads of its scores
    for (let part = from; part < to; part++) {
      store<T>(out + <usize>part * sizeof<T>(), load<T>(x + <usize>(part * n + load<i32>(at + 4 * <usize>part)) * sizeof<T>()));
    }
    return;
  }
  if (from >= to) return;
  let i = from % inner;
  for (let o = from / block, part = from; part < to; o++) {
    const row = x + <usize>(o * n * inner) * sizeof<T>();
    for (const end = min(to, (o + 1) * block); part < end; part++) {
      const source = <usize>(load<i32>(at + 4 * <usize>part) * inner + i);
      store<T>(out + <usize>part * sizeof<T>(), load<T>(row + source * sizeof<T>()));
      if (++i == inner) i = 0;
    }
  }
}

export function gather1(from: i32, to: i32, out: usize, x: usize, at: usize, n: i32, count: i32, inner: i32): void {
  gather<u8>(from, to, out, x, at, n, count, inner);
}

export function gather4(from: i32, to: i32, out: usize, x: usize, at: usize, n: i32, count: i32, inner: i32): void {
  gather<u32>(from, to, out, x, at, n, count, inner);
}

export function gather8(from: i32, to: i32, out: usize, x: usize, at: usize, n: i32, count: i32, inner: i32): void {
  gather<u64>(from, to, out, x, at, n, count, inner);
}

/** out[o, at[o, j, i], i] = Σ x[o, j, i]: the transpose of `gather`. Parts are what lies outside the axis. */
// @ts-ignore: decorator
@inline
function scatter<T>(from: i32, to: i32, out: usize, x: usize, at: usize, n: i32, count: i32, inner: i32): void {
  const size = <usize>n * inner * sizeof<T>();
  memory.fill(out + <usize>from * size, 0, <usize>(to - from) * size);
  let part = <usize>from * count * inner;
  for (let o = from; o < to; o++) {
    for (let j = 0; j < count; j++) {
      for (let i = 0; i < inner; i++, part++) {
        const target = out + <usize>((o * n + load<i32>(at + 4 * part)) * inner + i) * sizeof<T>();
        store<T>(target, <T>(load<T>(target) + load<T>(x + part * sizeof<T>())));
      }
    }
  }
}

export function scatterF32(from: i32, to: i32, out: usize, x: usize, at: usize, n: i32, count: i32, inner: i32): void {
  scatter<f32>(from, to, out, x, at, n, count, inner);
}

export function scatterF64(from: i32, to: i32, out: usize, x: usize, at: usize, n: i32, count: i32, inner: i32): void {
  scatter<f64>(from, to, out, x, at, n, count, inner);
}

export function scatterI32(from: i32, to: i32, out: usize, x: usize, at: usize, n: i32, count: i32, inner: i32): void {
  scatter<i32>(from, to, out, x, at, n, count, inner);
}

export function scatterU8(from: i32, to: i32, out: usize, x: usize, at: usize, n: i32, count: i32, inner: i32): void {
  scatter<u8>(from, to, out, x, at, n, count, inner);
}

/** Rows of n zeros with a one at each position. */
// @ts-ignore: decorator
@inline
function oneHot<T>(from: i32, to: i32, out: usize, at: usize, n: i32): void {
  const row = <usize>n * sizeof<T>();
  memory.fill(out + <usize>from * row, 0, <usize>(to - from) * row);
  for (let r = from; r < to; r++) store<T>(out + <usize>r * row + <usize>load<i32>(at + 4 * <usize>r) * sizeof<T>(), <T>1);
}

export function oneHotF32(from: i32, to: i32, out: usize, at: usize, n: i32): void {
  oneHot<f32>(from, to, out, at, n);
}

export function oneHotF64(from: i32, to: i32, out: usize, at: usize, n: i32): void {
  oneHot<f64>(from, to, out, at, n);
}

export function oneHotI32(from: i32, to: i32, out: usize, at: usize, n: i32): void {
  oneHot<i32>(from, to, out, at, n);
}

export function oneHotU8(from: i32, to: i32, out: usize, at: usize, n: i32): void {
  oneHot<u8>(from, to, out, at, n);
}
