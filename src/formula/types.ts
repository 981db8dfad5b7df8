/**
 * @file The free symbols of a formula that is written as a literal: found by the compiler, so that a missing one is a compile error.
 * Texts with sums over indices, functions or options of their own, or more than 900 characters, are checked when they run.
 */

type Space = ' ' | '\t' | '\n' | '\r';
type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9';
type Mark = Space | '+' | '-' | '−' | '*' | '/' | '^' | '.' | '@' | '(' | ')' | '[' | ']' | ',' | ':' | '?' | '|' | "'" | '²' | '³' | '≤' | '≥' | '≠' | '‖' | '∥' | '⊙' | '∞' | 'π'; // prettier-ignore
type Reserved = 'pi' | 'e' | 'infinity' | 'Infinity' | 'inf' | 'true' | 'false' | 'and' | 'or' | 'not';
type Indexed = `${'sum' | 'mean' | 'prod' | 'max' | 'min' | 'logsumexp'}_${string}`;

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

/** `Found` symbols, `Defined` names, `Start`: is it the start of a line? `Count` ends what would be too deep for the compiler. */
type Scan<T extends string, Found extends string, Defined extends string, Start, Count extends unknown[]> = Count['length'] extends 450
  ? string
  : T extends `${infer C}${infer Rest}`
    ? C extends ';' | '\n'
      ? Scan<Rest, Found, Defined, true, [...Count, 1]>
      : C extends Space
        ? Scan<Rest, Found, Defined, Start, [...Count, 1]>
        : T extends `${'==' | '<=' | '>=' | '!='}${infer Behind}`
          ? Scan<Behind, Found, Defined, false, [...Count, 1]>
          : C extends '<' | '>' | Exclude<Mark, '.'>
            ? Scan<Rest, Found, Defined, false, [...Count, 1]>
            : C extends Digit | '.'
              ? T extends `.${'*' | '/' | '^'}${infer Behind}`
                ? Scan<Behind, Found, Defined, false, [...Count, 1]>
                : Scan<AfterNumber<Rest>, Found, Defined, false, [...Count, 1]>
              : C extends '=' | '!' | '{' | '}' | '#' | '$'
                ? string
                : Word<T> extends [infer W extends string, infer Behind extends string]
                  ? W extends Indexed
                    ? string
                    : Meaning<TrimLeft<Behind>> extends 'call'
                      ? Scan<Behind, Found, Defined, false, [...Count, 1]>
                      : Meaning<TrimLeft<Behind>> extends 'definition'
                        ? Start extends true
                          ? TrimLeft<Behind> extends `=${infer Value}`
                            ? Scan<Value, Found, Defined | W, false, [...Count, 1]>
                            : never
                          : string
                        : Scan<Behind, W extends Reserved | Defined ? Found : Found | W, Defined, false, [...Count, 1]>
                  : string
    : Found;

/** The free symbols of a literal text; `string` where they cannot be told. */
export type FormulaSymbols<T extends string> = string extends T ? string : Scan<T, never, never, true, []>;
