/**
 * @file The syntax tree of a formula: what mathjs's tree becomes before anything is done with it. Printing, lowering and the symbolic
 * derivative read this one.
 */
import type { Binder } from './notation.js';
import type { Span } from './source.js';

/** The operators of two operands. `*` is `@` too. */
export type BinaryOperator = '+' | '-' | '*' | '/' | '^' | '.*' | './' | '.^' | 'and' | 'or';
/** The comparisons. */
export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';

interface At {
  /** Where it stands in the text. */
  readonly span: Span;
}

/** `start:stop:step` in an index. */
export interface RangeTree extends At {
  readonly kind: 'range';
  readonly bounds: readonly (Tree | null)[];
}

/** A call by name, of values and of named options (`sum(x, axis=0)`). */
export interface CallTree extends At {
  readonly kind: 'call';
  readonly name: string;
  readonly nameSpan: Span;
  /** Interpolated formulas are called by their number. */
  readonly slot: number | null;
  readonly args: readonly Tree[];
  readonly options: readonly { readonly name: string; readonly span: Span; readonly value: Tree }[];
}

/** A sum (or another reduction) over named indices, of those entries where the conditions hold. */
export interface ReduceTree extends At {
  readonly kind: 'reduce';
  readonly op: Binder;
  readonly indices: readonly { readonly name: string; readonly span: Span }[];
  readonly conditions: readonly Tree[];
  readonly body: Tree;
}

/** An expression. */
export type Tree =
  | (At & { readonly kind: 'number'; readonly value: number; readonly text: string })
  | (At & { readonly kind: 'name'; readonly name: string })
  | (At & { readonly kind: 'slot'; readonly slot: number })
  | (At & { readonly kind: 'unary'; readonly op: '-' | '+' | 'not' | "'"; readonly arg: Tree })
  | (At & { readonly kind: 'binary'; readonly op: BinaryOperator; readonly left: Tree; readonly right: Tree })
  | (At & { readonly kind: 'compare'; readonly ops: readonly Comparison[]; readonly args: readonly Tree[] })
  | (At & { readonly kind: 'if'; readonly cond: Tree; readonly yes: Tree; readonly no: Tree })
  | (At & { readonly kind: 'abs' | 'indicator'; readonly arg: Tree })
  | (At & { readonly kind: 'norm'; readonly ord: number; readonly arg: Tree })
  | (At & { readonly kind: 'array'; readonly items: readonly Tree[] })
  | (At & { readonly kind: 'index'; readonly object: Tree; readonly at: readonly (Tree | RangeTree)[] })
  | (At & { readonly kind: 'subscript'; readonly base: string; readonly at: readonly Tree[] })
  | CallTree
  | ReduceTree;

/** A line of a formula. The last one is its value. */
export type Statement =
  | { readonly kind: 'value'; readonly value: Tree }
  | (At & { readonly kind: 'define'; readonly name: string; readonly value: Tree })
  | (At & { readonly kind: 'function'; readonly name: string; readonly params: readonly string[]; readonly body: Tree });

/** A formula that was read. */
export interface Program {
  /** The text, with `${1}` for interpolated values. */
  readonly text: string;
  readonly statements: readonly Statement[];
  /** Names that carry subscripts somewhere, so that `s_y` is the entry y of s and not a name of its own. */
  readonly subscripted: ReadonlySet<string>;
}
