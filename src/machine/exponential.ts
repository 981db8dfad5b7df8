/**
 * @file The exponential of float32 in vectors.
 */
import type { Body } from './encode.js';

/**
 * e^x of four float32, to 2 ulp: x = k·ln 2 + r, e^r by a polynomial (Cephes), 2^k by the exponent's bits. Below 2.5e-38 it is 0.
 */
export function exp32(body: Body, x: number): void {
  const number = (v: number): void => void body.f32(v).do('f32x4.splat');
  const locals: number[] = [];
  const set = (): number => {
    const local = body.local('v128');
    locals.push(local);
    body.set(local);
    return local;
  };
  const magic = 12582912; // 1.5·2^23: adding it rounds, and leaves k in the low bits
  // 0 where x is too small, ∞ where it is too large, NaN where it is NaN
  body.get(x);
  number(88.72284);
  body.do('f32x4.pmin');
  number(-86.6);
  body.do('f32x4.pmax');
  const c = set();
  body.get(c);
  number(1.44269504088896341);
  body.do('f32x4.mul');
  number(magic);
  body.do('f32x4.add');
  const k = set();
  body.get(k);
  number(magic);
  body.do('f32x4.sub');
  const n = set();
  body.get(c).get(n);
  number(0.693359375);
  body.do('f32x4.mul');
  body.do('f32x4.sub');
  body.get(n);
  number(-2.1219444e-4);
  body.do('f32x4.mul');
  body.do('f32x4.sub');
  const r = set();
  number(1.98756915e-4);
  for (const p of [1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1]) {
    body.get(r);
    body.do('f32x4.mul');
    number(p);
    body.do('f32x4.add');
  }
  body.get(r).get(r);
  body.do('f32x4.mul');
  body.do('f32x4.mul');
  body.get(r);
  body.do('f32x4.add');
  number(1);
  body.do('f32x4.add');
  // times 2^(k−1) by the bits, then twice: k may be 128
  body.get(k).i32(-1).do('i32x4.splat', 'i32x4.add').i32(23).do('i32x4.shl', 'i32x4.add');
  const half = set();
  body.get(x);
  number(Infinity);
  body.get(half).get(half);
  body.do('f32x4.add');
  body.get(x);
  number(-86.6);
  body.do('f32x4.lt');
  body.do('v128.andnot');
  body.get(x);
  number(88.72284);
  body.do('f32x4.gt');
  body.do('v128.bitselect');
  body.get(x).get(x);
  body.do('f32x4.ne');
  body.do('v128.bitselect');
  for (const local of locals) body.release('v128', local);
}
