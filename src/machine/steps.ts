/**
 * @file What a plan is made of: values in memory, and the steps that compute them.
 */
import type { DType, TypedArray } from '../graph/dtype.js';
import type { Shape } from '../graph/shape.js';
import type { PartKernel } from '../kernels/wasm.js';
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
  inputs: readonly Input[];
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

/** An axis along which products follow one another: steps in elements from one to the next. */
export interface BatchAxis {
  readonly length: number;
  readonly a: number;
  readonly b: number;
}

/** A matrix product, or a batch of them. */
export interface Product {
  readonly kind: 'product';
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly a: Operand;
  readonly b: Operand;
  /** Strides in elements: rows and columns of op(A) and op(B). */
  readonly strides: readonly [ar: number, ac: number, br: number, bc: number];
  readonly batch: readonly BatchAxis[];
  readonly value: Value;
  /** Added to every row, and what is negative made 0, when the sums are done. */
  readonly bias?: Operand;
  readonly relu?: boolean;
}

/** One call of an op on what lies in memory. */
export interface Call {
  readonly definition: Definition;
  readonly inputs: readonly Operand[];
  readonly attrs: unknown;
  readonly shape: Shape;
}

/** An op that is left to its reference kernel. */
export interface Reference extends Call {
  readonly kind: 'reference';
  readonly value: Value;
}

/** What a kernel is given behind its output: where an operand lies, a whole number, or a float. */
export type Argument = Operand | number | { readonly float: number };

/** A call of a kernel of src/kernels/assembly. */
export interface KernelCall {
  readonly kind: 'kernel';
  readonly kernel: PartKernel;
  /** Parts of the output that do not touch each other: any range of them may be computed alone. */
  readonly parts: number;
  readonly arguments: readonly Argument[];
  readonly value: Value;
  /** What throws when the kernel finds a number that it cannot take; such kernels return its position, or −1. */
  readonly otherwise?: Call;
  /** A random draw: the number of its first draw lies in a cell of memory, which is written before every run. */
  readonly draw?: { readonly cell: Value; readonly attrs: unknown };
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

/** Results that become what the next run is given, where some numbers are finite. */
export interface Carry {
  readonly kind: 'carry';
  readonly finite: readonly Operand[];
  readonly moves: readonly { readonly from: Operand; readonly to: Value }[];
}

export type Step = Loop | Product | KernelCall | Reference | Verify | Clear | Carry;

/** A planned program. */
export interface Plan {
  readonly steps: readonly Step[];
  readonly values: readonly Value[];
  /** What is given, in order. */
  readonly given: readonly Value[];
  /** What the caller reads, in order. */
  readonly outputs: readonly Operand[];
}
