/**
 * @file Axes as types: reductions, permutations, new axes and joins of literal shapes. Axes that are not literal give `Shape`.
 */
import type { Plus } from './length-types.js';
import type { Axes, Shape } from './shape.js';
import type { Fits, IsDynamic, IsStatic, SameAxis, ShapeMismatch, ShowShape } from './shape-types.js';

/** Axis A of a shape, counted from the front; `never` when it is out of range. */
type AxisAt<S extends Shape, A, Before extends readonly unknown[] = []> = S extends readonly [unknown, ...infer Rest extends Shape]
  ? A extends Before['length'] | Negative<S['length']>
    ? Before['length']
    : AxisAt<Rest, A, readonly [...Before, unknown]>
  : never;

type Negative<N extends number> = `-${N}` extends `${infer M extends number}` ? M : never;

/** The numbers of an axis or a list of axes. */
type NumbersOf<A> = A extends readonly (infer N)[] ? N : A;

/** Can an axis, or a list of axes, be looked up in a shape? */
type IsKnownAxis<S extends Shape, A> = number extends NumbersOf<A> ? false : IsStatic<S>;

/** Those of some axes that a shape does not have. */
type OutOfRange<S extends Shape, N> = N extends number ? ([AxisAt<S, N>] extends [never] ? N : never) : never;

/** `unknown` where a shape has the axes, else a type whose name is the reason. */
export type FitsAxes<S extends Shape, A> =
  IsKnownAxis<S, A> extends true
    ? [OutOfRange<S, NumbersOf<A>>] extends [never]
      ? unknown
      : ShapeMismatch<`axis ${OutOfRange<S, NumbersOf<A>>} is out of range: [${ShowShape<S>}]`>
    : unknown;

/** The same axes, those that are known to be gone dropped or 1. */
type Without<
  S extends Shape,
  Gone,
  Kept extends Shape,
  Before extends readonly unknown[] = [],
  Out extends Shape = readonly [],
> = S extends readonly [infer N extends number, ...infer Rest extends Shape]
  ? Without<Rest, Gone, Kept, [...Before, unknown], Before['length'] extends Gone ? readonly [...Out, ...Kept] : readonly [...Out, N]>
  : Out;

/** Shape of a reduction over axes (undefined: all), which go or, with `Keep`, become 1. */
export type Reduced<S extends Shape, A extends Axes | undefined, Keep extends boolean> = boolean extends Keep
  ? Shape
  : A extends undefined
    ? Keep extends true
      ? { readonly [I in keyof S]: 1 }
      : readonly []
    : IsKnownAxis<S, A> extends true
      ? Without<S, AxisAt<S, NumbersOf<A>>, Keep extends true ? readonly [1] : readonly []>
      : Shape;

type Reversed<S extends Shape, Out extends Shape = readonly []> = S extends readonly [infer N extends number, ...infer Rest extends Shape]
  ? Reversed<Rest, readonly [N, ...Out]>
  : Out;

/** Shape of `transpose(x, perm)`, reversed without one; `never` when perm is no permutation of the axes. */
export type Transposed<S extends Shape, Perm extends Shape | undefined = undefined> =
  IsStatic<S> extends true ? (Perm extends Shape ? (IsKnownAxis<S, Perm> extends true ? Permuted<S, Perm> : Shape) : Reversed<S>) : Shape;

/** `unknown` where perm is a permutation of the axes, else the reason why not. */
export type FitsTranspose<S extends Shape, Perm extends Shape | undefined> = Fits<
  Transposed<S, Perm>,
  `transpose: no permutation of the axes of [${ShowShape<S>}]`
>;

/** As many entries as axes, and every axis among them. */
type Permuted<S extends Shape, Perm extends Shape> = Perm['length'] extends S['length']
  ? [Exclude<keyof S & `${number}`, `${AxisAt<S, Perm[number]>}`>] extends [never]
    ? { readonly [I in keyof Perm]: S[AxisAt<S, Perm[I]> & keyof S] & number }
    : never
  : never;

/** Shape with a new axis of length N at A; `never` when A is out of range. */
export type Expanded<S extends Shape, A extends number, N extends number = 1> =
  IsKnownAxis<S, A> extends true ? Inserted<S, AxisAt<readonly [N, ...S], A>, N> : Shape;

/** `unknown` where a new axis can stand at A, else the reason why not. */
export type FitsExpand<S extends Shape, A extends number> = Fits<Expanded<S, A>, `expandDims: [${ShowShape<S>}] has no place ${A}`>;

type Inserted<S extends Shape, At, N extends number, Out extends Shape = readonly []> = [At] extends [never]
  ? never
  : Out['length'] extends At
    ? readonly [...Out, N, ...S]
    : S extends readonly [infer First extends number, ...infer Rest extends Shape]
      ? Inserted<Rest, At, N, readonly [...Out, First]>
      : never;

/** Shape without axes of length 1: all of them, or the given ones; `never` when a given one has another length. */
export type Squeezed<S extends Shape, A extends Axes | undefined> = A extends undefined
  ? number extends S[number]
    ? Shape
    : WithoutOnes<S>
  : IsKnownAxis<S, A> extends true
    ? SameAxis<S[AxisAt<S, NumbersOf<A>> & keyof S], 1> extends true
      ? Without<S, AxisAt<S, NumbersOf<A>>, readonly []>
      : never
    : Shape;

/** `unknown` where axes can be squeezed, else the reason why not. */
export type FitsSqueeze<S extends Shape, A extends Axes | undefined> = FitsAxes<S, A> &
  Fits<Squeezed<S, A>, `squeeze: only axes of length 1 can go: [${ShowShape<S>}]`>;

type WithoutOnes<S extends Shape, Out extends Shape = readonly []> = S extends readonly [
  infer N extends number,
  ...infer Rest extends Shape,
]
  ? WithoutOnes<Rest, N extends 1 ? Out : readonly [...Out, N]>
  : Out;

/** Shapes of a list of tensors. */
type ShapesOf<L extends readonly unknown[]> = {
  readonly [I in keyof L]: L[I] extends { readonly shape: infer S extends Shape } ? S : Shape;
};

/** The shapes of a list of tensors as text, for messages. */
type ShowShapes<L extends readonly unknown[]> =
  ShapesOf<L> extends readonly [infer S, ...infer Rest] ? ShowRest<Rest, `[${ShowShape<S>}]`> : '?';

type ShowRest<L extends readonly unknown[], Out extends string> = L extends readonly [infer S, ...infer Rest]
  ? ShowRest<Rest, `${Out} [${ShowShape<S>}]`>
  : Out;

/** Shape of the tensors of a list joined along an axis; `never` when they differ in another one. */
export type Joined<L extends readonly unknown[], A extends number> =
  ShapesOf<L> extends readonly [infer First extends Shape, ...infer Rest extends readonly Shape[]]
    ? IsKnownAxis<First, A> extends true
      ? JoinedTo<First, Rest, AxisAt<First, A>>
      : Shape
    : Shape;

/** `unknown` where tensors can be joined, else the reason why not. */
export type FitsJoin<L extends readonly unknown[], A extends number> = Fits<
  Joined<L, A>,
  `concat: shapes differ outside axis ${A}: ${ShowShapes<L>}`
>;

/** `unknown` where tensors can be stacked, else the reason why not. */
export type FitsStack<L extends readonly unknown[], A extends number> = Fits<Stacked<L, A>, `stack: no new axis ${A} for ${ShowShapes<L>}`>;

/** Shape of the tensors of a list joined along a new axis; `never` when they differ. */
export type Stacked<L extends readonly unknown[], A extends number> =
  ShapesOf<L> extends readonly [infer First extends Shape, ...infer Rest extends readonly Shape[]]
    ? JoinedTo<First, Rest, 'none'> extends infer S extends Shape
      ? [S] extends [never]
        ? never
        : Expanded<S, A, L['length']>
      : never
    : Shape;

type JoinedTo<S extends Shape, Others extends readonly Shape[], At> = [S] extends [never]
  ? never
  : Others extends readonly [infer Next extends Shape, ...infer Rest extends readonly Shape[]]
    ? [IsStatic<S>, IsStatic<Next>] extends [true, true]
      ? JoinedTo<JoinedPair<S, Next, At>, Rest, At>
      : Shape
    : S;

type JoinedPair<S extends Shape, T extends Shape, At, Out extends Shape = readonly []> = [At] extends [never]
  ? never
  : [S, T] extends [
        readonly [infer M extends number, ...infer SRest extends Shape],
        readonly [infer N extends number, ...infer TRest extends Shape],
      ]
    ? Out['length'] extends At
      ? JoinedPair<SRest, TRest, At, readonly [...Out, Plus<M, N>]>
      : SameAxis<M, N> extends true
        ? JoinedPair<SRest, TRest, At, readonly [...Out, IsDynamic<M> extends true ? N : M]>
        : never
    : [S, T] extends [readonly [], readonly []]
      ? Out
      : never;
