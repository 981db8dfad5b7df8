import { grad, tensor } from 'chainrule';
import { describe, expect, it } from 'vitest';
import { gaussNewton, story as gaussNewtonStory } from '../../examples/beyond/gauss-newton.js';
import { fixedPoint, story as fixedPointStory } from '../../examples/beyond/implicit-fixed-point.js';
import { levenbergMarquardt, story as levenbergStory } from '../../examples/beyond/levenberg-marquardt.js';
import { newtonCg, rosenbrock, story as newtonStory } from '../../examples/beyond/newton-cg.js';
import { digits, misra1a, thurber } from '../../examples/beyond/nist.js';
import { told } from './told.js';

/** Sum of squared residuals in plain numbers, without the library's model. */
const squaresOf = (f: (x: number) => number, x: Iterable<number>, y: Iterable<number>): number => {
  const values = [...y];
  return [...x].reduce((s, v, i) => s + (values[i]! - f(v)) ** 2, 0);
};

describe('the data of NIST', () => {
  it('has the certified sums of squares at the certified parameters', () => {
    const [b1, b2] = misra1a.certified as [number, number];
    expect(squaresOf((x) => b1 * (1 - Math.exp(-b2 * x)), misra1a.x.data, misra1a.y.data)).toBeCloseTo(1.2455138894e-1, 11);
    const [c1, c2, c3, c4, c5, c6, c7] = thurber.certified as [number, number, number, number, number, number, number];
    const rational = (x: number): number => (c1 + x * (c2 + x * (c3 + x * c4))) / (1 + x * (c5 + x * (c6 + x * c7)));
    expect(squaresOf(rational, thurber.x.data, thurber.y.data)).toBeCloseTo(5.6427082397e3, 6);
  });

  it('digits counts them', () => {
    expect(digits([1.001, 2], [1, 2])).toBeCloseTo(3, 9);
    expect(digits([Number.NaN], [1])).toBe(0);
  });
});

describe('Gauss–Newton', () => {
  it('finds the certified parameters of Misra1a', () => {
    const { parameters, squares } = gaussNewton(misra1a, misra1a.starts[1]);
    expect(parameters[0]! / 2.3894212918e2).toBeCloseTo(1, 9);
    expect(parameters[1]! / 5.5015643181e-4).toBeCloseTo(1, 9);
    expect(squares.at(-1)).toBeCloseTo(1.2455138894e-1, 10);
    expect(squares.length).toBeLessThan(9);
  });

  it('tells so, and that an undamped step can be too long', async () => {
    const { result, pictures, text } = await told(gaussNewtonStory);
    expect(result.far.squares[1]!).toBeGreaterThan(100 * result.far.squares[0]!);
    expect(result.far.digits.at(-1)!).toBeGreaterThan(9);
    expect(pictures).toEqual(['gauss-newton.svg']);
    expect(text).toContain('certified');
  });
});

describe('Levenberg–Marquardt', () => {
  it.each([0, 1] as const)('finds the certified parameters of Thurber from start %i', (i) => {
    const { parameters, squares } = levenbergMarquardt(thurber, thurber.starts[i]);
    expect(digits(parameters, thurber.certified)).toBeGreaterThan(9);
    expect(squares.at(-1)! / 5.6427082397e3).toBeCloseTo(1, 10);
  });

  it('finds them where Gauss–Newton does not', async () => {
    expect(gaussNewton(thurber, thurber.starts[0], 200).digits.at(-1)!).toBeLessThan(1);
    const { result, pictures } = await told(levenbergStory);
    for (const fit of result) expect(fit.digits).toBeGreaterThan(9);
    expect(pictures).toEqual(['levenberg-marquardt.svg']);
  });
});

describe('Newton-CG', () => {
  it('ends in the bottom of the valley, with far fewer products than Hessians have rows', async () => {
    const { result, pictures } = await told(newtonStory);
    const { x, values, gradients, products } = result[100]!;
    for (const v of x) expect(v).toBeCloseTo(1, 10);
    expect(gradients.at(-1)!).toBeLessThan(1e-9);
    expect(products).toBeLessThan((100 * (values.length - 1)) / 5);
    // faster than linear: the last step gains more digits than the one before
    const [a, b, c] = gradients.slice(-3).map(Math.log10) as [number, number, number];
    expect(b - c).toBeGreaterThan(a - b);
    expect(pictures).toEqual(['newton-cg.svg']);
  });

  it('leaves a point where the curvature is negative', () => {
    const { x } = newtonCg((v) => rosenbrock(v), tensor([-1.2, 1]));
    expect(x[0]).toBeCloseTo(1, 9);
    const double = newtonCg((v) => v.mul(v).sub(1).square().sum(), tensor([0.1, -0.1]));
    expect(double.x.map((v) => Math.round(v * 1e9) / 1e9)).toEqual([1, -1]);
  });
});

describe('a fixed point', () => {
  it('has the derivatives of the formula, and those of the unrolled loop', async () => {
    const { result, pictures, text } = await told(fixedPointStory);
    const [x, first, second] = result.cosine;
    // F = x − cos(θx): x′ = −x·s / (1 + s), x″ by differentiating x′·(1 + s) = −x·s once more, with s = sin x and (θx)′ = x + x′
    const [s, c] = [Math.sin(x), Math.cos(x)];
    expect(x).toBeCloseTo(0.7390851332151607, 14);
    expect(first).toBeCloseTo((-x * s) / (1 + s), 13);
    const inside = x + first;
    expect(second).toBeCloseTo((-c * inside * inside - 2 * s * first) / (1 + s), 12);
    expect(result.checked).toEqual([true, true]);
    expect(result.unrolled.at(-1)!.difference).toBeLessThan(1e-12);
    expect(result.unrolled[0]!.difference).toBeGreaterThan(1e-3);
    expect(result.kept).toBeLessThan(result.unrolled[0]!.kept);
    expect(result.unrolled.map((row) => row.kept - result.unrolled[0]!.kept)).toEqual([1, 2, 5, 10, 20, 40].map((k) => 4 * (k - 1)));
    expect(pictures).toEqual(['implicit-fixed-point.svg']);
    expect(text).not.toContain('FAILED');
  });

  it('of √: z = (z + a/z)/2', () => {
    const root = fixedPoint((z, a) => z.add(a.div(z)).mul(0.5), tensor(1));
    expect(grad((a) => root(a))(9).item()).toBeCloseTo(1 / 6, 14);
    expect(grad(grad((a) => root(a)))(4).item()).toBeCloseTo(-1 / 32, 13);
  });
});
