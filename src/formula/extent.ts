/**
 * @file Where the parts of mathjs's syntax tree stand in the text: every leaf is named after its token.
 */
import type {
  AccessorNode,
  ArrayNode,
  ConditionalNode,
  ConstantNode,
  FunctionNode,
  MathNode,
  OperatorNode,
  ParenthesisNode,
  RelationalNode,
  SymbolNode,
} from 'mathjs';
import { FIRST_NUMBER, type Notation } from './notation.js';
import { errorAt, type Span } from './source.js';
import type { Token } from './tokens.js';
import type { Tree } from './tree.js';

/** First and last token of a part. */
export interface Extent {
  readonly first: number;
  readonly last: number;
}
/** A part and where it stands. */
export interface Part<T = Tree> extends Extent {
  readonly tree: T;
}

/** The nodes that a formula may have, by mathjs's `type`; it declares no union. */
export interface Nodes {
  ParenthesisNode: ParenthesisNode;
  ConstantNode: ConstantNode;
  SymbolNode: SymbolNode;
  OperatorNode: OperatorNode;
  RelationalNode: RelationalNode;
  ConditionalNode: ConditionalNode;
  FunctionNode: FunctionNode;
  AccessorNode: AccessorNode;
  ArrayNode: ArrayNode;
}

/** Is it a node of this type? */
export function isNode<K extends keyof Nodes>(node: MathNode, type: K): node is MathNode & Nodes[K] {
  return node.type === type;
}

/** Finds parts of the text. */
export class Extents {
  constructor(
    protected readonly text: string,
    protected readonly tokens: readonly Token[],
    protected readonly notation: Notation,
  ) {}

  protected span({ first, last }: Extent): Span {
    return { start: this.tokens[first]!.start, end: this.tokens[last]!.end };
  }

  protected error(at: { first: number; last?: number }, wrong: string, values?: string, hint?: string): Error {
    return errorAt(this.text, this.span({ first: at.first, last: at.last ?? at.first }), wrong, values, hint);
  }

  protected tokenOf(name: string): number {
    if (/^_\d+$/.test(name)) return Number(name.slice(1));
    // `and`, `or` and `not` where a value is due are names to mathjs
    const at = this.tokens.findIndex(({ text }) => text === name);
    throw this.error({ first: Math.max(0, at) }, at < 0 ? 'a value is missing' : `unexpected '${name}'`);
  }

  protected leaf(node: SymbolNode): number {
    return this.tokenOf(node.name);
  }

  /** Tokens of some parts from the first to the last. */
  protected over(parts: readonly Part[], make: (trees: Tree[], span: Span) => Tree): Part {
    const extent = { first: Math.min(...parts.map((p) => p.first)), last: Math.max(...parts.map((p) => p.last)) };
    return { tree: make(parts.map((p) => p.tree), this.span(extent)), ...extent }; // prettier-ignore
  }

  /** The brackets around a part belong to it. */
  protected inBrackets(part: Part): Part {
    const close = this.notation.matching.get(part.first - 1);
    return this.tokens[part.first - 1]?.text === '(' && close === part.last + 1 ? { ...part, first: part.first - 1, last: close } : part;
  }

  /** The first token below a node that says where it stands. */
  protected firstToken(node: MathNode): number {
    let first = Infinity;
    node.traverse((n) => {
      if (isNode(n, 'SymbolNode') && /^_\d+$/.test(n.name)) first = Math.min(first, this.leaf(n));
      if (isNode(n, 'ConstantNode') && n.value >= FIRST_NUMBER) first = Math.min(first, n.value - FIRST_NUMBER);
    });
    return first === Infinity ? 0 : first;
  }
}
