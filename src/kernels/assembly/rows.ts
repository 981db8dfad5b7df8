// AssemblyScript: kernels that work along the last axis row by row, and copies that turn an axis around.
// Every kernel takes the first part that it computes, the one behind the last, and then where its output lies. Parts (rows, or runs outside an
// axis) do not touch each other: any split gives the same numbers.

/** e^x of four float32 x ≤ 0 to 2 ulp: x = n·ln 2 + r, e^r by a polynomial (Cephes), 2^n by the exponent's bits. Below −87 it is 0. */
// @ts-ignore: decorator
@inline
function exp32(x: v128): v128 {
  const magic = f32x4.splat(12582912); // 1.5·2^23: adding it rounds, and leaves n in the low bits
  const c = f32x4.pmax(x, f32x4.splat(-87));
  const k = f32x4.add(f32x4.mul(c, f32x4.splat(1.44269504088896341)), magic);
  const n = f32x4.sub(k, magic);
  const r = f32x4.sub(f32x4.sub(c, f32x4.mul(n, f32x4.splat(0.693359375))), f32x4.mul(n, f32x4.splat(-2.1219444e-4)));
  let p = f32x4.add(f32x4.mul(f32x4.splat(1.98756915e-4), r), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  p = f32x4.add(f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), r), f32x4.splat(1));
  return v128.andnot(i32x4.add(p, i32x4.shl(k, 23)), f32x4.lt(x, f32x4.splat(-87)));
}

/** e^x of two float64 x ≤ 0 to 1 ulp, by the rational form of fdlibm. Below −708 it is 0. */
// @ts-ignore: decorator
@inline
function exp64(x: v128): v128 {
  const magic = f64x2.splat(6755399441055744); // 1.5·2^52
  const c = f64x2.pmax(x, f64x2.splat(-708));
  const k = f64x2.add(f64x2.mul(c, f64x2.splat(1.44269504088896338700)), magic);
  const n = f64x2.sub(k, magic);
  const high = f64x2.sub(c, f64x2.mul(n, f64x2.splat(6.93147180369123816490e-1)));
  const low = f64x2.mul(n, f64x2.splat(1.90821492927058770002e-10));
  const r = f64x2.sub(high, low);
  const t = f64x2.mul(r, r);
  let p = f64x2.add(f64x2.mul(t, f64x2.splat(4.13813679705723846039e-8)), f64x2.splat(-1.65339022054652515390e-6));
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(6.61375632143793436117e-5));
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(-2.77777777770155933842e-3));
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(1.66666666666666019037e-1));
  const q = f64x2.sub(r, f64x2.mul(t, p));
  const y = f64x2.sub(f64x2.splat(1), f64x2.sub(f64x2.sub(low, f64x2.div(f64x2.mul(r, q), f64x2.sub(f64x2.splat(2), q))), high));
  return v128.andnot(i64x2.add(y, i64x2.shl(k, 52)), f64x2.lt(x, f64x2.splat(-708)));
}

/** What is left of a row behind its last whole vector, filled up with −∞. */
// @ts-ignore: decorator
@inline
function rest<T>(x: usize, left: i32): v128 {
  let v = v128.splat<T>(<T>-Infinity);
  if (left > 0) v = v128.replace_lane<T>(v, 0, load<T>(x));
  if (sizeof<T>() == 4) {
    if (left > 1) v = v128.replace_lane<T>(v, 1, load<T>(x, 4));
    if (left > 2) v = v128.replace_lane<T>(v, 2, load<T>(x, 8));
  }
  return v;
}

/** The larger one; NaN wins. */
// @ts-ignore: decorator
@inline
function larger(a: f64, b: f64): f64 {
  return b > a || b != b ? b : a;
}

/** The largest of the lanes; NaN wins. */
// @ts-ignore: decorator
@inline
function largest<T>(v: v128): f64 {
  if (sizeof<T>() == 8) return larger(f64x2.extract_lane(v, 0), f64x2.extract_lane(v, 1));
  const low = larger(f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1));
  return larger(low, larger(f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)));
}

/** Terms e^d, added to two sums in float64. */
// @ts-ignore: decorator
@inline
function plus<T>(sum: v128, d: v128, ties: v128): v128 {
  if (sizeof<T>() == 8) return f64x2.add(sum, v128.andnot(exp64(d), ties));
  const e = v128.andnot(exp32(d), ties);
  return f64x2.add(sum, f64x2.add(f64x2.promote_low_f32x4(e), f64x2.promote_low_f32x4(i32x4.shuffle(e, e, 2, 3, 2, 3))));
}

/**
 * log Σ exp of a row: m + log1p(Σ of the others), so that tiny rests are not lost. All that equal the largest are counted, and one of them is
 * the m; terms are vectors, sums float64.
 */
// @ts-ignore: decorator
@inline
function logSumExp<T>(x: usize, n: i32): f64 {
  const width = 16 / <i32>sizeof<T>();
  const end = x + <usize>(n & -width) * sizeof<T>();
  const tail = rest<T>(end, n & (width - 1));
  let top = tail;
  for (let p = x; p < end; p += 16) top = v128.pmax<T>(top, v128.load(p));
  const m = largest<T>(top);
  // −∞, ∞ or NaN; a NaN that the vectors passed over shows in the sum, unless the rest is not finite
  if (!(m - m == 0)) {
    let all = <f64>-Infinity;
    for (let i = 0; i < n; i++) all = larger(all, <f64>load<T>(x + <usize>i * sizeof<T>()));
    return all;
  }
  const largestOnes = v128.splat<T>(<T>m);
  const zero = v128.splat<T>(<T>0);
  let d = v128.sub<T>(tail, largestOnes);
  let ties = v128.eq<T>(d, zero);
  let count = ties; // −1 a tie
  let sum = plus<T>(f64x2.splat(0), d, ties);
  for (let p = x; p < end; p += 16) {
    d = v128.sub<T>(v128.load(p), largestOnes);
    ties = v128.eq<T>(d, zero);
    count = sizeof<T>() == 4 ? i32x4.add(count, ties) : i64x2.add(count, ties);
    sum = plus<T>(sum, d, ties);
  }
  let equal: i64;
  if (sizeof<T>() == 8) equal = i64x2.extract_lane(count, 0) + i64x2.extract_lane(count, 1);
  else equal = <i64>(i32x4.extract_lane(count, 0) + i32x4.extract_lane(count, 1) + i32x4.extract_lane(count, 2) + i32x4.extract_lane(count, 3));
  return m + Math.log1p(<f64>(-equal - 1) + (f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1)));
}

export function logsumexpF32(from: i32, to: i32, out: usize, x: usize, n: i32): void {
  for (let r = from; r < to; r++) store<f32>(out + 4 * <usize>r, <f32>logSumExp<f32>(x + 4 * <usize>r * n, n));
}

export function logsumexpF64(from: i32, to: i32, out: usize, x: usize, n: i32): void {
  for (let r = from; r < to; r++) store<f64>(out + 8 * <usize>r, logSumExp<f64>(x + 8 * <usize>r * n, n));
}

/** Index of the first largest (or smallest) of n elements; the first NaN wins. */
// @ts-ignore: decorator
@inline
function argumentOf<T>(x: usize, n: i32, least: bool): i32 {
  const width = 16 / <i32>sizeof<T>();
  const whole = n & -width;
  let best = load<T>(x);
  let at = 0;
  if (whole > width) {
    // what the extreme element is, then where it is first
    let top = v128.load(x);
    let nan = v128.ne<T>(top, top);
    for (let i = 0; i < whole; i += width) {
      const v = v128.load(x + <usize>i * sizeof<T>());
      top = least ? v128.pmin<T>(top, v) : v128.pmax<T>(top, v);
      nan = v128.or(nan, v128.ne<T>(v, v));
    }
    const found = v128.any_true(nan);
    best = <T>(least ? -largest<T>(v128.neg<T>(top)) : largest<T>(top));
    const extreme = v128.splat<T>(best);
    for (; ; at += width) {
      const v = v128.load(x + <usize>at * sizeof<T>());
      if (v128.any_true(found ? v128.ne<T>(v, v) : v128.eq<T>(v, extreme))) break;
    }
    for (; ; at++) {
      const v = load<T>(x + <usize>at * sizeof<T>());
      if (found ? v != v : v == best) break;
    }
    if (found) return at;
  }
  for (let j = whole > width ? whole : 1; j < n && best == best; j++) {
    const v = load<T>(x + <usize>j * sizeof<T>());
    if ((least ? v < best : v > best) || v != v) {
      best = v;
      at = j;
    }
  }
  return at;
}

// @ts-ignore: decorator
@inline
function argument<T>(from: i32, to: i32, out: usize, x: usize, n: i32, least: bool): void {
  for (let r = from; r < to; r++) store<i32>(out + 4 * <usize>r, argumentOf<T>(x + <usize>r * n * sizeof<T>(), n, least));
}

export function argmaxF32(from: i32, to: i32, out: usize, x: usize, n: i32): void {
  argument<f32>(from, to, out, x, n, false);
}

export function argmaxF64(from: i32, to: i32, out: usize, x: usize, n: i32): void {
  argument<f64>(from, to, out, x, n, false);
}

export function argminF32(from: i32, to: i32, out: usize, x: usize, n: i32): void {
  argument<f32>(from, to, out, x, n, true);
}

export function argminF64(from: i32, to: i32, out: usize, x: usize, n: i32): void {
  argument<f64>(from, to, out, x, n, true);
}

/** Linear recurrence along each row: s_k = a_k·s_{k−1} + b_k with s_{−1} = 0, carried in float64. */
// @ts-ignore: decorator
@inline
function recurrence<T>(from: i32, to: i32, out: usize, a: usize, b: usize, n: i32): void {
  for (let r = from; r < to; r++) {
    let s: f64 = 0;
    const start = <usize>r * n * sizeof<T>();
    for (let i = start, end = start + <usize>n * sizeof<T>(); i < end; i += sizeof<T>()) {
      s = i == start ? <f64>load<T>(b + i) : <f64>load<T>(a + i) * s + <f64>load<T>(b + i);
      store<T>(out + i, <T>s);
    }
  }
}

export function recurrenceF32(from: i32, to: i32, out: usize, a: usize, b: usize, n: i32): void {
  recurrence<f32>(from, to, out, a, b, n);
}

export function recurrenceF64(from: i32, to: i32, out: usize, a: usize, b: usize, n: i32): void {
  recurrence<f64>(from, to, out, a, b, n);
}

/** An axis of length n the other way round; elements inside it stay together. Parts are what lies outside the axis. */
// @ts-ignore: decorator
@inline
function flip<T>(from: i32, to: i32, out: usize, x: usize, n: i32, inner: i32): void {
  const run = <usize>inner * sizeof<T>();
  const whole = <usize>n * run;
  for (let o = from; o < to; o++) {
    let target = out + <usize>o * whole;
    for (let j = n - 1; j >= 0; j--) {
      const source = x + <usize>o * whole + <usize>j * run;
      for (let i: usize = 0; i < run; i += sizeof<T>()) store<T>(target + i, load<T>(source + i));
      target += run;
    }
  }
}

export function flip1(from: i32, to: i32, out: usize, x: usize, n: i32, inner: i32): void {
  flip<u8>(from, to, out, x, n, inner);
}

export function flip4(from: i32, to: i32, out: usize, x: usize, n: i32, inner: i32): void {
  flip<u32>(from, to, out, x, n, inner);
}

export function flip8(from: i32, to: i32, out: usize, x: usize, n: i32, inner: i32): void {
  flip<u64>(from, to, out, x, n, inner);
}

/** Numbers as int32, rounded towards 0: the position of the first that int32 cannot hold, or −1. */
// @ts-ignore: decorator
@inline
function truncate<T>(from: i32, to: i32, out: usize, x: usize): i32 {
  for (let i = from; i < to; i++) {
    const v = trunc(<f64>load<T>(x + <usize>i * sizeof<T>()));
    if (!(v >= -2147483648 && v <= 2147483647)) return i;
    store<i32>(out + 4 * <usize>i, <i32>v);
  }
  return -1;
}

export function truncateF32(from: i32, to: i32, out: usize, x: usize): i32 {
  return truncate<f32>(from, to, out, x);
}

export function truncateF64(from: i32, to: i32, out: usize, x: usize): i32 {
  return truncate<f64>(from, to, out, x);
}
