/**
 * @file mathjs's syntax tree becomes ours, with the place of every part in the text. A whitelist: other nodes are errors.
 */
import type {
  AccessorNode,
  ArrayNode,
  AssignmentNode,
  BlockNode,
  ConstantNode,
  FunctionAssignmentNode,
  FunctionNode,
  MathNode,
  OperatorNode,
  RangeNode,
} from 'mathjs';
import { Extents, isNode, type Part } from './extent.js';
import { type Binder, FIRST_NUMBER, LEFT_OUT, type Notation } from './notation.js';
import { errorAt, type Span } from './source.js';
import type { Token } from './tokens.js';
import type { BinaryOperator, Comparison, Program, RangeTree, Statement, Tree } from './tree.js';

const BINARY: ReadonlySet<string> = new Set<BinaryOperator>(['+', '-', '*', '/', '^', '.*', './', '.^', 'and', 'or']);
const COMPARISONS: ReadonlyMap<string, Comparison> = new Map([
  ['==', '=='],
  ['!=', '!='],
  ['<', '<'],
  ['<=', '<='],
  ['>', '>'],
  ['>=', '>='],
  ['equal', '=='],
  ['unequal', '!='],
  ['smaller', '<'],
  ['smallerEq', '<='],
  ['larger', '>'],
  ['largerEq', '>='],
]);

/** Is it `2x` that was written without an operator? */
const isImplicit = (node: MathNode): boolean => isNode(node, 'OperatorNode') && (node as { implicit?: boolean }).implicit === true;

export class Converter extends Extents {
  /** Names that carry a subscript in braces, or one of the indices that are summed over. */
  private readonly subscripted: ReadonlySet<string>;

  constructor(text: string, tokens: readonly Token[], notation: Notation) {
    super(text, tokens, notation);
    const indices = new Set<string>();
    const subscripted = new Set<string>();
    for (const [at, role] of notation.roles) {
      if (role.kind === 'binder' && role.index !== undefined) indices.add(role.index);
      if (role.kind === 'subscript') subscripted.add(role.base);
      if (role.kind !== 'binder' || role.index !== undefined) continue;
      // in braces an index stands first, or behind a comma
      for (let k = at + 2; k < (notation.matching.get(at + 1) ?? 0); k++) {
        const before = tokens[k - 1]!.text;
        if (tokens[k]!.kind === 'name' && (before === '{' || before === ',')) indices.add(tokens[k]!.text);
      }
    }
    for (const { kind, text: name } of tokens) {
      const cut = name.lastIndexOf('_');
      if (kind === 'name' && cut > 0 && indices.has(name.slice(cut + 1)) && !notation.given.has(name)) subscripted.add(name.slice(0, cut));
    }
    this.subscripted = subscripted;
  }

  /** The whole formula. */
  program(root: MathNode): Program {
    const nodes = root.type === 'BlockNode' ? (root as BlockNode).blocks.map(({ node }) => node) : [root];
    const statements = nodes.map((node, i) => this.statement(node, i === nodes.length - 1));
    return { text: this.text, statements, subscripted: this.subscripted };
  }

  private statement(node: MathNode, isLast: boolean): Statement {
    if (node.type === 'AssignmentNode') {
      const { object, index, value } = node as AssignmentNode;
      if (index !== null || !isNode(object, 'SymbolNode'))
        throw this.error(this.part(object), 'a tensor cannot be written to', undefined, 'make a new one with where or scatterAdd');
      const at = this.leaf(object);
      const body = this.part(value);
      return { kind: 'define', name: this.defined(at), value: body.tree, span: this.span({ first: at, last: body.last }) };
    }
    if (node.type === 'FunctionAssignmentNode') {
      const { name, params, expr } = node as FunctionAssignmentNode;
      const at = this.tokenOf(name);
      const body = this.part(expr);
      const names = params.map((p) => this.defined(this.tokenOf(p)));
      const twice = names.findIndex((n, i) => names.indexOf(n) !== i);
      if (twice >= 0) throw this.error({ first: this.tokenOf(params[twice]!) }, `'${names[twice]}' stands twice`);
      return { kind: 'function', name: this.defined(at), params: names, body: body.tree, span: this.span({ first: at, last: body.last }) };
    }
    const part = this.part(node);
    if (!isLast) throw this.error(part, 'the value of this line is not used', undefined, "name it: 's = …', or leave it out");
    return { kind: 'value', value: part.tree };
  }

  /** A name that gets a meaning: plain, without a role of its own. */
  private defined(at: number): string {
    const token = this.tokens[at]!;
    if (token.kind !== 'name' || this.notation.roles.has(at))
      throw this.error({ first: at }, "what stands before '=' is neither a name nor f(x)");
    return token.text;
  }

  /** An expression, and the tokens it reaches over. */
  private part(node: MathNode): Part {
    if (isNode(node, 'ParenthesisNode')) return this.inBrackets(this.part(node.content));
    if (isNode(node, 'ConstantNode')) return this.number(node);
    if (isNode(node, 'SymbolNode')) return this.name(this.leaf(node));
    if (isNode(node, 'OperatorNode')) return this.operator(node);
    if (isNode(node, 'RelationalNode'))
      return this.over(
        node.params.map((p) => this.part(p)),
        (args, span) => ({
          kind: 'compare',
          ops: node.conditionals.map((c) => COMPARISONS.get(c)!),
          args,
          span,
        }),
      );
    if (isNode(node, 'ConditionalNode'))
      return this.over(
        [node.condition, node.trueExpr, node.falseExpr].map((n) => this.part(n)),
        ([cond, yes, no], span) => ({
          kind: 'if',
          cond: cond!,
          yes: yes!,
          no: no!,
          span,
        }),
      );
    if (isNode(node, 'FunctionNode')) return this.call(node);
    if (isNode(node, 'AccessorNode')) return this.accessor(node);
    if (isNode(node, 'ArrayNode')) return this.array(node);
    const at = this.firstToken(node);
    if (node.type === 'AssignmentNode' || node.type === 'FunctionAssignmentNode')
      throw this.error({ first: at }, 'a definition inside an expression', undefined, "write it on a line of its own; equality is '=='");
    if (node.type === 'RangeNode') throw this.error({ first: at }, 'a range outside of an index', undefined, 'x[1:3]; arange(n) counts');
    throw this.error({ first: at }, `'${this.tokens[at]!.text}' is not a part of formulas`);
  }

  private number(node: ConstantNode): Part {
    const at = node.value - FIRST_NUMBER;
    const token = this.tokens[at];
    if (token?.kind !== 'number') throw errorAt(this.text, { start: 0, end: this.text.length }, 'a value is missing');
    const { text } = token;
    return { tree: { kind: 'number', value: Number(text), text, span: token }, first: at, last: at };
  }

  /** A name, or a name with a subscript: `s_j` where j is summed over, and then any `s_…`. */
  private name(at: number): Part {
    const token = this.tokens[at]!;
    const { text: name, start, end } = token;
    const span = { start, end };
    const extent = { first: at, last: at };
    if (token.slot !== undefined) return { tree: { kind: 'slot', slot: token.slot, span }, ...extent };
    const cut = name.lastIndexOf('_');
    const base = name.slice(0, cut);
    const plain = cut <= 0 || cut === name.length - 1 || !this.subscripted.has(base) || this.notation.given.has(name);
    if (plain) return { tree: { kind: 'name', name, span }, ...extent };
    const subscript = name.slice(cut + 1);
    const number = /^\d+$/.test(subscript);
    const inner: Tree = number
      ? { kind: 'number', value: Number(subscript), text: subscript, span }
      : { kind: 'name', name: subscript, span };
    return { tree: { kind: 'subscript', base, at: [inner], span }, ...extent };
  }

  private operator(node: OperatorNode): Part {
    const op = node.op as string;
    const parts = node.args.map((a) => this.part(a));
    const [a, b] = parts as [Part, Part | undefined];
    if (b === undefined) {
      if (op === "'")
        return { tree: { kind: 'unary', op, arg: a.tree, span: this.span({ ...a, last: a.last + 1 }) }, first: a.first, last: a.last + 1 };
      if (op === '-' || op === '+' || op === 'not')
        return {
          tree: { kind: 'unary', op, arg: a.tree, span: this.span({ ...a, first: a.first - 1 }) },
          first: a.first - 1,
          last: a.last,
        };
      throw this.error(a, `operator '${op}' is not a part of formulas`);
    }
    if (isImplicit(node)) this.checkImplicit(node, a, b);
    else if (op === '/' && isImplicit(node.args[1]!))
      throw this.error({ first: a.first, last: b.last }, 'it is not clear what is divided', undefined, 'write (1 / 2) * x or 1 / (2 * x)');
    const comparison = COMPARISONS.get(op);
    if (comparison !== undefined) return this.over(parts, (args, span) => ({ kind: 'compare', ops: [comparison], args, span }));
    if (!BINARY.has(op)) throw this.error({ first: a.first, last: b.last }, `operator '${op}' is not a part of formulas`);
    return this.over(parts, ([left, right], span) => ({ kind: 'binary', op: op as BinaryOperator, left: left!, right: right!, span }));
  }

  /** Only a number may stand before its factor without a sign: `2x`, `2(a + b)`. */
  private checkImplicit(node: OperatorNode, a: Part, b: Part): void {
    const [left] = node.args;
    const at = { first: a.first, last: b.last };
    if (isNode(left!, 'OperatorNode') && left.op === '/')
      throw this.error(at, 'it is not clear what is divided', undefined, 'write (1 / 2) * x or 1 / (2 * x)');
    let factor = left!;
    while (isNode(factor, 'OperatorNode') && factor.args.length === 1 && (factor.op === '-' || factor.op === '+')) factor = factor.args[0]!;
    if (!isNode(factor, 'ConstantNode'))
      throw this.error({ first: b.first, last: b.last }, 'an operator is missing before this', undefined, 'write a * b');
  }

  private call(node: FunctionNode): Part {
    const { fn } = node;
    if (!isNode(fn as unknown as MathNode, 'SymbolNode')) throw this.error({ first: this.firstToken(node) }, 'only names can be called');
    const at = this.leaf(fn);
    const token = this.tokens[at]!;
    const role = this.notation.roles.get(at);
    if (role?.kind === 'binder') return this.reduce(node, at, role.op, role.index);
    const last = this.notation.matching.get(role?.kind === 'abs' || role?.kind === 'norm' ? at : at + 1) ?? at;
    const extent = { first: at, last };
    const span = this.span(extent);
    const part = (tree: Tree): Part => ({ tree, ...extent });
    if (role?.kind === 'subscript') return part({ kind: 'subscript', base: role.base, at: node.args.map((a) => this.part(a).tree), span });
    const options = node.args.flatMap((a) => (a.type === 'AssignmentNode' ? [this.option(a as AssignmentNode)] : []));
    const args = node.args.filter((a) => a.type !== 'AssignmentNode').map((a) => this.part(a).tree);
    if (node.args.slice(args.length).some((a) => a.type !== 'AssignmentNode'))
      throw this.error(extent, 'options stand after the other arguments');
    if (role !== undefined) {
      if (args.length !== 1 || options.length > 0)
        throw this.error(extent, `${role.kind === 'indicator' ? 'the indicator 1(…)' : role.kind} takes one value`);
      return part(
        role.kind === 'norm' ? { kind: 'norm', ord: role.ord, arg: args[0]!, span } : { kind: role.kind as 'abs', arg: args[0]!, span },
      );
    }
    return part({ kind: 'call', name: token.text, nameSpan: token, slot: token.slot ?? null, args, options, span });
  }

  private option({ object, index, value }: AssignmentNode): { name: string; span: Span; value: Tree } {
    if (index !== null || !isNode(object, 'SymbolNode')) throw this.error(this.part(object), 'an option is a name');
    const at = this.leaf(object);
    return { name: this.defined(at), span: this.tokens[at]!, value: this.part(value).tree };
  }

  /** `sum_j body`, `sum_{i, j != y} body`. */
  private reduce(node: FunctionNode, at: number, op: Binder, index: string | undefined): Part {
    const body = this.part(node.args.at(-1)!);
    const extent = { first: at, last: body.last };
    const span = this.span(extent);
    if (index !== undefined) return { tree: { kind: 'reduce', op, indices: [{ name: index, span: this.tokens[at]! }], conditions: [], body: body.tree, span }, ...extent }; // prettier-ignore
    const indices: { name: string; span: Span }[] = [];
    const conditions: Tree[] = [];
    const items = node.args.slice(0, -1).map((a) => this.part(a));
    for (const { tree, first, last } of items) {
      const name = tree.kind === 'name' ? tree : tree.kind === 'compare' && tree.args[0]!.kind === 'name' ? tree.args[0]! : undefined;
      if (name?.kind !== 'name') throw this.error({ first, last }, 'an index is a name', undefined, `write ${op}_{j} or ${op}_{j != y}`);
      // one index may have several conditions
      if (indices.every((i) => i.name !== name.name)) indices.push({ name: name.name, span: name.span });
      if (tree.kind === 'compare') conditions.push(tree);
    }
    return { tree: { kind: 'reduce', op, indices, conditions, body: body.tree, span }, ...extent };
  }

  private accessor(node: AccessorNode): Part {
    const object = this.part(node.object);
    const { dimensions } = node.index as unknown as { dimensions: MathNode[] };
    const last = this.notation.matching.get(object.last + 1);
    if (last === undefined) throw this.error(object, 'a value has no properties');
    const extent = { first: object.first, last };
    if (dimensions.length === 0) throw this.error(extent, 'an index is missing', undefined, 'x[0], x[1:3], x[:, -1]');
    const at = dimensions.map((d) => (d.type === 'RangeNode' ? this.range(d as RangeNode) : this.part(d).tree));
    return { tree: { kind: 'index', object: object.tree, at, span: this.span(extent) }, ...extent };
  }

  private range({ start, end, step }: RangeNode): RangeTree {
    // start:stop:step as in Python; mathjs has its last bound last, in ours the step
    const order = step === null ? [start, end] : [start, step, end];
    const bounds = order.map((b) => (isNode(b, 'SymbolNode') && b.name === LEFT_OUT ? null : this.part(b)));
    const given = bounds.filter((b) => b !== null);
    const span = given.length === 0 ? { start: 0, end: 0 } : this.span({ first: given[0]!.first, last: given.at(-1)!.last });
    return { kind: 'range', bounds: bounds.map((b) => b?.tree ?? null), span };
  }

  private array(node: ArrayNode): Part {
    const items = node.items.map((item) => this.part(item));
    const [first] = items;
    if (first === undefined) throw this.error(this.emptyBrackets(), 'an empty array');
    // a row of [1, 2; 3, 4] has no brackets of its own
    const close = this.notation.matching.get(first.first - 1);
    const extent =
      close !== items.at(-1)!.last + 1 ? { first: first.first, last: items.at(-1)!.last } : { first: first.first - 1, last: close };
    return { tree: { kind: 'array', items: items.map((i) => i.tree), span: this.span(extent) }, ...extent };
  }

  /** Where the first `[]` stands: it has no leaf that would say so. */
  private emptyBrackets(): { first: number; last: number } {
    for (const [first, last] of this.notation.matching)
      if (this.tokens[first]!.text === '[' && this.tokens.slice(first + 1, last).every((t) => t.kind === 'newline')) return { first, last };
    return { first: 0, last: this.tokens.length - 1 };
  }
}
