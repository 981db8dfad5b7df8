/**
 * @file Shapes as types: literal shapes carry through ops, so that a wrong inner dimension is a compile error.
 * Anything dynamic (`number` as a length, `Shape` as a shape) falls back to `Shape`.
 */
import type { Shape } from './shape.js';

type IsDynamic<D> = number extends D ? true : false;
type IsStatic<S extends Shape> = number extends S['length'] ? false : true;

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

/** Shape of an elementwise result; `never` when two literal shapes cannot be broadcast. */
export type Broadcast<A extends Shape, B extends Shape> =
  IsStatic<A> extends true ? (IsStatic<B> extends true ? BroadcastFromRight<A, B> : Shape) : Shape;

type SameAxis<A, B> = IsDynamic<A> extends true ? true : IsDynamic<B> extends true ? true : A extends B ? true : false;

/** Shape of a matrix product of literal shapes; `never` when the inner dimensions differ. */
export type MatMul<A extends Shape, B extends Shape> = A extends readonly [infer M extends number, infer K extends number]
  ? B extends readonly [infer K2 extends number, infer N extends number]
    ? SameAxis<K, K2> extends true
      ? readonly [M, N]
      : never
    : B extends readonly [infer K2 extends number]
      ? SameAxis<K, K2> extends true
        ? readonly [M]
        : never
      : Shape
  : Shape;

/** Shape of `transpose(x)` without a permutation. */
export type Transposed<A extends Shape> = A extends readonly []
  ? readonly []
  : A extends readonly [infer M extends number]
    ? readonly [M]
    : A extends readonly [infer M extends number, infer N extends number]
      ? readonly [N, M]
      : Shape;

/** `unknown` when `R` exists, else a type whose name is the reason: intersect it with a parameter's type. */
export type Fits<R, Message extends string> = [R] extends [never] ? ShapeMismatch<Message> : unknown;
