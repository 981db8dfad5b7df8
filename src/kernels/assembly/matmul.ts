// AssemblyScript: matrix products C[M,N] = op(A)·op(B) in linear memory, packed panels and a block of registers.
// A panel holds 4 rows of A (for each k the 4 numbers of a column), a panel of B 8 (float32) or 4 (float64) columns: both are read in order.
// Strides are in elements; pa and pb are room for the packed panels, tile for a block at the edge.

/** Depth of a packed block: a panel of B stays in the first cache. */
const KC = 256;
/** Rows of a packed block of A: it stays in the second cache. */
const MC = 64;

function madd32(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}

function madd64(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f64x2.relaxed_madd(a, b, c) : f64x2.add(f64x2.mul(a, b), c);
}

/** The 4×8 block C += A·B of float32, ldc in bytes; `first` overwrites. */
function block32(k: i32, a: usize, b: usize, c: usize, ldc: usize, first: bool): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  for (let i = 0; i < k; i++) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let x = v128.load_splat<f32>(a);
    c00 = madd32(x, b0, c00); c01 = madd32(x, b1, c01);
    x = v128.load_splat<f32>(a, 4);
    c10 = madd32(x, b0, c10); c11 = madd32(x, b1, c11);
    x = v128.load_splat<f32>(a, 8);
    c20 = madd32(x, b0, c20); c21 = madd32(x, b1, c21);
    x = v128.load_splat<f32>(a, 12);
    c30 = madd32(x, b0, c30); c31 = madd32(x, b1, c31);
    a += 16; b += 32;
  }
  if (!first) {
    let p = c;
    c00 = f32x4.add(c00, v128.load(p)); c01 = f32x4.add(c01, v128.load(p, 16)); p += ldc;
    c10 = f32x4.add(c10, v128.load(p)); c11 = f32x4.add(c11, v128.load(p, 16)); p += ldc;
    c20 = f32x4.add(c20, v128.load(p)); c21 = f32x4.add(c21, v128.load(p, 16)); p += ldc;
    c30 = f32x4.add(c30, v128.load(p)); c31 = f32x4.add(c31, v128.load(p, 16));
  }
  v128.store(c, c00); v128.store(c, c01, 16); c += ldc;
  v128.store(c, c10); v128.store(c, c11, 16); c += ldc;
  v128.store(c, c20); v128.store(c, c21, 16); c += ldc;
  v128.store(c, c30); v128.store(c, c31, 16);
}

/** The left half of a 4×8 block C = A·B of float32, for a panel with four columns or fewer. */
function half32(k: i32, a: usize, b: usize, c: usize, ldc: usize): void {
  let c0 = f32x4.splat(0), c1 = c0, c2 = c0, c3 = c0;
  for (let i = 0; i < k; i++) {
    const b0 = v128.load(b);
    c0 = madd32(v128.load_splat<f32>(a), b0, c0);
    c1 = madd32(v128.load_splat<f32>(a, 4), b0, c1);
    c2 = madd32(v128.load_splat<f32>(a, 8), b0, c2);
    c3 = madd32(v128.load_splat<f32>(a, 12), b0, c3);
    a += 16; b += 32;
  }
  v128.store(c, c0); v128.store(c + ldc, c1); v128.store(c + 2 * ldc, c2); v128.store(c + 3 * ldc, c3);
}

/** The 4×4 block C += A·B of float64. */
function block64(k: i32, a: usize, b: usize, c: usize, ldc: usize, first: bool): void {
  let c00 = f64x2.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  for (let i = 0; i < k; i++) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let x = v128.load_splat<f64>(a);
    c00 = madd64(x, b0, c00); c01 = madd64(x, b1, c01);
    x = v128.load_splat<f64>(a, 8);
    c10 = madd64(x, b0, c10); c11 = madd64(x, b1, c11);
    x = v128.load_splat<f64>(a, 16);
    c20 = madd64(x, b0, c20); c21 = madd64(x, b1, c21);
    x = v128.load_splat<f64>(a, 24);
    c30 = madd64(x, b0, c30); c31 = madd64(x, b1, c31);
    a += 32; b += 32;
  }
  if (!first) {
    let p = c;
    c00 = f64x2.add(c00, v128.load(p)); c01 = f64x2.add(c01, v128.load(p, 16)); p += ldc;
    c10 = f64x2.add(c10, v128.load(p)); c11 = f64x2.add(c11, v128.load(p, 16)); p += ldc;
    c20 = f64x2.add(c20, v128.load(p)); c21 = f64x2.add(c21, v128.load(p, 16)); p += ldc;
    c30 = f64x2.add(c30, v128.load(p)); c31 = f64x2.add(c31, v128.load(p, 16));
  }
  v128.store(c, c00); v128.store(c, c01, 16); c += ldc;
  v128.store(c, c10); v128.store(c, c11, 16); c += ldc;
  v128.store(c, c20); v128.store(c, c21, 16); c += ldc;
  v128.store(c, c30); v128.store(c, c31, 16);
}

/** Four lines of `k` numbers that lie side by side, `next` bytes apart, turned so that the four of a column are neighbours; columns are `row` bytes apart. */
function turn<T>(to: usize, from: usize, k: i32, next: i32, row: i32): void {
  const size = <i32>sizeof<T>();
  const n2 = 2 * next, n3 = 3 * next;
  let i = 0;
  if (sizeof<T>() == 4) {
    for (; i + 4 <= k; i += 4, from += 16) {
      const r0 = v128.load(from), r1 = v128.load(from + next), r2 = v128.load(from + n2), r3 = v128.load(from + n3);
      const a = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), b = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
      const c = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7), d = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
      v128.store(to, v128.shuffle<f32>(a, b, 0, 1, 4, 5)); to += row;
      v128.store(to, v128.shuffle<f32>(a, b, 2, 3, 6, 7)); to += row;
      v128.store(to, v128.shuffle<f32>(c, d, 0, 1, 4, 5)); to += row;
      v128.store(to, v128.shuffle<f32>(c, d, 2, 3, 6, 7)); to += row;
    }
  } else {
    for (; i + 2 <= k; i += 2, from += 16) {
      const r0 = v128.load(from), r1 = v128.load(from + next), r2 = v128.load(from + n2), r3 = v128.load(from + n3);
      v128.store(to, v128.shuffle<f64>(r0, r1, 0, 2)); v128.store(to, v128.shuffle<f64>(r2, r3, 0, 2), 16); to += row;
      v128.store(to, v128.shuffle<f64>(r0, r1, 1, 3)); v128.store(to, v128.shuffle<f64>(r2, r3, 1, 3), 16); to += row;
    }
  }
  for (; i < k; i++, from += size, to += row) {
    store<T>(to, load<T>(from));
    store<T>(to + size, load<T>(from + next));
    store<T>(to + 2 * size, load<T>(from + n2));
    store<T>(to + 3 * size, load<T>(from + n3));
  }
}

/** Packs `lines` lines of `k` numbers into panels of `width`, the last one filled up with 0; a step along a line is `step`, to the next line `next`. */
export function pack<T>(to: usize, from: usize, lines: i32, k: i32, next: i32, step: i32, width: i32): void {
  const size = <i32>sizeof<T>();
  const along = step * size;
  for (let l = 0; l < lines; l += width) {
    const most = min(width, lines - l);
    let start = from + <usize>(l * next * size);
    if (most == width && next == 1) {
      // whole panels of lines that lie side by side
      for (let i = 0; i < k; i++, start += along) for (let j = 0; j < width * size; j += 16, to += 16) v128.store(to, v128.load(start + j));
    } else if (most == width && step == 1 && (width & 3) == 0) {
      for (let group = 0; group < width; group += 4) turn<T>(to + group * size, start + <usize>(group * next * size), k, next * size, width * size);
      to += <usize>(k * width * size);
    } else if (most == width && width == 4) {
      const n1 = next * size, n2 = 2 * n1, n3 = 3 * n1;
      for (let i = 0; i < k; i++, start += along, to += 4 * size) {
        store<T>(to, load<T>(start));
        store<T>(to + size, load<T>(start + n1));
        store<T>(to + 2 * size, load<T>(start + n2));
        store<T>(to + 3 * size, load<T>(start + n3));
      }
    } else {
      for (let i = 0; i < k; i++, start += along) {
        for (let j = 0; j < width; j++, to += size) store<T>(to, j < most ? load<T>(start + <usize>(j * next * size)) : <T>0);
      }
    }
  }
}

/** Rows of C that are complete: + bias where its address is not 0, and what is negative made 0; NaN stays. */
function finish<T>(C: usize, cr: i32, rows: i32, n: i32, bias: usize, relu: i32): void {
  const size = <i32>sizeof<T>();
  const zero = v128.splat<T>(<T>0);
  const whole = n & -(16 / size);
  for (let r = 0; r < rows; r++, C += <usize>(cr * size)) {
    for (let j = 0; j < whole * size; j += 16) {
      let c = v128.load(C + j);
      if (bias) c = v128.add<T>(c, v128.load(bias + j));
      if (relu) c = v128.andnot(c, v128.le<T>(c, zero));
      v128.store(C + j, c);
    }
    for (let j = whole * size; j < n * size; j += size) {
      let c = load<T>(C + j);
      if (bias) c += load<T>(bias + j);
      if (relu && c <= <T>0) c = <T>0;
      store<T>(C + j, c);
    }
  }
}

/** What a block of rows that is computed beside gives to C: `width` bytes a row there, n numbers here. */
function give<T>(from: usize, width: i32, C: usize, cr: i32, rows: i32, n: i32, first: bool): void {
  const size = <i32>sizeof<T>();
  const whole = n & -(16 / size);
  for (let r = 0; r < rows; r++, from += width, C += <usize>(cr * size)) {
    for (let j = 0; j < whole * size; j += 16) {
      const value = v128.load(from + j);
      v128.store(C + j, first ? value : v128.add<T>(value, v128.load(C + j)));
    }
    for (let j = whole * size; j < n * size; j += size) {
      const value = load<T>(from + j);
      store<T>(C + j, first ? value : <T>(value + load<T>(C + j)));
    }
  }
}

// Products with few columns: a row of C is one to three vectors. V says how many, i8 one, i16 two, i32 three, so that there is a function for
// each: engines find registers for a small function with one loop, not for all of them in one.

// @ts-ignore: decorator
@inline
function madd<T>(a: v128, b: v128, c: v128): v128 {
  return sizeof<T>() == 4 ? madd32(a, b, c) : madd64(a, b, c);
}

/**
 * Three or four rows of A, `ar` bytes apart, times k packed rows of B of one to three vectors, into `tile`. Engines keep a register for
 * themselves: of 16 sums, factors and numbers one would lie in memory, so with three vectors there are three rows.
 */
function someRows<T, V>(k: i32, a: usize, ar: i32, ac: i32, b: usize, tile: usize): void {
  const vectors = <i32>sizeof<V>() == 4 ? 3 : <i32>sizeof<V>();
  let c00 = f32x4.splat(0), c01 = c00, c02 = c00, c10 = c00, c11 = c00, c12 = c00;
  let c20 = c00, c21 = c00, c22 = c00, c30 = c00, c31 = c00;
  let p = a, q = a + ar, r = q + ar, s = r + ar;
  for (let i = 0; i < k; i++) {
    const b0 = v128.load(b), b1 = vectors > 1 ? v128.load(b, 16) : b0, b2 = vectors > 2 ? v128.load(b, 32) : b0;
    let x = v128.load_splat<T>(p);
    c00 = madd<T>(x, b0, c00);
    if (vectors > 1) c01 = madd<T>(x, b1, c01);
    if (vectors > 2) c02 = madd<T>(x, b2, c02);
    x = v128.load_splat<T>(q);
    c10 = madd<T>(x, b0, c10);
    if (vectors > 1) c11 = madd<T>(x, b1, c11);
    if (vectors > 2) c12 = madd<T>(x, b2, c12);
    x = v128.load_splat<T>(r);
    c20 = madd<T>(x, b0, c20);
    if (vectors > 1) c21 = madd<T>(x, b1, c21);
    if (vectors > 2) c22 = madd<T>(x, b2, c22);
    if (vectors < 3) {
      x = v128.load_splat<T>(s);
      c30 = madd<T>(x, b0, c30);
      if (vectors > 1) c31 = madd<T>(x, b1, c31);
      s += ac;
    }
    p += ac; q += ac; r += ac;
    b += 16 * vectors;
  }
  v128.store(tile, c00);
  if (vectors > 1) v128.store(tile, c01, 16);
  if (vectors > 2) v128.store(tile, c02, 32);
  tile += 16 * vectors;
  v128.store(tile, c10);
  if (vectors > 1) v128.store(tile, c11, 16);
  if (vectors > 2) v128.store(tile, c12, 32);
  tile += 16 * vectors;
  v128.store(tile, c20);
  if (vectors > 1) v128.store(tile, c21, 16);
  if (vectors > 2) v128.store(tile, c22, 32);
  if (vectors < 3) {
    tile += 16 * vectors;
    v128.store(tile, c30);
    if (vectors > 1) v128.store(tile, c31, 16);
  }
}

/** One row likewise, in the same order. */
function oneRow<T, V>(k: i32, a: usize, ac: i32, b: usize, tile: usize): void {
  const vectors = <i32>sizeof<V>() == 4 ? 3 : <i32>sizeof<V>();
  let c0 = f32x4.splat(0), c1 = c0, c2 = c0;
  for (let i = 0; i < k; i++, a += ac, b += 16 * vectors) {
    const x = v128.load_splat<T>(a);
    c0 = madd<T>(x, v128.load(b), c0);
    if (vectors > 1) c1 = madd<T>(x, v128.load(b, 16), c1);
    if (vectors > 2) c2 = madd<T>(x, v128.load(b, 32), c2);
  }
  v128.store(tile, c0);
  if (vectors > 1) v128.store(tile, c1, 16);
  if (vectors > 2) v128.store(tile, c2, 32);
}

/** Four columns of A, `ac` bytes apart, whose `rows` numbers lie side by side, times four packed rows of B, added to the rows of `to`. */
function fourColumns<T, V>(rows: i32, a: usize, ac: i32, b: usize, to: usize): void {
  const vectors = <i32>sizeof<V>() == 4 ? 3 : <i32>sizeof<V>();
  const size = sizeof<T>();
  const b00 = v128.load(b), b01 = vectors > 1 ? v128.load(b, 16) : b00, b02 = vectors > 2 ? v128.load(b, 32) : b00;
  b += 16 * vectors;
  const b10 = v128.load(b), b11 = vectors > 1 ? v128.load(b, 16) : b10, b12 = vectors > 2 ? v128.load(b, 32) : b10;
  b += 16 * vectors;
  const b20 = v128.load(b), b21 = vectors > 1 ? v128.load(b, 16) : b20, b22 = vectors > 2 ? v128.load(b, 32) : b20;
  b += 16 * vectors;
  const b30 = v128.load(b), b31 = vectors > 1 ? v128.load(b, 16) : b30, b32 = vectors > 2 ? v128.load(b, 32) : b30;
  let p = a, q = a + ac, r = q + ac, s = r + ac;
  for (let i = 0; i < rows; i++) {
    const x = v128.load_splat<T>(p), y = v128.load_splat<T>(q), z = v128.load_splat<T>(r), w = v128.load_splat<T>(s);
    v128.store(to, madd<T>(w, b30, madd<T>(z, b20, madd<T>(y, b10, madd<T>(x, b00, v128.load(to))))));
    if (vectors > 1) v128.store(to, madd<T>(w, b31, madd<T>(z, b21, madd<T>(y, b11, madd<T>(x, b01, v128.load(to, 16))))), 16);
    if (vectors > 2) v128.store(to, madd<T>(w, b32, madd<T>(z, b22, madd<T>(y, b12, madd<T>(x, b02, v128.load(to, 32))))), 32);
    p += size; q += size; r += size; s += size;
    to += 16 * vectors;
  }
}

/** One column likewise. */
function oneColumn<T, V>(rows: i32, a: usize, b: usize, to: usize): void {
  const vectors = <i32>sizeof<V>() == 4 ? 3 : <i32>sizeof<V>();
  const b0 = v128.load(b), b1 = vectors > 1 ? v128.load(b, 16) : b0, b2 = vectors > 2 ? v128.load(b, 32) : b0;
  for (let i = 0; i < rows; i++, a += sizeof<T>(), to += 16 * vectors) {
    const x = v128.load_splat<T>(a);
    v128.store(to, madd<T>(x, b0, v128.load(to)));
    if (vectors > 1) v128.store(to, madd<T>(x, b1, v128.load(to, 16)), 16);
    if (vectors > 2) v128.store(to, madd<T>(x, b2, v128.load(to, 32)), 32);
  }
}

/** Packs k rows of B, `next` elements apart, whose n numbers lie side by side, filled up with 0 to one to three vectors. */
function packRows<T, V>(to: usize, from: usize, n: i32, k: i32, next: i32): void {
  const vectors = <i32>sizeof<V>() == 4 ? 3 : <i32>sizeof<V>();
  const size = <i32>sizeof<T>();
  const last = 16 * (vectors - 1);
  const length = n * size - last;
  // what a whole vector reads beyond a row is the beginning of the next one; behind the last row there may be nothing
  const mask = v128.gt<T>(v128.splat<T>(<T>(length / size)), sizeof<T>() == 4 ? f32x4(0, 1, 2, 3) : f64x2(0, 1));
  for (let i = 0; i + 1 < k; i++, from += next * size, to += 16 * vectors) {
    if (vectors > 1) v128.store(to, v128.load(from));
    if (vectors > 2) v128.store(to, v128.load(from, 16), 16);
    v128.store(to + last, v128.and(v128.load(from + last), mask));
  }
  if (k > 0) for (let j = 0; j < 16 * vectors; j += size) store<T>(to + j, j < n * size ? load<T>(from + j) : <T>0);
}

/** Rows of C that are computed beside at once, where A is stored transposed: they stay in the first cache. */
const ROWS = 512;

/**
 * C = op(A)·op(B) with so few columns that a row is one to three vectors. A is read where it lies: packing it would cost more than the
 * product. The sums are taken in the order of `gemm`, so that nobody sees which of the two it was.
 */
function narrow<T, V>(m: i32, n: i32, k: i32, A: usize, ar: i32, ac: i32, B: usize, br: i32, bc: i32, C: usize, cr: i32, pa: usize, pb: usize): void {
  const vectors = <i32>sizeof<V>() == 4 ? 3 : <i32>sizeof<V>();
  const size = <i32>sizeof<T>();
  const width = 16 * vectors;
  for (let k0 = 0; k0 < k; k0 += KC) {
    const kc = min(KC, k - k0);
    const first = k0 == 0;
    if (bc == 1) packRows<T, V>(pb, B + <usize>(k0 * br * size), n, kc, br);
    else pack<T>(pb, B + <usize>(k0 * br * size), n, kc, bc, br, width / size);
    const from = A + <usize>(k0 * ac * size);
    if (ar == 1 && ac != 1) {
      for (let i0 = 0; i0 < m; i0 += ROWS) {
        const rows = min(ROWS, m - i0);
        const a = from + <usize>(i0 * size);
        memory.fill(pa, 0, rows * width);
        let i = 0;
        for (; i + 4 <= kc; i += 4) fourColumns<T, V>(rows, a + <usize>(i * ac * size), ac * size, pb + <usize>(i * width), pa);
        for (; i < kc; i++) oneColumn<T, V>(rows, a + <usize>(i * ac * size), pb + <usize>(i * width), pa);
        give<T>(pa, width, C + <usize>(i0 * cr * size), cr, rows, n, first);
      }
    } else {
      const rows = vectors < 3 ? 4 : 3;
      let i = 0;
      for (; i + rows <= m; i += rows) {
        someRows<T, V>(kc, from + <usize>(i * ar * size), ar * size, ac * size, pb, pa);
        give<T>(pa, width, C + <usize>(i * cr * size), cr, rows, n, first);
      }
      for (; i < m; i++) {
        oneRow<T, V>(kc, from + <usize>(i * ar * size), ac * size, pb, pa);
        give<T>(pa, width, C + <usize>(i * cr * size), cr, 1, n, first);
      }
    }
  }
}

/** C = op(A)·op(B), with `finish`. ar, ac: elements from row to row and from column to column of op(A); br, bc of op(B); cr from row to row of C. */
function gemm<T>(m: i32, n: i32, k: i32, A: usize, ar: i32, ac: i32, B: usize, br: i32, bc: i32, C: usize, cr: i32, pa: usize, pb: usize, tile: usize, bias: usize, relu: i32): void {
  const size = <i32>sizeof<T>();
  const width = 32 / size;
  if (n * size <= 48) {
    if (n * size <= 16) narrow<T, i8>(m, n, k, A, ar, ac, B, br, bc, C, cr, pa, pb);
    else if (n * size <= 32) narrow<T, i16>(m, n, k, A, ar, ac, B, br, bc, C, cr, pa, pb);
    else narrow<T, i32>(m, n, k, A, ar, ac, B, br, bc, C, cr, pa, pb);
    if (bias || relu) finish<T>(C, cr, m, n, bias, relu);
    return;
  }
  for (let k0 = 0; k0 < k; k0 += KC) {
    const kc = min(KC, k - k0);
    const first = k0 == 0;
    pack<T>(pb, B + <usize>(k0 * br * size), n, kc, bc, br, width);
    for (let i0 = 0; i0 < m; i0 += MC) {
      const mc = min(MC, m - i0);
      pack<T>(pa, A + <usize>((i0 * ar + k0 * ac) * size), mc, kc, ar, ac, 4);
      for (let j = 0; j < n; j += width) {
        const panel = pb + <usize>(j * kc * size);
        for (let i = 0; i < mc; i += 4) {
          const c = C + <usize>(((i0 + i) * cr + j) * size);
          const a = pa + <usize>(i * kc * size);
          if (i + 4 <= mc && j + width <= n) {
            if (sizeof<T>() == 4) block32(kc, a, panel, c, cr * size, first);
            else block64(kc, a, panel, c, cr * size, first);
            continue;
          }
          // at the edge: the whole block is computed beside, and what belongs to C is copied
          const rows = min(4, mc - i), columns = min(width, n - j);
          if (sizeof<T>() == 8) block64(kc, a, panel, tile, 32, true);
          else if (columns <= 4) half32(kc, a, panel, tile, 32);
          else block32(kc, a, panel, tile, 32, true);
          for (let r = 0; r < rows; r++) {
            for (let s = 0; s < columns; s++) {
              const to = c + <usize>((r * cr + s) * size);
              const value = load<T>(tile + <usize>(r * 32 + s * size));
              store<T>(to, first ? value : <T>(load<T>(to) + value));
            }
          }
        }
      }
      if (k0 + KC >= k && (bias || relu)) finish<T>(C + <usize>(i0 * cr * size), cr, mc, n, bias, relu);
    }
  }
}

export function matmul32(m: i32, n: i32, k: i32, A: usize, ar: i32, ac: i32, B: usize, br: i32, bc: i32, C: usize, cr: i32, pa: usize, pb: usize, tile: usize, bias: usize, relu: i32): void {
  gemm<f32>(m, n, k, A, ar, ac, B, br, bc, C, cr, pa, pb, tile, bias, relu);
}

export function matmul64(m: i32, n: i32, k: i32, A: usize, ar: i32, ac: i32, B: usize, br: i32, bc: i32, C: usize, cr: i32, pa: usize, pb: usize, tile: usize, bias: usize, relu: i32): void {
  gemm<f64>(m, n, k, A, ar, ac, B, br, bc, C, cr, pa, pb, tile, bias, relu);
}
