/**
 * @file Which recomputation belongs to which entry.
 */
import { type Inputs } from '../inputs.js';
import { type Json, writable } from '../value.js';
import { calculus } from './calculus.js';
import { distances } from './distances.js';
import { claims } from './formulas.js';
import { linear } from './linear.js';
import { probabilities } from './probabilities.js';
import { type Recompute } from './recompute.js';
import { regression } from './regression.js';
import { regularisation } from './regularisation.js';
import { softmaxClassifier } from './softmax.js';
import { statements } from './statements.js';
import { svm } from './svm.js';

/** Recomputations by the file they stand in. */
const values: Readonly<Record<string, Readonly<Record<string, Recompute>>>> = {
  'linear.ts': linear,
  'distances.ts': distances,
  'svm.ts': svm,
  'softmax.ts': softmaxClassifier,
  'probabilities.ts': probabilities,
  'regression.ts': regression,
  'regularisation.ts': regularisation,
  'calculus.ts': calculus,
};
const recomputations: ReadonlyMap<string, Recompute> = new Map(Object.values(values).flatMap((part) => Object.entries(part)));
const [formulas, words] = [new Map(Object.entries(claims)), new Map(Object.entries(statements))];

/**
 * What the library has to say of an entry: its value, and whether what the text says of it in words holds; whether its formula holds;
 * or that nobody has written it down yet.
 */
export type Outcome = { kind: 'value'; value: Json; holds: boolean } | { kind: 'claim'; holds: boolean } | { kind: 'none' };

/** Recomputes an entry from its inputs and nothing else. */
export function recompute(id: string, inputs: Inputs): Outcome {
  const value = recomputations.get(id);
  if (value !== undefined) return { kind: 'value', value: writable(value(inputs)), holds: words.get(id)?.(inputs) ?? true };
  const claim = formulas.get(id);
  return claim === undefined ? { kind: 'none' } : { kind: 'claim', holds: claim(inputs) };
}

/** The files of this folder that recompute an entry and test what is said of it; none for a fact. */
export function filesOf(id: string): string[] {
  const own = Object.keys(values).filter((file) => values[file]![id] !== undefined);
  return [...own, ...(formulas.has(id) ? ['formulas.ts'] : []), ...(words.has(id) ? ['statements.ts'] : [])];
}
