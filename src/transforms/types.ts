/**
 * @file Types of functions that are differentiated, and of their derivatives.
 */
import type { NumericArray, TensorLike } from '../graph/create.js';
import type { Tensor } from '../graph/tensor.js';

/** Nested arrays and plain objects with tensors, numbers or typed arrays as leaves. */
export type Tree = TensorLike | readonly Tree[] | { readonly [key: string]: Tree };

/** A tree of the same structure with tensors as leaves. What accepts a tensor is a leaf: recursive types stop there. */
export type TensorTree<T> = [Tensor] extends [T]
  ? Tensor
  : T extends Tensor | number | boolean | NumericArray
    ? Tensor
    : T extends readonly unknown[]
      ? { -readonly [K in keyof T]: TensorTree<T[K]> }
      : T extends object
        ? { -readonly [K in keyof T]: TensorTree<T[K]> }
        : Tensor;

/** What may be passed where a function takes a `P`: numbers and typed arrays stand for tensors. */
export type Argument<P> = unknown extends P
  ? unknown
  : [Tensor] extends [P]
    ? TensorLike
    : P extends Tensor
      ? TensorLike
      : P extends (...args: never[]) => unknown
        ? P
        : P extends object
          ? { [K in keyof P]: Argument<P[K]> }
          : P;

/** Arguments of a transformed function. */
export type Arguments<P extends readonly unknown[]> = { [K in keyof P]: Argument<P[K]> };

/** A function of tensors. */
export type TensorFunction<R = TensorLike> = (...args: Tensor[]) => R;

/** Which arguments to differentiate; default 0, the first. */
export interface ArgnumsOptions {
  /** One position, or several: the gradient is then a list. */
  argnums?: number | readonly number[];
}

/** Options of `grad` and `valueAndGrad`. */
export interface GradOptions extends ArgnumsOptions {
  /** Does f return [value, aux]? Default false. */
  hasAux?: boolean;
}

type At<P extends readonly unknown[], N> = N extends keyof P
  ? P[N]
  : N extends number
    ? `${N}` extends keyof P
      ? P[`${N}`]
      : P[number]
    : never;

/** Gradient with respect to the chosen arguments. */
export type GradOf<P extends readonly unknown[], O> = O extends { argnums: infer N }
  ? N extends readonly number[]
    ? { -readonly [K in keyof N]: TensorTree<At<P, N[K]>> }
    : TensorTree<At<P, N>>
  : TensorTree<At<P, 0>>;

/** Gradient, with aux where there is one. */
export type GradResult<P extends readonly unknown[], R, O> = O extends { hasAux: true }
  ? [GradOf<P, O>, R extends readonly [unknown, infer Aux] ? Aux : unknown]
  : GradOf<P, O>;

/** Value and gradient, with aux where there is one. */
export type ValueAndGradResult<P extends readonly unknown[], R, O> = O extends { hasAux: true }
  ? [[Tensor, R extends readonly [unknown, infer Aux] ? Aux : unknown], GradOf<P, O>]
  : [Tensor, GradOf<P, O>];
