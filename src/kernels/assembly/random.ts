// AssemblyScript: random numbers, Threefry-2x32 with 20 rounds, four counters at once: the bits of src/kernels/random.ts.
// Elements `from` … `to` − 1 of a draw are written; the draw's first counter, 64 bits, lies in memory at `counter`.

type Kind = i32;
const UNIFORM: Kind = 0;
const NORMAL: Kind = 1;
const INTEGERS: Kind = 2;

// @ts-ignore: decorator
@inline
function turned(v: v128, by: i32): v128 {
  return v128.or(i32x4.shl(v, by), i32x4.shr_u(v, 32 - by));
}

/** Natural logarithm of a normal positive double by + − × ÷ alone: x = m·2^e, log m = 2·atanh((m−1)/(m+1)). */
function portableLog(x: f64): f64 {
  const bits = reinterpret<u64>(x);
  let e = <f64>(<i32>((bits >> 52) & 0x7ff) - 1023);
  let m = reinterpret<f64>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  if (m > 1.4142135623730951) {
    m /= 2;
    e += 1;
  }
  const t = (m - 1) / (m + 1);
  const s = t * t;
  let series: f64 = 0;
  for (let k: f64 = 23; k >= 3; k -= 2) series = (series + 1 / k) * s;
  return e * 0.6931471805599453 + 2 * (t + t * series);
}

/** Horner's scheme of degree 7, highest power first. */
// @ts-ignore: decorator
@inline
function polynomial(r: f64, a: f64, b: f64, c: f64, d: f64, e: f64, f: f64, g: f64, h: f64): f64 {
  return ((((((a * r + b) * r + c) * r + d) * r + e) * r + f) * r + g) * r + h;
}

/** Quantile of the standard normal distribution: algorithm AS 241 (Wichura 1988). */
function normalQuantile(p: f64): f64 {
  const q = p - 0.5;
  if (abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (
      (q * polynomial(r, 2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457, 13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608)) /
      polynomial(r, 5226.495278852854561, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867, 5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1)
    );
  }
  let r = sqrt(-portableLog(q < 0 ? p : 1 - p));
  let z: f64;
  if (r <= 5) {
    r -= 1.6;
    z =
      polynomial(r, 7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258, 3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734) /
      polynomial(r, 1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459, 0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1);
  } else {
    r -= 5;
    z =
      polynomial(r, 2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093, 0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772) /
      polynomial(r, 2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4, 0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1);
  }
  return q < 0 ? -z : z;
}

/** One number from a uniform one with 53 bits, written. */
// @ts-ignore: decorator
@inline
function put<T>(kind: Kind, to: usize, u: f64, low: f64, high: f64): void {
  if (kind == INTEGERS) store<T>(to, <T>(low + floor(u * (high - low))));
  // 0 has no quantile; 1 cannot occur
  else if (kind == NORMAL) store<T>(to, <T>(low + high * normalQuantile(max(u, 5.551115123125783e-17))));
  else {
    // 24 bits are exact in float32
    const v = <T>(low + (high - low) * (sizeof<T>() == 4 ? floor(u * 16777216) / 16777216 : u));
    store<T>(to, <f64>v >= high ? <T>low : v);
  }
}

/** Two uniform numbers from the words in the first two lanes. */
// @ts-ignore: decorator
@inline
function uniform(x: v128, y: v128): v128 {
  const high = f64x2.convert_low_i32x4_u(i32x4.shr_u(x, 5));
  const low = f64x2.convert_low_i32x4_u(i32x4.shr_u(y, 6));
  return f64x2.mul(f64x2.add(f64x2.mul(high, f64x2.splat(67108864)), low), f64x2.splat(1.1102230246251565e-16));
}

// @ts-ignore: decorator
@inline
function fill<T>(kind: Kind, from: i32, to: i32, out: usize, counter: usize, key0: i32, key1: i32, low: f64, high: f64): void {
  const first = load<u64>(counter);
  for (let i = from; i < to; i += 4) {
    const c = first + <u64>i;
    let k0 = i32x4.splat(key0), k1 = i32x4.splat(key1), k2 = i32x4.splat(0x1bd11bda ^ key0 ^ key1);
    let x = i32x4.add(i32x4.splat(<i32>c), i32x4(0, 1, 2, 3));
    x = i32x4.add(x, k0);
    let y = i32x4(<i32>(c >> 32), <i32>((c + 1) >> 32), <i32>((c + 2) >> 32), <i32>((c + 3) >> 32));
    y = i32x4.add(y, k1);
    for (let block = 0; block < 5; block++) {
      if (block & 1) {
        x = i32x4.add(x, y); y = v128.xor(turned(y, 17), x);
        x = i32x4.add(x, y); y = v128.xor(turned(y, 29), x);
        x = i32x4.add(x, y); y = v128.xor(turned(y, 16), x);
        x = i32x4.add(x, y); y = v128.xor(turned(y, 24), x);
      } else {
        x = i32x4.add(x, y); y = v128.xor(turned(y, 13), x);
        x = i32x4.add(x, y); y = v128.xor(turned(y, 15), x);
        x = i32x4.add(x, y); y = v128.xor(turned(y, 26), x);
        x = i32x4.add(x, y); y = v128.xor(turned(y, 6), x);
      }
      x = i32x4.add(x, k1);
      y = i32x4.add(y, i32x4.add(k2, i32x4.splat(block + 1)));
      const k = k0;
      k0 = k1; k1 = k2; k2 = k;
    }
    const u = uniform(x, y);
    const v = uniform(i32x4.shuffle(x, x, 2, 3, 2, 3), i32x4.shuffle(y, y, 2, 3, 2, 3));
    const at = out + <usize>i * sizeof<T>();
    put<T>(kind, at, f64x2.extract_lane(u, 0), low, high);
    if (i + 1 < to) put<T>(kind, at + sizeof<T>(), f64x2.extract_lane(u, 1), low, high);
    if (i + 2 < to) put<T>(kind, at + 2 * sizeof<T>(), f64x2.extract_lane(v, 0), low, high);
    if (i + 3 < to) put<T>(kind, at + 3 * sizeof<T>(), f64x2.extract_lane(v, 1), low, high);
  }
}

export function uniformF32(from: i32, to: i32, out: usize, counter: usize, key0: i32, key1: i32, low: f64, high: f64): void {
  fill<f32>(UNIFORM, from, to, out, counter, key0, key1, low, high);
}

export function uniformF64(from: i32, to: i32, out: usize, counter: usize, key0: i32, key1: i32, low: f64, high: f64): void {
  fill<f64>(UNIFORM, from, to, out, counter, key0, key1, low, high);
}

export function normalF32(from: i32, to: i32, out: usize, counter: usize, key0: i32, key1: i32, mean: f64, std: f64): void {
  fill<f32>(NORMAL, from, to, out, counter, key0, key1, mean, std);
}

export function normalF64(from: i32, to: i32, out: usize, counter: usize, key0: i32, key1: i32, mean: f64, std: f64): void {
  fill<f64>(NORMAL, from, to, out, counter, key0, key1, mean, std);
}

export function randintI32(from: i32, to: i32, out: usize, counter: usize, key0: i32, key1: i32, low: f64, high: f64): void {
  fill<i32>(INTEGERS, from, to, out, counter, key0, key1, low, high);
}
