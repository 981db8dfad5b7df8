/**
 * @file Derivatives: difference quotients, Jacobian, gradient, Hessian, chain rule. The lectures' functions are written down once.
 */
import {
  add,
  div,
  grad,
  hessian,
  jacobian,
  mul,
  sigmoid,
  slice,
  square,
  squeeze,
  stack,
  sub,
  sum,
  tensor,
  type Tensor,
  valueAndGrad,
} from 'chainrule';
import { degreeOf, lower, namesIn, parseFormula } from '../expression.js';
import { IllFormed, type Inputs, numberIn, tensorIn, textIn } from '../inputs.js';
import { type Json, valueOf } from '../value.js';
import { type Recompute } from './recompute.js';

/** (L(W + h) − L(W)) / h from the losses the slide gives; the loss function itself is not in the text. */
function quotient(inputs: Inputs, key: string): Tensor {
  return div(sub(tensorIn(inputs, key), numberIn(inputs, 'loss')), numberIn(inputs, 'h'));
}

const component = (x: Tensor, i: number): Tensor => squeeze(slice(x, [[i, i + 1]]), 0);

/** (2x₁ + x₂², −x₁² + 3x₂, 4x₁x₂). */
function threeFunctions(x: Tensor): Tensor {
  const [a, b] = [component(x, 0), component(x, 1)];
  return stack([add(mul(2, a), square(b)), sub(mul(3, b), square(a)), mul(4, mul(a, b))]);
}

/** (4 − 2.1x₁² + x₁⁴/3) x₁² + x₁x₂ + (−4 + 4x₂²) x₂²: the six-hump camel. */
function sixHump(x: Tensor): Tensor {
  const [a, b] = [component(x, 0), component(x, 1)];
  const [a2, b2] = [square(a), square(b)];
  const first = mul(add(sub(4, mul(2.1, a2)), div(square(a2), 3)), a2);
  return add(add(first, mul(a, b)), mul(sub(mul(4, b2), 4), b2));
}

/** A point of the plane, which both functions above need. */
function pointIn(inputs: Inputs): Tensor {
  const x = tensorIn(inputs, 'x', 1);
  if (x.size !== 2) throw new IllFormed('inputs.x: expected two numbers');
  return x;
}

type Scalar = (x: Tensor) => Tensor;

/** A formula in one variable as a function. */
function functionOf(text: string): { f: Scalar; degree: () => number } {
  const tree = parseFormula(text);
  const names = namesIn(tree);
  if (names.length > 1) throw new IllFormed(`'${text}' has more than one variable: ${names.join(', ')}`);
  // A formula without a variable must still be a function of one, or there is nothing to differentiate.
  const f: Scalar = (x) => add(lower(tree, { [names[0] ?? 'x']: x }), mul(0, x));
  return { f, degree: () => degreeOf(tree) };
}

// Every further derivative is a recorded program about twice as long as the one before.
const MAX_DEGREE = 12;

/** The coefficients of f′ for a polynomial f, those that are not 0: a_k = f⁽ᵏ⁺¹⁾(0) / k!, highest power first. */
function derivativeCoefficients(inputs: Inputs): Json {
  const { f, degree } = functionOf(textIn(inputs, 'f'));
  if (degree() > MAX_DEGREE) throw new IllFormed(`inputs.f: expected a degree of at most ${MAX_DEGREE}`);
  const coefficients: [string, number][] = [];
  let derivative: Scalar = f;
  let factorial = 1;
  for (let k = 0; k < degree(); k++) {
    if (k > 0) factorial *= k;
    derivative = grad(derivative);
    coefficients.unshift([`x^${k}`, derivative(tensor(0)).item() / factorial]);
  }
  const largest = Math.max(...coefficients.map(([, a]) => Math.abs(a)));
  return Object.fromEntries(coefficients.filter(([, a]) => Math.abs(a) > 1e-12 * largest));
}

// The chain-rule example, for the entry that gives only a point.
const CHAIN_EXAMPLE = '3(2x^2-1)^2-2(2x^2-1)+5';

function chainRuleAt(inputs: Inputs): Json {
  const { f } = functionOf(inputs['f'] === undefined ? CHAIN_EXAMPLE : textIn(inputs, 'f'));
  const [value, slope] = valueAndGrad(f)(tensor(numberIn(inputs, 'x')));
  return { f: value.item(), df: slope.item() };
}

export const calculus: Readonly<Record<string, Recompute>> = {
  'numgrad-first': (inputs) => quotient(inputs, 'loss_plus').item(),
  'numgrad-second': (inputs) => quotient(inputs, 'loss_plus').item(),
  'numgrad-third': (inputs) => quotient(inputs, 'loss_plus').item(),
  'numgrad-analytic-first3': (inputs) => valueOf(quotient(inputs, 'perturbed')),
  'jacobian-2-1': (inputs) => valueOf(jacobian(threeFunctions)(pointIn(inputs))),
  'jacobian-value': (inputs) => valueOf(threeFunctions(pointIn(inputs))),
  'sixhump-value': (inputs) => sixHump(pointIn(inputs)).item(),
  'sixhump-grad-0-1': (inputs) => valueOf(grad(sixHump)(pointIn(inputs))),
  'sixhump-hessian-0-1': (inputs) => valueOf(hessian(sixHump)(pointIn(inputs))),
  'sixhump-grad-formula-2-1': (inputs) => ({
    grad: valueOf(grad(sixHump)(pointIn(inputs))),
    hess: valueOf(hessian(sixHump)(pointIn(inputs))),
  }),
  'chain-rule-48x3-32x': derivativeCoefficients,
  'chain-rule-at-1': chainRuleAt,
  'sigmoid-zero': (inputs) => {
    const [value, slope] = valueAndGrad((x: Tensor) => sum(sigmoid(x)))(tensor(numberIn(inputs, 'x')));
    return [value.item(), slope.item()];
  },
};
