/**
 * @file Shapes as types: literal shapes carry through ops, so that a wrong inner dimension is a compile error.
 * Anything dynamic (`number` as a length, `Shape` as a shape) falls back to `Shape`.
 */
import type { Product, Quotient } from './length-types.js';
import type { Shape } from './shape.js';

/** Is a length not known? */
export type IsDynamic<D> = number extends D ? true : false;
/** Is the number of axes known? */
export type IsStatic<S extends Shape> = number extends S['length'] ? false : true;

/** A literal shape as text, for messages. */
export type ShowShape<S> = S extends readonly []
  ? ''
  : S extends readonly [infer H extends number]
    ? `${H}`
    : S extends readonly [infer H extends number, ...infer T extends Shape]
      ? `${H},${ShowShape<T>}`
      : '?';

/** What a compile error shows where shapes do not fit. */
export interface ShapeMismatch<Message extends string> {
  /** The reason, readable in the compiler's message. */
  readonly __shapeMismatch: Message;
}

/** `unknown` when `R` exists, else a type whose name is the reason: intersect it with a parameter's type. */
export type Fits<R, Message extends string> = [R] extends [never] ? ShapeMismatch<Message> : unknown;

/** One axis of a broadcast: equal, or 1, or dynamic; `never` when they differ. */
type BroadcastAxis<A, B> = A extends 1
  ? B
  : B extends 1
    ? A
    : IsDynamic<A> extends true
      ? IsDynamic<B> extends true
        ? number
        : B
      : IsDynamic<B> extends true
        ? A
        : A extends B
          ? A
          : never;

type BroadcastFromRight<A extends Shape, B extends Shape, Out extends Shape = readonly []> = A extends readonly [
  ...infer AI extends Shape,
  infer AL,
]
  ? B extends readonly [...infer BI extends Shape, infer BL]
    ? [BroadcastAxis<AL, BL>] extends [never]
      ? never
      : BroadcastFromRight<AI, BI, readonly [BroadcastAxis<AL, BL> & number, ...Out]>
    : readonly [...A, ...Out]
  : readonly [...B, ...Out];

/** Shape of what an op takes as a tensor: a number has no axes, nested arrays are of any shape. */
export type ShapeOf<X> = unknown extends X
  ? Shape
  : [X] extends [number | boolean]
    ? readonly []
    : [X] extends [{ readonly shape: infer S extends Shape }]
      ? S
      : Shape;

/** Shape of an elementwise result; `never` when two literal shapes cannot be broadcast. */
export type Broadcast<A extends Shape, B extends Shape> =
  IsStatic<A> extends true ? (IsStatic<B> extends true ? BroadcastFromRight<A, B> : Shape) : Shape;

/** Can two lengths be the same? */
export type SameAxis<A, B> = IsDynamic<A> extends true ? true : IsDynamic<B> extends true ? true : A extends B ? true : false;

/** The shape `To` where A broadcasts to it, else `never`. */
type BroadcastTo<A extends Shape, To extends Shape> = [IsStatic<A>, IsStatic<To>] extends [true, true]
  ? [BroadcastFromRight<A, To>] extends [never]
    ? never
    : BroadcastFromRight<A, To> extends To
      ? To
      : never
  : To;

/** `unknown` where A broadcasts to a shape, else the reason why not. */
export type FitsBroadcastTo<A extends Shape, To extends Shape> = Fits<
  BroadcastTo<A, To>,
  `broadcastTo: [${ShowShape<A>}] does not broadcast to [${ShowShape<To>}]`
>;

/** Shape of a matrix product of literal shapes, batch axes broadcast; `never` when they do not fit. */
export type MatMul<A extends Shape, B extends Shape> = IsStatic<A> extends true ? (IsStatic<B> extends true ? Rows<A, B> : Shape) : Shape;

/** `unknown` where two shapes have a matrix product, else the reason why not. */
export type FitsMatMul<A extends Shape, B extends Shape> = Fits<
  MatMul<A, B>,
  `matmul: shapes do not fit: [${ShowShape<A>}] · [${ShowShape<B>}]`
>;

/** The left factor is a vector, or a stack of matrices with as many columns as the right one has rows. */
type Rows<A extends Shape, B extends Shape> = A extends readonly [infer K]
  ? Columns<readonly [], readonly [], K, B>
  : A extends readonly [...infer Batch extends Shape, infer M extends number, infer K]
    ? Columns<Batch, readonly [M], K, B>
    : never;

type Columns<Batch extends Shape, M extends Shape, K, B extends Shape> = B extends readonly [infer K2]
  ? SameAxis<K, K2> extends true
    ? readonly [...Batch, ...M]
    : never
  : B extends readonly [...infer BatchB extends Shape, infer K2, infer N extends number]
    ? SameAxis<K, K2> extends true
      ? InBatch<Broadcast<Batch, BatchB>, readonly [...M, N]>
      : never
    : never;

type InBatch<Batch extends Shape, Matrix extends Shape> = [Batch] extends [never] ? never : readonly [...Batch, ...Matrix];

/** Shape of `reshape(x, to)`, where one length may be −1; `never` when the numbers of elements differ. */
export type Reshaped<S extends Shape, To extends Shape> =
  IsStatic<To> extends true
    ? -1 extends To[number]
      ? Filled<To, Quotient<IsStatic<S> extends true ? Product<S> : number, Product<Filled<To, 1>>>>
      : IsStatic<S> extends true
        ? SameAxis<Product<S>, Product<To>> extends true
          ? To
          : never
        : To
    : Shape;

/** `unknown` where a shape can become another one, else the reason why not. */
export type FitsReshape<S extends Shape, To extends Shape> = Fits<
  Reshaped<S, To>,
  `reshape: [${ShowShape<S>}] does not have the elements of [${ShowShape<To>}]`
>;

/** A shape with N for −1; `never` for no N. */
type Filled<S extends Shape, N extends number> = [N] extends [never] ? never : { readonly [I in keyof S]: S[I] extends -1 ? N : S[I] };
