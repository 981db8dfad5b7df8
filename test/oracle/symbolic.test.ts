import * as chainrule from 'chainrule';
import { grad, type Tensor, type TensorLike } from 'chainrule';
import { all, create, type MathNode } from 'mathjs';
import { describe, expect, it } from 'vitest';

const math = create(all!, {});

/** Formulas whose derivatives mathjs knows, with points inside their domains. */
const formulas: readonly (readonly [formula: string, points: readonly number[]])[] = [
  ['3*(2*x^2-1)^2 - 2*(2*x^2-1) + 5', [-1.5, 0.3, 1, 2]],
  ['exp(-x^2) * sin(3*x)', [-1, 0.2, 1.7]],
  ['log(1 + x^2) / (2 + cos(x))', [-2, 0.4, 3]],
  ['tanh(x) * cosh(x) - sinh(x)^2', [-0.9, 0.1, 1.1]],
  ['1 / (1 + exp(-x))', [-3, 0, 2]],
  ['sqrt(x^2 + 1) - x^3 / 7', [-2, 0.5, 4]],
  ['(x^2 - 1) / (x^2 + 1)', [-2, 0.7, 3]],
  ['exp(sin(x)) * cos(exp(x / 2))', [-1, 0.3, 1.2]],
];

const functions: Readonly<Record<string, (x: TensorLike) => Tensor>> = {
  exp: chainrule.exp,
  sin: chainrule.sin,
  cos: chainrule.cos,
  log: chainrule.log,
  tanh: chainrule.tanh,
  cosh: chainrule.cosh,
  sinh: chainrule.sinh,
  sqrt: chainrule.sqrt,
};
const operators: Readonly<Record<string, (a: TensorLike, b: TensorLike) => Tensor>> = {
  add: chainrule.add,
  subtract: chainrule.sub,
  multiply: chainrule.mul,
  divide: chainrule.div,
  pow: chainrule.pow,
};

/** The syntax tree as a chain of ops. */
function lower(node: MathNode, x: Tensor): TensorLike {
  if (math.isConstantNode(node)) return node.value;
  if (math.isSymbolNode(node)) return x;
  if (math.isParenthesisNode(node)) return lower(node.content, x);
  if (math.isFunctionNode(node)) return functions[node.fn.name]!(lower(node.args[0]!, x));
  if (math.isOperatorNode(node)) {
    const args = node.args.map((a: MathNode) => lower(a, x));
    return args.length === 1 ? chainrule.neg(args[0]!) : operators[node.fn]!(args[0]!, args[1]!);
  }
  throw new Error(`unexpected ${node.type}`);
}

describe('symbolic derivatives by mathjs', () => {
  it.each(formulas)('%s', (text, points) => {
    const tree = math.parse(text);
    const f = (x: Tensor): TensorLike => lower(tree, x);
    const [d1, d2] = [math.derivative(tree, 'x'), math.derivative(math.derivative(tree, 'x'), 'x')];
    for (const x of points) {
      const expected = [d1.evaluate({ x }) as number, d2.evaluate({ x }) as number];
      const ours = [grad(f)(x).item(), grad(grad(f))(x).item()];
      ours.forEach((v, i) => expect(Math.abs(v - expected[i]!)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(expected[i]!))));
    }
  });
});
