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
import { svm } from './svm.js';

const recomputations: ReadonlyMap<string, Recompute> = new Map(
  [linear, distances, svm, softmaxClassifier, probabilities, regression, regularisation, calculus].flatMap((part) => Object.entries(part)),
);
const formulas = new Map(Object.entries(claims));

/** What the library has to say of an entry: its value, whether its formula holds, or that nobody has written it down yet. */
export type Outcome = { kind: 'value'; value: Json } | { kind: 'claim'; holds: boolean } | { kind: 'none' };

/** Recomputes an entry from its inputs and nothing else. */
export function recompute(id: string, inputs: Inputs): Outcome {
  const value = recomputations.get(id);
  if (value !== undefined) return { kind: 'value', value: writable(value(inputs)) };
  const claim = formulas.get(id);
  return claim === undefined ? { kind: 'none' } : { kind: 'claim', holds: claim(inputs) };
}
