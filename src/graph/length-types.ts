/**
 * @file Arithmetic of axis lengths as types, on their decimal digits: what it costs depends on the number of digits, never on
 * the number, so that the 47,040,000 elements of [60000, 784] are as cheap as the 6 of [2, 3].
 */

type Digit = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;
/** Digits of a whole number, the lowest first; digits that are not there are 0. */
type Digits = readonly Digit[];

/** Tuples of each length from 0 to 10: sums and differences of digits are lengths of joined and of shortened ones. */
type Ones = [
  [],
  [1],
  [1, 1],
  [1, 1, 1],
  [1, 1, 1, 1],
  [1, 1, 1, 1, 1],
  [1, 1, 1, 1, 1, 1],
  [1, 1, 1, 1, 1, 1, 1],
  [1, 1, 1, 1, 1, 1, 1, 1],
  [1, 1, 1, 1, 1, 1, 1, 1, 1],
];
type Ten = [...Ones[9], 1];

type FromText<Text extends string, Out extends Digits = []> = Text extends `${infer First extends Digit}${infer Rest}`
  ? FromText<Rest, [First, ...Out]>
  : Out;

type ToText<D extends Digits, Out extends string = ''> = D extends readonly [infer Low extends Digit, ...infer High extends Digits]
  ? ToText<High, `${Low}${Out}`>
  : WithoutZeros<Out>;

type WithoutZeros<Text extends string> = Text extends `0${infer Rest}` ? WithoutZeros<Rest> : Text extends '' ? '0' : Text;

type ToNumber<Text extends string> = Text extends `${infer N extends number}` ? N : number;

type Low<D extends Digits> = D extends readonly [infer First extends Digit, ...Digits] ? First : 0;
type High<D extends Digits> = D extends readonly [Digit, ...infer Rest extends Digits] ? Rest : [];

/** a + b, digit by digit from the lowest. */
type Add<A extends Digits, B extends Digits, Carry extends 0 | 1 = 0, Out extends Digits = []> = [A, B] extends [readonly [], readonly []]
  ? [...Out, ...Ones[Carry]]
  : [...Ones[Low<A>], ...Ones[Low<B>], ...Ones[Carry]] extends infer Sum extends 1[]
    ? Sum extends [...Ten, ...infer Above extends 1[]]
      ? Add<High<A>, High<B>, 1, [...Out, Above['length'] & Digit]>
      : Add<High<A>, High<B>, 0, [...Out, Sum['length'] & Digit]>
    : never;

/** a − b, digit by digit from the lowest; `never` where b > a. */
type Subtract<A extends Digits, B extends Digits, Borrow extends 0 | 1 = 0, Out extends Digits = []> = [A, B] extends [
  readonly [],
  readonly [],
]
  ? Borrow extends 0
    ? Out
    : never
  : Ones[Low<A>] extends [...Ones[Low<B>], ...Ones[Borrow], ...infer Rest extends 1[]]
    ? Subtract<High<A>, High<B>, 0, [...Out, Rest['length'] & Digit]>
    : [...Ten, ...Ones[Low<A>]] extends [...Ones[Low<B>], ...Ones[Borrow], ...infer Rest extends 1[]]
      ? Subtract<High<A>, High<B>, 1, [...Out, Rest['length'] & Digit]>
      : never;

/** a as often as there are entries in `Count`. */
type Copies<A extends Digits, Count extends 1[], Out extends Digits = []> = Count extends [1, ...infer Rest extends 1[]]
  ? Copies<A, Rest, Add<A, Out>>
  : Out;

/** a times the number that text stands for. */
type Times<A extends Digits, B extends string, Out extends Digits = []> = B extends `${infer First extends Digit}${infer Rest}`
  ? Times<A, Rest, Add<[0, ...Out], Copies<A, Ones[First]>>>
  : Out;

/** Long division of text by digits: `never` unless it leaves nothing. */
type Divide<
  A extends string,
  B extends Digits,
  Rest extends Digits = [],
  Quotient extends string = '',
> = A extends `${infer First extends Digit}${infer After}`
  ? DigitOf<[First, ...Rest], B> extends [infer Q extends 1[], infer R extends Digits]
    ? Divide<After, B, R, `${Quotient}${Q['length'] & number}`>
    : never
  : Rest[number] extends 0
    ? WithoutZeros<Quotient>
    : never;

/** How often b is in a (at most nine times), as a tuple, and what is left. */
type DigitOf<A extends Digits, B extends Digits, Count extends 1[] = []> = [Subtract<A, B>] extends [never]
  ? [Count, A]
  : DigitOf<Subtract<A, B>, B, [...Count, 1]>;

/** Is a length one literal whole number? 2.5, 1e21 and unions are as good as unknown. */
type IsKnown<N extends number, All = N> = number extends N
  ? false
  : `${N}` extends `${string}${'.' | '-' | 'e'}${string}`
    ? false
    : N extends N
      ? [All] extends [N]
        ? true
        : false
      : never;

/** a + b of literal lengths; `number` where one is not known. */
export type Plus<A extends number, B extends number> = [IsKnown<A>, IsKnown<B>] extends [true, true]
  ? ToNumber<ToText<Add<FromText<`${A}`>, FromText<`${B}`>>>>
  : number;

/** Product of literal lengths; `number` where one is not known. */
export type Product<S extends readonly number[], Out extends Digits = [1]> = S extends readonly [
  infer N extends number,
  ...infer Rest extends readonly number[],
]
  ? IsKnown<N> extends true
    ? Product<Rest, Times<Out, `${N}`>>
    : number
  : ToNumber<ToText<Out>>;

/** a / b of literal lengths: `never` where b is no divisor of a, `number` where one is not known. */
export type Quotient<A extends number, B extends number> = [IsKnown<A>, IsKnown<B>] extends [true, true]
  ? B extends 0
    ? never
    : ToNumber<Divide<`${A}`, FromText<`${B}`>>>
  : number;
