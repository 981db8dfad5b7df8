// AssemblyScript: square matrices in float64, one after another in row-major order. The arithmetic is that of src/kernels/linear-algebra.ts.
// Parts are the matrices of a batch. Kernels that a matrix can stop return its number, or −1.

// @ts-ignore: decorator
@inline
function at(m: usize, i: i32): usize {
  return m + 8 * <usize>i;
}

/** n numbers at `to` minus f times those at `from`. */
// @ts-ignore: decorator
@inline
function subtract(to: usize, from: usize, f: f64, n: i32): void {
  const end = to + 8 * <usize>n;
  const both = f64x2.splat(f);
  for (; to + 16 <= end; to += 16, from += 16) v128.store(to, f64x2.sub(v128.load(to), f64x2.mul(both, v128.load(from))));
  if (to < end) store<f64>(to, load<f64>(to) - f * load<f64>(from));
}

// @ts-ignore: decorator
@inline
function swap(a: usize, b: usize, n: i32): void {
  for (const end = a + 8 * <usize>n; a < end; a += 8, b += 8) {
    const v = load<f64>(a);
    store<f64>(a, load<f64>(b));
    store<f64>(b, v);
  }
}

/** Subtracts multiples of row k from the rows below it, and keeps the factors in column k. */
function eliminate(m: usize, n: i32, k: i32): void {
  const pivot = load<f64>(at(m, k * n + k));
  if (pivot == 0) return;
  for (let i = k + 1; i < n; i++) {
    const f = load<f64>(at(m, i * n + k)) / pivot;
    store<f64>(at(m, i * n + k), f);
    subtract(at(m, i * n + k + 1), at(m, k * n + k + 1), f, n - k - 1);
  }
}

/** Is v the better pivot? NaN is. */
// @ts-ignore: decorator
@inline
function wins(v: f64, best: f64): bool {
  return abs(v) > abs(best) || (v != v && best == best);
}

/** Numbers that `factoriseF64` makes of an n×n matrix: L and U, the row that each was exchanged with, then det, sign, log |det|. */
// @ts-ignore: decorator
@inline
function room(n: i32): usize {
  return 8 * <usize>(n * n + n + 3);
}

export function factoriseF64(from: i32, to: i32, out: usize, a: usize, n: i32): void {
  for (let part = from; part < to; part++) {
    const lu = out + <usize>part * room(n);
    const exchanged = at(lu, n * n);
    memory.copy(lu, at(a, part * n * n), 8 * <usize>(n * n));
    // the determinant, its sign, and its size as mantissa·2^exponent, so that one logarithm is enough
    let sign: f64 = 1, det: f64 = 1, mantissa: f64 = 1, exponent: f64 = 0;
    for (let k = 0; k < n; k++) {
      let best = k;
      for (let i = k + 1; i < n; i++) if (wins(load<f64>(at(lu, i * n + k)), load<f64>(at(lu, best * n + k)))) best = i;
      store<f64>(at(exchanged, k), best);
      if (best != k) {
        swap(at(lu, best * n), at(lu, k * n), n);
        sign = -sign;
        det = -det;
      }
      eliminate(lu, n, k);
      const pivot = load<f64>(at(lu, k * n + k));
      det *= pivot;
      if (pivot < 0) sign = -sign;
      else if (!(pivot > 0)) sign *= pivot;
      let size = abs(pivot);
      if (size > 0 && size < Infinity) {
        if (size < 2.2250738585072014e-308) {
          size *= 18014398509481984; // 2^54: no longer a number of few digits
          exponent -= 54;
        }
        const bits = reinterpret<u64>(size);
        exponent += <f64>(<i32>(bits >> 52) - 1023);
        size = reinterpret<f64>((bits & 0xfffffffffffff) | 0x3ff0000000000000);
      }
      mantissa *= size;
      if (mantissa >= 2) {
        mantissa *= 0.5;
        exponent += 1;
      }
    }
    const end = at(exchanged, n);
    store<f64>(end, det);
    store<f64>(end, sign == 0 ? 0 : sign, 8); // never −0
    const log = mantissa > 0 && mantissa < Infinity ? Math.log1p(mantissa - 1) : mantissa == 0 ? <f64>-Infinity : mantissa;
    store<f64>(end, exponent * 0.69314718055994530942 + log, 16);
  }
}

/** X ← T⁻¹·X for n rows of k numbers; steps in elements from row to row and from column to column of T. */
function substitute(t: usize, row: i32, column: i32, n: i32, x: usize, k: i32, lower: bool, unit: bool): void {
  for (let s = 0; s < n; s++) {
    const i = lower ? s : n - 1 - s;
    const own = at(x, i * k);
    for (let u = 0; u < s; u++) {
      const j = lower ? u : n - 1 - u;
      subtract(own, at(x, j * k), load<f64>(at(t, i * row + j * column)), k);
    }
    if (unit) continue;
    const d = load<f64>(at(t, i * (row + column)));
    for (let c = 0; c < k; c++) store<f64>(at(own, c), load<f64>(at(own, c)) / d);
  }
}

function zeroOnDiagonal(m: usize, n: i32): bool {
  for (let i = 0; i < n; i++) if (load<f64>(at(m, i * (n + 1))) == 0) return true;
  return false;
}

/** X = A⁻¹·B, or A⁻ᵀ·B, from what `factoriseF64` made; `step` is 0 where all parts have one A. */
export function solveF64(from: i32, to: i32, out: usize, factors: usize, b: usize, n: i32, k: i32, step: i32, transposed: i32): i32 {
  const size: usize = 8 * <usize>(n * k);
  for (let part = from; part < to; part++) {
    const lu = factors + <usize>(part * step) * room(n);
    if (zeroOnDiagonal(lu, n)) return part;
    const exchanged = at(lu, n * n);
    const x = out + <usize>part * size;
    memory.copy(x, b + <usize>part * size, size);
    if (transposed) {
      substitute(lu, 1, n, n, x, k, true, false);
      substitute(lu, 1, n, n, x, k, false, true);
    }
    for (let s = 0; s < n; s++) {
      const i = transposed ? n - 1 - s : s;
      const other = <i32>load<f64>(at(exchanged, i));
      if (other != i) swap(at(x, i * k), at(x, other * k), k);
    }
    if (!transposed) {
      substitute(lu, n, 1, n, x, k, true, true);
      substitute(lu, n, 1, n, x, k, false, false);
    }
  }
  return -1;
}

/** X = T⁻¹·B, or T⁻ᵀ·B, for a triangle of each matrix; `step` is 0 where all parts have one matrix. */
export function triangleF64(from: i32, to: i32, out: usize, a: usize, b: usize, n: i32, k: i32, step: i32, lower: i32, transposed: i32): i32 {
  const size: usize = 8 * <usize>(n * k);
  for (let part = from; part < to; part++) {
    const t = at(a, part * step * n * n);
    if (zeroOnDiagonal(t, n)) return part;
    const x = out + <usize>part * size;
    memory.copy(x, b + <usize>part * size, size);
    if (transposed) substitute(t, 1, n, n, x, k, lower == 0, false);
    else substitute(t, n, 1, n, x, k, lower != 0, false);
  }
  return -1;
}

/** Lower triangles L with L·Lᵀ = (A + Aᵀ)/2. */
export function choleskyF64(from: i32, to: i32, out: usize, a: usize, n: i32): i32 {
  memory.fill(at(out, from * n * n), 0, 8 * <usize>((to - from) * n * n));
  for (let part = from; part < to; part++) {
    const source = at(a, part * n * n);
    const l = at(out, part * n * n);
    for (let r = 0; r < n; r++) {
      const own = at(l, r * n);
      for (let c = 0; c <= r; c++) {
        const other = at(l, c * n);
        const end: usize = 8 * <usize>c;
        let both = f64x2.splat(0);
        let k: usize = 0;
        for (; k + 16 <= end; k += 16) both = f64x2.add(both, f64x2.mul(v128.load(own + k), v128.load(other + k)));
        let dot = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
        if (k < end) dot += load<f64>(own + k) * load<f64>(other + k);
        const s = (load<f64>(at(source, r * n + c)) + load<f64>(at(source, c * n + r))) / 2 - dot;
        if (c < r) store<f64>(at(own, c), s / load<f64>(at(other, c)));
        else if (s > 0) store<f64>(at(own, r), sqrt(s));
        else return part;
      }
    }
  }
  return -1;
}

/** Brings the largest element from row and column k on to the diagonal; −1 to the number of exchanges. */
function pivotOfAll(m: usize, n: i32, k: i32, rows: usize, columns: usize): f64 {
  let r = k, c = k;
  for (let i = k; i < n; i++) {
    for (let j = k; j < n; j++) {
      if (wins(load<f64>(at(m, i * n + j)), load<f64>(at(m, r * n + c)))) {
        r = i;
        c = j;
      }
    }
  }
  swap(at(m, k * n), at(m, r * n), n);
  for (let i = 0; i < n; i++) swap(at(m, i * n + k), at(m, i * n + c), 1);
  swap(at(rows, k), at(rows, r), 1);
  swap(at(columns, k), at(columns, c), 1);
  return (r == k ? 1 : -1) * (c == k ? 1 : -1);
}

/** Cofactors, in the first n·n of the 3·n·n + 2·n numbers that every part has; the rest is room to work in. */
export function cofactorF64(from: i32, to: i32, out: usize, a: usize, n: i32): void {
  const all = n * n;
  for (let part = from; part < to; part++) {
    const c = at(out, part * (3 * all + 2 * n));
    const m = at(c, all), x = at(m, all), rows = at(x, all), columns = at(rows, n);
    memory.fill(c, 0, 8 * <usize>(3 * all));
    memory.copy(m, at(a, part * all), 8 * <usize>all);
    for (let k = 0; k < n; k++) {
      store<f64>(at(rows, k), k);
      store<f64>(at(columns, k), k);
    }
    const last = n - 1;
    let scale: f64 = 1;
    for (let k = 0; k < last; k++) {
      scale *= pivotOfAll(m, n, k, rows, columns);
      eliminate(m, n, k);
      scale *= load<f64>(at(m, k * (n + 1)));
      store<f64>(at(x, k * (n + 1)), 1);
    }
    if (scale == 0 || n == 0) continue;
    const d = load<f64>(at(m, all - 1));
    substitute(m, 1, n, last, x, n, true, false);
    store<f64>(at(x, all - 1), scale);
    for (let k = 0; k < last; k++) {
      const u = load<f64>(at(m, k * n + last)) * scale;
      for (let j = 0; j <= k; j++) {
        const own = at(x, k * n + j), below = at(x, last * n + j);
        store<f64>(below, load<f64>(below) - u * load<f64>(own));
        store<f64>(own, load<f64>(own) * (d * scale));
      }
    }
    substitute(m, 1, n, n, x, n, false, true);
    for (let k = 0; k < n; k++) {
      const row = at(c, <i32>load<f64>(at(rows, k)) * n);
      for (let j = 0; j < n; j++) store<f64>(at(row, <i32>load<f64>(at(columns, j))), load<f64>(at(x, k * n + j)));
    }
  }
}
