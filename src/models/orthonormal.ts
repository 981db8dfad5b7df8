/**
 * @file Vectors made orthonormal by Gram–Schmidt, modified and done twice: once leaves errors of the size of the condition number.
 */

/** v·w. */
function product(v: Float64Array, w: Float64Array): number {
  let s = 0;
  for (let k = 0; k < v.length; k++) s += v[k]! * w[k]!;
  return s;
}

/**
 * Replaces vectors, in place, by an orthonormal basis of the same growing spans, each with a positive part along the vector it came
 * from: the Q of A = QR with a positive diagonal of R, which is Q·sign(diag R) of any QR.
 * @see Giraud, Langou, Rozložník 2005, "twice is enough"
 */
export function orthonormalise(vectors: readonly Float64Array[]): void {
  vectors.forEach((v, i) => {
    for (let pass = 0; pass < 2; pass++) {
      for (let j = 0; j < i; j++) {
        const q = vectors[j]!;
        const along = product(q, v);
        for (let k = 0; k < v.length; k++) v[k]! -= along * q[k]!;
      }
      const length = Math.sqrt(product(v, v));
      for (let k = 0; k < v.length; k++) v[k]! /= length;
    }
  });
}
