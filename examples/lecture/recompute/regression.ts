/**
 * @file Regression losses, the densities they come from, and the toy line fit.
 */
import { abs, add, div, exp, grad, l1Loss, linspace, log, mean, mseLoss, mul, neg, sqrt, square, sub, sum, type Tensor } from 'chainrule';
import { type Inputs, numberIn, tensorIn } from '../inputs.js';
import { type Json, valueOf } from '../value.js';
import { type Recompute } from './recompute.js';

/** Least squares y = w x + b: w = Σ (x − x̄)(y − ȳ) / Σ (x − x̄)², b = ȳ − w x̄. */
function lineFit(inputs: Inputs): Json {
  const [x, y] = [tensorIn(inputs, 'x', 1), tensorIn(inputs, 'y', 1)];
  const dx = sub(x, mean(x));
  const w = div(sum(mul(dx, sub(y, mean(y)))), sum(square(dx)));
  return { w: w.item(), b: sub(mean(y), mul(w, mean(x))).item() };
}

/** ∫ f over the whole line for an even f of the given scale: Simpson's rule on 0 … 40 scales, twice. */
function integralOfEven(f: (u: Tensor) => Tensor, scale: number): number {
  const steps = 8000;
  const end = 40 * scale;
  const h = end / steps;
  const odd = sum(f(linspace(h, end - h, steps / 2)));
  const even = sum(f(linspace(0, end, steps / 2 + 1)));
  const total = sub(add(mul(4, odd), mul(2, even)), sum(f(linspace(0, end, 2))));
  return 2 * mul(h / 3, total).item();
}

/** e^(−|u|/width) / (2 scale). */
const laplace =
  (scale: number, width: number) =>
  (u: Tensor): Tensor =>
    div(exp(neg(div(abs(u), width))), 2 * scale);

/** e^(−u²/2σ²) / √(2πσ²). */
const gaussian =
  (sigma: number) =>
  (u: Tensor): Tensor =>
    div(exp(neg(div(square(u), 2 * sigma * sigma))), sqrt(2 * Math.PI * sigma * sigma));

const sumOfSquares = (s: Tensor, y: Tensor): Tensor => mseLoss(s, y, { reduction: 'sum' });

export const regression: Readonly<Record<string, Recompute>> = {
  'l1-regression': (inputs) => l1Loss(tensorIn(inputs, 's'), tensorIn(inputs, 'y'), { reduction: 'sum' }).item(),
  'l2-regression': (inputs) => sumOfSquares(tensorIn(inputs, 's'), tensorIn(inputs, 'y')).item(),
  'l2-regression-grad': (inputs) => valueOf(grad(sumOfSquares)(tensorIn(inputs, 's'), tensorIn(inputs, 'y'))),
  'toy-regression': lineFit,
  'laplace-integral': (inputs) => {
    const sigma = numberIn(inputs, 'sigma');
    return integralOfEven(laplace(sigma, sigma), sigma);
  },
  // As printed: 1/(2g) in front, but 2g below |y − f|.
  'mixture-laplace-integral': (inputs) => {
    const g = numberIn(inputs, 'g');
    return integralOfEven(laplace(g, 2 * g), 2 * g);
  },
  'gauss-integral': (inputs) => {
    const sigma = numberIn(inputs, 'sigma');
    return integralOfEven(gaussian(sigma), sigma);
  },
  // The log of the Gaussian's factor 1/√(2πσ²).
  'gauss-mle-constant': (inputs) => mul(-0.5, log(mul(2 * Math.PI, square(numberIn(inputs, 'sigma'))))).item(),
};
