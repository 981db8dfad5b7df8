// AssemblyScript: nearest neighbours. Rows are rounded to 16-bit integers, so that two rows meet in exact integer arithmetic, eight numbers
// at once; what that proves too far away is skipped, the rest is measured in float64 just as kernels/neighbors.ts does.
//
// Rows are float32 or float64 [capacity, stride], stride a multiple of 8, filled up with 0. Rounded they are one piece of memory, `capacity`
// rows (a multiple of 8) of `numbers` numbers (stride, or where four neighbours are summed up the next multiple of 8 of a quarter of it):
//   panels   int16 [capacity, numbers], packed: points 8, queries 4 side by side, two neighbouring numbers of a row are a word of 32 bits
//   factors  float32 [capacity], what a rounded row is multiplied by
//   offsets  float32 [capacity], see `near`
// What is known of the neighbours of queries is another: distances float64 [capacity, k] and indices int32 [capacity, k], heaps with the
// worst on top, and thresholds float32 [capacity].

import { pack } from './matmul';

/** Elements that are summed on their own in float64, as CHUNK of kernels/neighbors.ts. */
const CHUNK = 28;
/** Squared length, in units, from which on no bound on rounding holds. */
const TOO_LONG: f64 = 1099511627776;
/** Queries that meet a panel of points while it is in the first cache. */
const GROUP = 64;

// @ts-ignore: decorator
@inline function factorsOf(rounded: usize, capacity: i32, numbers: i32): usize { return rounded + 2 * <usize>(capacity * numbers); }
// @ts-ignore: decorator
@inline function offsetsOf(rounded: usize, capacity: i32, numbers: i32): usize { return factorsOf(rounded, capacity, numbers) + 4 * capacity; }
// @ts-ignore: decorator
@inline function indicesOf(found: usize, capacity: i32, k: i32): usize { return found + 8 * <usize>(capacity * k); }
// @ts-ignore: decorator
@inline function thresholdsOf(found: usize, capacity: i32, k: i32): usize { return found + 12 * <usize>(capacity * k); }

/** The two numbers at `at` as float64. */
// @ts-ignore: decorator
@inline function two<T>(at: usize): v128 { return sizeof<T>() == 4 ? f64x2.promote_low_f32x4(v128.load64_zero(at)) : v128.load(at); }

/** Σ(xᵢ − cᵢ)² of a row. */
function squares<T>(row: usize, centre: usize, stride: i32): f64 {
  const size = sizeof<T>();
  let s = f64x2.splat(0), t = s;
  for (let end = row + size * stride; row < end; row += 4 * size, centre += 32) {
    const d = f64x2.sub(two<T>(row), v128.load(centre)), e = f64x2.sub(two<T>(row + 2 * size), v128.load(centre, 16));
    s = f64x2.add(s, f64x2.mul(d, d));
    t = f64x2.add(t, f64x2.mul(e, e));
  }
  s = f64x2.add(s, t);
  return f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
}

/** Are all numbers of a row finite? 0·x is 0, or NaN. */
function finite<T>(row: usize, stride: i32): bool {
  let s = f64x2.splat(0);
  const zero = s;
  for (let end = row + sizeof<T>() * stride; row < end; row += 2 * sizeof<T>()) s = f64x2.add(s, f64x2.mul(two<T>(row), zero));
  return f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1) == 0;
}

/** Two numbers (x − c)·f within ±most, rounded to whole numbers that are the low half of what is returned: 1.5·2⁵² leaves no place for fractions. */
// @ts-ignore: decorator
@inline function rounded<T>(row: usize, centre: usize, factor: v128, most: v128): v128 {
  const x = f64x2.mul(f64x2.sub(two<T>(row), v128.load(centre)), factor);
  return f64x2.add(f64x2.pmax(f64x2.pmin(x, most), f64x2.neg(most)), f64x2.splat(6755399441055744));
}

/** Rounds a row to 16 bits: X = (x − c)·factor. */
function quantize<T>(to: usize, row: usize, centre: usize, stride: i32, factor: f64, most: f64): void {
  const f = f64x2.splat(factor), m = f64x2.splat(most), next = 2 * sizeof<T>();
  for (let end = to + 2 * stride; to < end; to += 16, row += 4 * next, centre += 64) {
    const a = rounded<T>(row, centre, f, m), b = rounded<T>(row + next, centre + 16, f, m);
    const c = rounded<T>(row + 2 * next, centre + 32, f, m), d = rounded<T>(row + 3 * next, centre + 48, f, m);
    v128.store(to, i16x8.narrow_i32x4_s(v128.shuffle<i32>(a, b, 0, 2, 4, 6), v128.shuffle<i32>(c, d, 0, 2, 4, 6)));
  }
}

/** Rounds a row as `roundRows` says, and writes its factor and its offset. */
function roundRow<T>(sums: bool, row: usize, stride: i32, centre: usize, to: usize, factorAt: usize, offsetAt: usize, most: f64, unit: f64, keep: f64): void {
  const length = squares<T>(row, centre, stride);
  let factor = sums ? 1 / unit : length > 0 ? most / sqrt(length) : 0;
  let offset = sums ? 0 : 0.5 * keep * length / unit / unit;
  if (!(length < Infinity)) {
    factor = 0;
    offset = finite<T>(row, stride) ? -Infinity : Infinity;
  } else if (offset > TOO_LONG) {
    factor = 0;
    offset = -Infinity;
  }
  if (factor == 0) memory.fill(to, 0, 2 * stride);
  else quantize<T>(to, row, centre, stride, factor, most);
  store<f32>(factorAt, <f32>(sums ? keep : factor > 0 ? 1 / (factor * unit) : 0));
  store<f32>(offsetAt, <f32>offset);
}

/** Sums up four neighbouring numbers x − c each, times `weight`. A row too long for the bound on their rounding becomes one for no bound. */
function foldRow<T>(to: usize, row: usize, stride: i32, centre: usize, weight: f64, unit: f64): void {
  const size = sizeof<T>(), w = f64x2.splat(weight);
  const tooLong = squares<T>(row, centre, stride) / unit / unit > TOO_LONG;
  for (let i = 0, at = to; i < stride; i += 8, at += 16, row += 8 * size, centre += 64) {
    const a = f64x2.sub(two<T>(row), v128.load(centre)), b = f64x2.sub(two<T>(row + 2 * size), v128.load(centre, 16));
    const c = f64x2.sub(two<T>(row + 4 * size), v128.load(centre, 32)), d = f64x2.sub(two<T>(row + 6 * size), v128.load(centre, 48));
    const ab = f64x2.add(a, b), cd = f64x2.add(c, d);
    v128.store(at, f64x2.mul(w, f64x2.add(v128.shuffle<f64>(ab, cd, 0, 2), v128.shuffle<f64>(ab, cd, 1, 3))));
  }
  if (tooLong) store<f64>(to, f64.MAX_VALUE);
}

/**
 * Rounds `count` rows; `side` of them are packed together. `folded`: four neighbouring numbers are summed up first.
 * sums = false: for squares of differences. Each row gets a factor of its own, so that its length becomes `most`; its offset is keep/2·|x − c|².
 * sums = true: for absolute differences. 1/unit for all, and what is larger than `most` is cut off; factors are keep and offsets 0.
 * A row that is not finite has no finite distance: it becomes 0 with the offset ∞. One that is longer than any sane one is never skipped:
 * offset −∞. `room` holds 8 rounded rows, and two rows of float64.
 */
function roundRows<T>(sums: bool, folded: bool, rows: usize, count: i32, stride: i32, centre: usize, to: usize, capacity: i32, side: i32, room: usize, most: f64, unit: f64, keep: f64): void {
  const numbers = folded ? ((stride >> 2) + 7) & ~7 : stride;
  const factors = factorsOf(to, capacity, numbers), offsets = offsetsOf(to, capacity, numbers);
  const fold = room + 16 * stride, origin = fold + 8 * stride;
  memory.fill(fold, 0, 16 * stride);
  for (let r = 0; r < count; r += side) {
    const several = min(side, count - r);
    for (let i = 0; i < several; i++) {
      const row = rows + sizeof<T>() * <usize>((r + i) * stride), at = 4 * (r + i), rounded = room + 2 * <usize>(i * numbers);
      if (folded) {
        foldRow<T>(fold, row, stride, centre, sums ? 1 : 0.5, unit);
        roundRow<f64>(sums, fold, numbers, origin, rounded, factors + at, offsets + at, most, unit, keep);
      } else roundRow<T>(sums, row, stride, centre, rounded, factors + at, offsets + at, most, unit, keep);
    }
    pack<i32>(to + 2 * <usize>(r * numbers), room, several, numbers / 2, numbers / 2, 1, side);
  }
}

/** A distance as kernels/neighbors.ts sums it, bit for bit; ∞ as soon as it exceeds `limit`, and for NaN. */
function measure<T>(sums: bool, a: usize, b: usize, width: i32, limit: f64): f64 {
  const size = sizeof<T>();
  let total: f64 = 0;
  for (let left = width; left > 0; left -= CHUNK) {
    const n = min(left, CHUNK);
    let s = f64x2.splat(0), t = s;
    let i = 0;
    for (; i + 4 <= n; i += 4, a += 4 * size, b += 4 * size) {
      const d = f64x2.sub(two<T>(a), two<T>(b)), e = f64x2.sub(two<T>(a + 2 * size), two<T>(b + 2 * size));
      s = f64x2.add(s, sums ? f64x2.abs(d) : f64x2.mul(d, d));
      t = f64x2.add(t, sums ? f64x2.abs(e) : f64x2.mul(e, e));
    }
    let first = f64x2.extract_lane(s, 0);
    for (; i < n; i++, a += size, b += size) {
      const d = <f64>load<T>(a) - <f64>load<T>(b);
      first += sums ? abs(d) : d * d;
    }
    total += first + f64x2.extract_lane(s, 1) + (f64x2.extract_lane(t, 0) + f64x2.extract_lane(t, 1));
    if (total > limit) return Infinity;
  }
  return total == total ? total : Infinity;
}

/** Of two of the k best, is the first the worse one: farther away or, equally far, with the larger index? */
// @ts-ignore: decorator
@inline function worse(d: f64, i: i32, e: f64, j: i32): bool { return d > e || (d == e && i > j); }

/** Puts a neighbour into the heap of `size` at place `at`, or further down, where it belongs. */
function sink(distances: usize, indices: usize, at: i32, size: i32, distance: f64, index: i32): void {
  for (;;) {
    let child = 2 * at + 1;
    if (child >= size) break;
    let d = load<f64>(distances + 8 * child), i = load<i32>(indices + 4 * child);
    if (child + 1 < size) {
      const e = load<f64>(distances + 8 * child, 8), j = load<i32>(indices + 4 * child, 4);
      if (worse(e, j, d, i)) { d = e; i = j; child++; }
    }
    if (!worse(d, i, distance, index)) break;
    store<f64>(distances + 8 * at, d);
    store<i32>(indices + 4 * at, i);
    at = child;
  }
  store<f64>(distances + 8 * at, distance);
  store<i32>(indices + 4 * at, index);
}

/** A bit for each of four pairs that may be near: estimate = product of the rounded rows · factors − offset, not below the threshold; not for NaN. */
// @ts-ignore: decorator
@inline function near(products: v128, factors: v128, offsets: v128, factor: v128, threshold: v128): i32 {
  const estimates = f32x4.sub(f32x4.mul(f32x4.mul(f32x4.convert_i32x4_s(products), factors), factor), offsets);
  return i32x4.bitmask(v128.not(f32x4.lt(estimates, threshold)));
}

/** Σ X·P, or −Σ|X − P|, of two pairs of numbers of four rows each, added to c. */
// @ts-ignore: decorator
@inline function dot(x: v128, p: v128, c: v128): v128 { return i32x4.add(c, i32x4.dot_i16x8_s(x, p)); }
// @ts-ignore: decorator
@inline function apart(x: v128, p: v128, c: v128): v128 { return i32x4.add(c, i32x4.dot_i16x8_s(i16x8.abs(i16x8.sub(x, p)), i16x8.splat(-1))); }

/** Which of 4 queries (a panel at `a`) and 8 points (at `b`) may be near: bit 8·query + point. */
function tile(sums: bool, words: i32, a: usize, b: usize, queryFactors: usize, thresholds: usize, pointFactors: usize, offsets: usize): u32 {
  let c00 = i32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  if (sums) {
    for (let i = 0; i < words; i++, a += 16, b += 32) {
      const b0 = v128.load(b), b1 = v128.load(b, 16);
      let x = v128.load32_splat(a);
      c00 = apart(x, b0, c00); c01 = apart(x, b1, c01);
      x = v128.load32_splat(a, 4);
      c10 = apart(x, b0, c10); c11 = apart(x, b1, c11);
      x = v128.load32_splat(a, 8);
      c20 = apart(x, b0, c20); c21 = apart(x, b1, c21);
      x = v128.load32_splat(a, 12);
      c30 = apart(x, b0, c30); c31 = apart(x, b1, c31);
    }
  } else {
    for (let i = 0; i < words; i++, a += 16, b += 32) {
      const b0 = v128.load(b), b1 = v128.load(b, 16);
      let x = v128.load32_splat(a);
      c00 = dot(x, b0, c00); c01 = dot(x, b1, c01);
      x = v128.load32_splat(a, 4);
      c10 = dot(x, b0, c10); c11 = dot(x, b1, c11);
      x = v128.load32_splat(a, 8);
      c20 = dot(x, b0, c20); c21 = dot(x, b1, c21);
      x = v128.load32_splat(a, 12);
      c30 = dot(x, b0, c30); c31 = dot(x, b1, c31);
    }
  }
  const f0 = v128.load(pointFactors), f1 = v128.load(pointFactors, 16), o0 = v128.load(offsets), o1 = v128.load(offsets, 16);
  let f = v128.load32_splat(queryFactors), t = v128.load32_splat(thresholds);
  let mask = near(c00, f0, o0, f, t) | (near(c01, f1, o1, f, t) << 4);
  f = v128.load32_splat(queryFactors, 4); t = v128.load32_splat(thresholds, 4);
  mask |= (near(c10, f0, o0, f, t) << 8) | (near(c11, f1, o1, f, t) << 12);
  f = v128.load32_splat(queryFactors, 8); t = v128.load32_splat(thresholds, 8);
  mask |= (near(c20, f0, o0, f, t) << 16) | (near(c21, f1, o1, f, t) << 20);
  f = v128.load32_splat(queryFactors, 12); t = v128.load32_splat(thresholds, 12);
  return mask | (near(c30, f0, o0, f, t) << 24) | (near(c31, f1, o1, f, t) << 28);
}

/**
 * Offers `count` points, the first of them with the index `first`, to the queries from … to (`from` a multiple of 4).
 * Queries do not know of each other: ranges that do not overlap may be searched at the same time, and how they are cut changes nothing.
 * A pair is skipped when its estimate is below offset of the query − limit·scale − slack, where limit is the k-th best distance so far.
 * Returns how many pairs were not.
 */
function searchBlock<T>(sums: bool, from: i32, to: i32, queryRows: usize, pointRows: usize, stride: i32, width: i32, queries: usize, queryCapacity: i32, points: usize, pointCapacity: i32, numbers: i32, count: i32, first: i32, found: usize, k: i32, scale: f64, slack: f64): i32 {
  const queryFactors = factorsOf(queries, queryCapacity, numbers), pointFactors = factorsOf(points, pointCapacity, numbers);
  const queryOffsets = offsetsOf(queries, queryCapacity, numbers), pointOffsets = offsetsOf(points, pointCapacity, numbers);
  const indices = indicesOf(found, queryCapacity, k), thresholds = thresholdsOf(found, queryCapacity, k);
  let measured = 0;
  for (let q = from; q < to; q++) store<f32>(thresholds + 4 * q, threshold(load<f32>(queryOffsets + 4 * q), load<f64>(found + 8 * <usize>(q * k)), scale, slack));
  for (let group = from; group < to; group += GROUP) {
    for (let p = 0; p < count; p += 8) {
      const panel = points + 2 * <usize>(p * numbers);
      for (let q = group, end = min(group + GROUP, to); q < end; q += 4) {
        let mask = tile(sums, numbers >> 1, queries + 2 * <usize>(q * numbers), panel, queryFactors + 4 * q, thresholds + 4 * q, pointFactors + 4 * p, pointOffsets + 4 * p);
        for (; mask != 0; mask &= mask - 1) {
          const bit = <i32>ctz(mask), query = q + (bit >> 3), point = p + (bit & 7);
          if (query >= to || point >= count) continue;
          measured++;
          const distances = found + 8 * <usize>(query * k), places = indices + 4 * <usize>(query * k);
          const limit = load<f64>(distances);
          const distance = measure<T>(sums, queryRows + sizeof<T>() * <usize>(query * stride), pointRows + sizeof<T>() * <usize>(point * stride), width, limit);
          if (!worse(limit, load<i32>(places), distance, first + point)) continue;
          sink(distances, places, 0, k, distance, first + point);
          store<f32>(thresholds + 4 * query, threshold(load<f32>(queryOffsets + 4 * query), load<f64>(distances), scale, slack));
        }
      }
    }
  }
  return measured;
}

/** What an estimate must reach: the number just below in float32. NaN, which skips nothing, for a query that is not finite. */
// @ts-ignore: decorator
@inline function threshold(offset: f32, limit: f64, scale: f64, slack: f64): f32 {
  const t = <f64>offset - limit * scale - slack;
  return <f32>(t - abs(t) * 0.0000002);
}

/** Nothing found yet: k neighbours infinitely far away, with an index behind all others. */
export function noNeighbors(from: i32, to: i32, found: usize, capacity: i32, k: i32, none: i32): void {
  const indices = indicesOf(found, capacity, k);
  for (let i = from * k; i < to * k; i++) {
    store<f64>(found + 8 * i, Infinity);
    store<i32>(indices + 4 * i, none);
  }
}

/** Sorts the heaps of queries from … to: nearest first. */
export function sortNeighbors(from: i32, to: i32, found: usize, capacity: i32, k: i32): void {
  for (let q = from; q < to; q++) {
    const distances = found + 8 * <usize>(q * k), indices = indicesOf(found, capacity, k) + 4 * <usize>(q * k);
    for (let size = k - 1; size > 0; size--) {
      const d = load<f64>(distances + 8 * size), i = load<i32>(indices + 4 * size);
      store<f64>(distances + 8 * size, load<f64>(distances));
      store<i32>(indices + 4 * size, load<i32>(indices));
      sink(distances, indices, 0, size, d, i);
    }
  }
}

export function roundRows32(sums: bool, folded: bool, rows: usize, count: i32, stride: i32, centre: usize, to: usize, capacity: i32, side: i32, room: usize, most: f64, unit: f64, keep: f64): void {
  roundRows<f32>(sums, folded, rows, count, stride, centre, to, capacity, side, room, most, unit, keep);
}

export function roundRows64(sums: bool, folded: bool, rows: usize, count: i32, stride: i32, centre: usize, to: usize, capacity: i32, side: i32, room: usize, most: f64, unit: f64, keep: f64): void {
  roundRows<f64>(sums, folded, rows, count, stride, centre, to, capacity, side, room, most, unit, keep);
}

/** Where a search by threads is told what to do: the arguments of searchBlock, 8 bytes each, behind what belongs to the team of threads. */
const TOLD: usize = 64;
/** Where each thread says how many pairs it measured. */
const MEASURED: usize = TOLD + 8 * 19;

// @ts-ignore: decorator
@inline function told(i: i32): i32 {
  return load<i32>(TOLD + 8 * i);
}

function searchQueries<T>(from: i32, to: i32): i32 {
  return searchBlock<T>(told(0) != 0, from, to, told(3), told(4), told(5), told(6), told(7), told(8), told(9), told(10), told(11), told(12), told(13), told(14), told(15), load<f64>(TOLD + 8 * 16), load<f64>(TOLD + 8 * 17));
}

/** A thread's queries, in groups of 4; rows are of numbers with as many bytes as the last argument says. */
export function searchPart(thread: i32, threads: i32): void {
  const first = told(1), to = told(2);
  const each = ((((to - first + 3) >> 2) + threads - 1) / threads) << 2;
  const from = min(first + thread * each, to), end = min(from + each, to);
  store<i32>(MEASURED + 4 * thread, from == end ? 0 : told(18) == 4 ? searchQueries<f32>(from, end) : searchQueries<f64>(from, end));
}
