/**
 * @file Two problems of the NIST Statistical Reference Datasets for nonlinear regression, with the certified answers:
 * https://www.itl.nist.gov/div898/strd/nls/nls_main.shtml
 */
import { add, div, exp, mul, neg, slice, sub, type Tensor, tensor } from 'chainrule';

/** A curve to fit, where to begin, and what NIST certifies. */
export interface Problem {
  readonly name: string;
  readonly x: Tensor;
  readonly y: Tensor;
  readonly model: (b: Tensor, x: Tensor) => Tensor;
  /** NIST's two starting points: far from the answer, and near. */
  readonly starts: readonly [far: readonly number[], near: readonly number[]];
  readonly certified: readonly number[];
  /** Certified sum of squared residuals. */
  readonly squares: number;
}

/** One parameter, as a tensor of one element that broadcasts. */
const at = (b: Tensor, i: number): Tensor => slice(b, [[i, i + 1]]);

// prettier-ignore
/** y = b₁(1 − e^(−b₂x)): dental research, monomolecular adsorption (Misra, 1978). Two parameters of very different size. */
export const misra1a: Problem = {
  name: 'Misra1a',
  x: tensor([77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0]),
  y: tensor([10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.40, 75.47, 81.78]),
  model: (b, x) => mul(at(b, 0), sub(1, exp(neg(mul(at(b, 1), x))))),
  starts: [[500, 0.0001], [250, 0.0005]],
  certified: [2.3894212918e2, 5.5015643181e-4],
  squares: 1.2455138894e-1,
};

/** b₀ + b₁x + b₂x² + … by Horner's rule. */
const polynomial = (b: readonly Tensor[], x: Tensor): Tensor => b.reduceRight((sum, c) => add(mul(sum, x), c));

// prettier-ignore
/** A cubic over a cubic: electron mobility in a semiconductor (Thurber, 1979). Seven parameters; NIST calls it of higher difficulty. */
export const thurber: Problem = {
  name: 'Thurber',
  x: tensor([-3.067, -2.981, -2.921, -2.912, -2.840, -2.797, -2.702, -2.699, -2.633, -2.481, -2.363, -2.322, -1.501, -1.460, -1.274, -1.212, -1.100, -1.046, -0.915,
    -0.714, -0.566, -0.545, -0.400, -0.309, -0.109, -0.103, 0.010, 0.119, 0.377, 0.790, 0.963, 1.006, 1.115, 1.572, 1.841, 2.047, 2.200]),
  y: tensor([80.574, 84.248, 87.264, 87.195, 89.076, 89.608, 89.868, 90.101, 92.405, 95.854, 100.696, 101.060, 401.672, 390.724, 567.534, 635.316, 733.054, 759.087, 894.206,
    990.785, 1090.109, 1080.914, 1122.643, 1178.351, 1260.531, 1273.514, 1288.339, 1327.543, 1353.863, 1414.509, 1425.208, 1421.384, 1442.962, 1464.350, 1468.705, 1447.894, 1457.628]),
  model: (b, x) => {
    const [b1, b2, b3, b4, b5, b6, b7] = Array.from({ length: 7 }, (_, i) => at(b, i)) as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
    return div(polynomial([b1, b2, b3, b4], x), polynomial([tensor([1]), b5, b6, b7], x));
  },
  starts: [[1000, 1000, 400, 40, 0.7, 0.3, 0.03], [1300, 1500, 500, 75, 1, 0.4, 0.05]],
  certified: [1.28813968e3, 1.4910792535e3, 5.8323836877e2, 7.5416644291e1, 9.6629502864e-1, 3.9797285797e-1, 4.9727297349e-2],
  squares: 5.6427082397e3,
};

/** Digits in which found numbers agree with the certified ones: −log₁₀ of the largest relative difference, 11 at most. */
export function digits(found: readonly number[], certified: readonly number[]): number {
  const worst = Math.max(...found.map((v, i) => Math.abs(v - certified[i]!) / Math.abs(certified[i]!)));
  return Number.isNaN(worst) ? 0 : Math.min(11, Math.max(0, -Math.log10(worst)));
}
