/**
 * @file The free symbols of a formula that is written as a literal: found by the compiler, so that a missing one is a compile error.
 * Texts with sums over indices, functions or options of their own, or more than 900 characters, are checked when they run.
 */

type Space = ' ' | '\t' | '\n' | '\r';
/** Blanks that nobody types on purpose: the symbols are found when it runs. */
type OddSpace = '\f' | '\v' | '\u00a0' | '\u1680' | '\u2000' | '\u2001' | '\u2002' | '\u2003' | '\u2004' | '\u2005' | '\u2006' | '\u2007' | '\u2008' | '\u2009' | '\u200a' | '\u2028' | '\u2029' | '\u202f' | '\u205f' | '\u3000' | '\ufeff'; // prettier-ignore
type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9';
/** Signs behind which a value may end; behind the others it goes on, in the next line too. */
type Closing = ')' | ']' | '|' | "'" | '⁰' | '¹' | '²' | '³' | '⁴' | '⁵' | '⁶' | '⁷' | '⁸' | '⁹' | '‖' | '∥' | '∞';
type Operator = '+' | '-' | '−' | '*' | '/' | '^' | '.' | '@' | ',' | ':' | '?' | '≤' | '≥' | '≠' | '⊙';
type Mark = Space | OddSpace | Closing | Operator | '(' | '[';
type Reserved = 'pi' | 'π' | 'e' | 'infinity' | 'Infinity' | 'inf' | 'true' | 'false' | 'and' | 'or' | 'not';
type Indexed = `${'sum' | 'mean' | 'prod' | 'max' | 'min' | 'logsumexp'}_${string}`;
/** Words that may be options: in `mseLoss(s, y, sum)` one of them is no symbol. */
type OptionWord = 'float64' | 'float32' | 'int32' | 'bool' | 'mean' | 'sum' | 'none' | 'batchmean' | 'meanOthers' | 'l1' | 'l2' | 'sqeuclidean' | 'chebyshev' | 'cosine' | 'minkowski'; // prettier-ignore

type TrimLeft<T extends string> = T extends `${Space}${infer Rest}` ? TrimLeft<Rest> : T;

/** What a word is, by what follows it. */
type Meaning<After extends string> = After extends `(${string}`
  ? 'call'
  : After extends `==${string}`
    ? 'symbol'
    : After extends `=${string}`
      ? 'definition'
      : 'symbol';

/** The text from which the word that begins it is cut off. */
type Word<T extends string, Read extends string = ''> = T extends `${infer C}${infer Rest}`
  ? C extends Mark | ';' | '=' | '<' | '>' | '!' | '{' | '#' | '$'
    ? [Read, T]
    : Word<Rest, `${Read}${C}`>
  : [Read, ''];

/** The text behind the number that begins it. */
type AfterNumber<T extends string> = T extends `${Digit | '.'}${infer Rest}`
  ? AfterNumber<Rest>
  : T extends `${'e' | 'E'}${Digit | '+' | '-'}${infer Rest}`
    ? AfterNumber<Rest>
    : T;

/** The text behind the order of a norm, `||w||_1`. */
type AfterOrder<T extends string> = Word<T> extends ['_1' | '_2' | '_inf' | '_infinity', infer Behind extends string] ? Behind : T;

/**
 * `Found` symbols, `Defined` names, the name `Pending` that this line defines, open brackets `Depth`; `At` the start of a line, behind an
 * operator or elsewhere. `Count` ends what would be too deep for the compiler.
 */
type Scan<
  T extends string,
  Found extends string,
  Defined extends string,
  Pending extends string,
  Depth extends unknown[],
  At extends 'start' | 'open' | 'value',
  Count extends unknown[],
> = Count['length'] extends 450
  ? string
  : T extends `${infer C}${infer Rest}`
    ? C extends ';'
      ? Scan<Rest, Found, Defined | Pending, never, Depth, 'start', [...Count, 1]>
      : C extends '\n'
        ? [Depth, At, TrimLeft<Rest>] extends [[], 'value', infer Next]
          ? Next extends `${Operator}${string}`
            ? Scan<Rest, Found, Defined, Pending, Depth, At, [...Count, 1]>
            : Scan<Rest, Found, Defined | Pending, never, Depth, 'start', [...Count, 1]>
          : Scan<Rest, Found, Defined, Pending, Depth, At, [...Count, 1]>
        : C extends Space
          ? Scan<Rest, Found, Defined, Pending, Depth, At, [...Count, 1]>
          : T extends `${'||' | '‖' | '∥'}${infer Behind}`
            ? Scan<AfterOrder<Behind>, Found, Defined, Pending, Depth, 'value', [...Count, 1]>
            : T extends `${'==' | '<=' | '>=' | '!='}${infer Behind}`
              ? Scan<Behind, Found, Defined, Pending, Depth, 'open', [...Count, 1]>
              : C extends '(' | '['
                ? Scan<Rest, Found, Defined, Pending, [...Depth, 1], 'open', [...Count, 1]>
                : C extends ')' | ']'
                  ? Scan<Rest, Found, Defined, Pending, Depth extends [unknown, ...infer Outer] ? Outer : [], 'value', [...Count, 1]>
                  : C extends Closing
                    ? Scan<Rest, Found, Defined, Pending, Depth, 'value', [...Count, 1]>
                    : C extends '<' | '>' | Exclude<Operator, '.'>
                      ? Scan<Rest, Found, Defined, Pending, Depth, 'open', [...Count, 1]>
                      : C extends Digit | '.'
                        ? T extends `.${'*' | '/' | '^'}${infer Behind}`
                          ? Scan<Behind, Found, Defined, Pending, Depth, 'open', [...Count, 1]>
                          : Scan<AfterNumber<Rest>, Found, Defined, Pending, Depth, 'value', [...Count, 1]>
                        : C extends OddSpace | '=' | '!' | '{' | '}' | '#' | '$'
                          ? string
                          : Word<T> extends [infer W extends string, infer Behind extends string]
                            ? W extends Indexed
                              ? string
                              : Meaning<TrimLeft<Behind>> extends 'call'
                                ? Scan<Behind, Found, Defined, Pending, Depth, 'value', [...Count, 1]>
                                : W extends OptionWord
                                  ? string
                                  : Meaning<TrimLeft<Behind>> extends 'definition'
                                    ? At extends 'start'
                                      ? TrimLeft<Behind> extends `=${infer Value}`
                                        ? Scan<Value, Found, Defined, W, Depth, 'open', [...Count, 1]>
                                        : never
                                      : string
                                    : Scan<
                                        Behind,
                                        W extends Reserved | Defined ? Found : Found | W,
                                        Defined,
                                        Pending,
                                        Depth,
                                        W extends 'and' | 'or' | 'not' ? 'open' : 'value',
                                        [...Count, 1]
                                      >
                            : string
    : Found;

type IsUnion<T, All = T> = T extends unknown ? ([All] extends [T] ? false : true) : never;

/** The free symbols of a literal text; `string` where they cannot be told. */
export type FormulaSymbols<T extends string> = string extends T
  ? string
  : IsUnion<T> extends false
    ? Scan<T, never, never, never, [], 'start', []>
    : string;
