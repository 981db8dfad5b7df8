/**
 * @file What a plan is made of: values in memory, and the steps that compute them.
 */
import type { DType, TypedArray } from '../graph/dtype.js';
import type { Shape } from '../graph/shape.js';
import type { Definition } from '../ops/define.js';
import type { View } from './view.js';

/** A buffer in memory. */
export interface Value {
  readonly id: number;
  readonly dtype: DType;
  readonly size: number;
  /** given: copied in before a run; constant: copied in once; computed: by steps. */
  readonly kind: 'given' | 'number' | 'constant' | 'computed';
  readonly data?: TypedArray;
  /** The node of a loop that computes it, and the position of the loop. */
  node?: Node;
  /** The step after which it is there; −1 before the first. */
  step: number;
  /** Must it be in memory, because another step or the caller reads it? */
  stored: boolean;
}

/** A value as it is read. A given number is read as any type. */
export interface Operand {
  readonly value: Value;
  readonly view: View;
  readonly dtype: DType;
}

/** What a node of a loop reads: another node of it, memory, or a number that is known. */
export type Input = { readonly node: Node } | { readonly operand: Operand } | { readonly number: number; readonly dtype: DType };

/** One elementwise operation in a loop. */
export interface Node {
  readonly op: string;
  readonly scalar: ((...x: number[]) => number) | undefined;
  readonly inputs: readonly Input[];
  readonly dtype: DType;
  readonly value: Value;
  /** Where its elements go, if not to a buffer of its own in order. */
  readonly target?: View;
}

/** A reduction at the end of a loop. */
export interface Reduction {
  readonly op: 'sum' | 'max' | 'min';
  readonly input: Input;
  readonly axes: readonly number[];
  readonly value: Value;
}

/** What elements are computed as: four or two at once, or one by one in float64 where types are mixed. */
export type Lanes = 'float32' | 'float64' | 'mixed';

/** A loop over a shape that computes nodes and reductions. */
export interface Loop {
  readonly kind: 'loop';
  readonly shape: Shape;
  readonly lanes: Lanes;
  readonly nodes: Node[];
  readonly reductions: Reduction[];
}

/** Matrix products, one for each pair of offsets. */
export interface Product {
  readonly kind: 'product';
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly a: Operand;
  readonly b: Operand;
  /** Strides in elements: rows and columns of op(A) and op(B). */
  readonly strides: readonly [ar: number, ac: number, br: number, bc: number];
  readonly offsets: readonly (readonly [a: number, b: number])[];
  readonly value: Value;
}

/** An op that is left to its reference kernel. */
export interface Reference {
  readonly kind: 'reference';
  readonly definition: Definition;
  readonly inputs: readonly Operand[];
  readonly attrs: unknown;
  readonly shape: Shape;
  readonly value: Value;
}

/** A check of values. */
export interface Verify {
  readonly kind: 'verify';
  readonly operand: Operand;
  readonly check: (data: TypedArray) => void;
}

/** A buffer filled with zeros. */
export interface Clear {
  readonly kind: 'clear';
  readonly value: Value;
}

export type Step = Loop | Product | Reference | Verify | Clear;

/** A planned program. */
export interface Plan {
  readonly steps: readonly Step[];
  readonly values: readonly Value[];
  /** What is given, in order. */
  readonly given: readonly Value[];
  /** What the caller reads, in order. */
  readonly outputs: readonly Operand[];
}
