/**
 * @file The verdict on an entry, computed from what is printed and what the library gives.
 */
import { Missing } from './inputs.js';
import { type Entry, within } from './load.js';
import { agreesWithPrint } from './printed.js';
import { errata, lost } from './reasons.js';
import { type Outcome, recompute } from './recompute/index.js';
import { type Json, sameValue, show } from './value.js';

/** One line of the report. */
export interface Verdict {
  entry: Entry;
  /** Our value, in the shape of the entry's `exact`; null where a verdict is all there is. */
  value: Json;
  /** `agrees`, or what is wrong, impossible or missing, with the reason. */
  verdict: string;
}

/** The verdicts there are, by how they begin. */
export const VERDICTS = [
  'agrees',
  'the lecture is wrong',
  'cannot be recomputed',
  'not yet covered',
  'disagrees with the exact value',
] as const;

/** A written reason speaks of one printed text and one value; any other pair gets a plain comparison. */
function reasonFor({ id, printed }: Entry, value: Json): string | undefined {
  const erratum = errata[id];
  const fits = erratum?.printed === show(printed) && (value === null || erratum.ours === show(value));
  return fits ? `the lecture is wrong because ${erratum.because}` : undefined;
}

function wrong(entry: Entry, value: Json): string {
  const ours = value ?? entry.exact ?? null;
  return reasonFor(entry, value) ?? `the lecture is wrong because it prints ${show(entry.printed)}, exact is ${show(ours)}`;
}

/** Facts are not computed: what the text prints is held against the number known from elsewhere. */
function ofFact(entry: Entry): string {
  const holds = entry.exact === undefined || agreesWithPrint(entry.printed, entry.exact, entry.inputs);
  return holds ? 'agrees' : wrong(entry, null);
}

function judge(entry: Entry, outcome: Outcome): string {
  const { id, printed, exact, inputs, kind, flag } = entry;
  if (outcome.kind === 'claim') return outcome.holds ? 'agrees' : wrong(entry, null);
  if (outcome.kind === 'none') {
    if (kind === 'fact') return ofFact(entry);
    if (flag.includes('not-recomputable')) return `cannot be recomputed because ${lost[id] ?? 'the text lacks the data'}`;
    return 'not yet covered: no recomputation is written for it';
  }
  const { value, holds } = outcome;
  if (printed !== null) return agreesWithPrint(printed, value, inputs) ? 'agrees' : wrong(entry, value);
  if (exact !== undefined && !sameValue(value, exact)) return `disagrees with the exact value ${show(exact)}`;
  // Words that do not hold are held against the text for the numbers that it says them of; of other numbers it says nothing.
  return (holds ? undefined : reasonFor(entry, value)) ?? 'agrees';
}

/** Recomputes and judges one entry. Inputs that the recomputation cannot use are an `IllFormed` that names the entry. */
export function verdictOn(entry: Entry): Verdict {
  try {
    const outcome = within(entry.id, () => recompute(entry.id, entry.inputs));
    return { entry, value: outcome.kind === 'value' ? outcome.value : null, verdict: judge(entry, outcome) };
  } catch (error) {
    if (error instanceof Missing) return { entry, value: null, verdict: `cannot be recomputed because ${error.message}` };
    throw error;
  }
}
