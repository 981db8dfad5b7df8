/**
 * @file Every number of the lectures is recomputed, from its inputs alone, and judged as the file judges it.
 */
import { readFileSync } from 'node:fs';
import { allclose, oneVsRestCrossEntropy, softmax, tensor } from 'chainrule';
import { describe, expect, test } from 'vitest';
import { type Entry, loadEntries, readEntries } from '../../examples/lecture/load.js';
import type { Inputs } from '../../examples/lecture/inputs.js';
import { errata, lost } from '../../examples/lecture/reasons.js';
import { recompute } from '../../examples/lecture/recompute/index.js';
import { statements } from '../../examples/lecture/recompute/statements.js';
import { twoSided } from '../../examples/lecture/recompute/softmax.js';
import { counts } from '../../examples/lecture/table.js';
import { type Json, sameValue, show } from '../../examples/lecture/value.js';
import { verdictOn } from '../../examples/lecture/verdict.js';

const fileOf = (name: string): URL => new URL(name, import.meta.url);
const entries = loadEntries(fileOf('numbers.json'));
const others = loadEntries(fileOf('other-inputs.json'));
const verdicts = entries.map(verdictOn);
const byId = new Map(verdicts.map((verdict) => [verdict.entry.id, verdict]));

// The file's `exact` of this entry is the logarithm of the unrounded probability 0.129982539, but its input is the rounded 0.13.
const EXACT_OF_OTHER_INPUT: ReadonlyMap<string, number> = new Map([['softmax-loss-log10-check', -Math.log10(0.13)]]);

/** What an entry's value must be: `exact`, where the entry has a number of its own. */
const exactOf = (entry: Entry): Json | undefined => EXACT_OF_OTHER_INPUT.get(entry.id) ?? entry.exact;

// A verdict is all there is for these: facts from elsewhere, formulas without a number, and texts that lack the data.
const withoutValue = (entry: Entry): boolean =>
  (entry.kind === 'fact' && !entry.id.endsWith('minmax')) ||
  (entry.kind === 'formula' && typeof entry.exact !== 'number' && entry.id !== 'reg-002-missing-index') ||
  entry.exact === undefined;

function deepFreeze(x: Json): Json {
  if (typeof x === 'object' && x !== null) {
    Object.values(x).forEach(deepFreeze);
    Object.freeze(x);
  }
  return x;
}

describe('the lectures', () => {
  test('all 162 entries get a verdict, in the order of the file', () => {
    expect(verdicts).toHaveLength(162);
    const raw = JSON.parse(readFileSync(fileOf('numbers.json'), 'utf8')) as { id: string }[];
    expect(verdicts.map(({ entry }) => entry.id)).toEqual(raw.map(({ id }) => id));
  });

  test('counts of the verdicts', () => {
    expect(counts(verdicts)).toEqual([
      ['agrees', 59],
      ['computed, the lecture prints none', 54],
      ['the lecture is wrong', 45],
      ['cannot be recomputed', 4],
    ]);
  });

  test.each(entries)('$id', (entry) => {
    const { value, verdict } = byId.get(entry.id)!;
    const exact = exactOf(entry);
    if (withoutValue(entry)) expect(value).toBeNull();
    else expect(sameValue(value, exact!), `${show(value)} is not ${show(exact)}`).toBe(true);
    if (entry.agrees === true) expect(verdict).toBe('agrees');
    else if (entry.agrees === false || statements[entry.id] !== undefined) expect(verdict).toMatch(/^the lecture is wrong because \S/);
    else expect(verdict).toMatch(/^(agrees$|cannot be recomputed because \S)/);
  });

  test('every entry that the file flags as an error is wrong, and of the other flags it is known why not', () => {
    const judged = (flag: RegExp): [string, string][] =>
      verdicts.filter(({ entry }) => flag.test(entry.flag)).map(({ entry, verdict }) => [entry.id, verdict]);
    for (const [id, verdict] of judged(/^seed-error/)) expect(verdict, id).toMatch(/^the lecture is wrong because \S/);
    // wording: all wrong but "28*28 binary image", where the number that is printed, 784, is right
    const wording = judged(/^seed-wording$/).filter(([, verdict]) => !verdict.startsWith('the lecture is wrong because'));
    expect(wording).toEqual([['mnist-784', 'agrees']]);
    // values that say where an error comes from, and traps of those who compute: there is nothing wrong in print
    for (const [id, verdict] of judged(/^(explains|trap|naming-trap|rounding)/)) expect(verdict, id).toBe('agrees');
    const lacking = judged(/^not-recomputable$/).filter(([, verdict]) => !verdict.startsWith('cannot be recomputed because'));
    expect(lacking).toEqual([['knn-k-values', 'agrees']]); // 1, 3 and 5 stand in the text; the pictures are what is lost
    const kinds = /^(|seed-error:.*|seed-wording|explains:.*|trap:.*|naming-trap|rounding|not-recomputable)$/;
    expect(entries.filter(({ flag }) => !kinds.test(flag)).map(({ id }) => id)).toEqual([]);
  });

  test('every written reason is used, and every wrong entry has one', () => {
    const wrong = verdicts.filter(({ verdict }) => verdict.startsWith('the lecture is wrong'));
    expect(wrong.map(({ entry }) => entry.id).sort()).toEqual(Object.keys(errata).sort());
    for (const { entry, verdict } of wrong) expect(verdict).toBe(`the lecture is wrong because ${errata[entry.id]!.because}`);
    for (const [id, reason] of Object.entries(lost)) expect(byId.get(id)!.verdict).toBe(`cannot be recomputed because ${reason}`);
  });
});

describe('a recomputation is a function of the inputs', () => {
  test('it changes nothing in them, and is the same a second time', () => {
    for (const { id, inputs } of entries) {
      const frozen = deepFreeze(structuredClone(inputs)) as typeof inputs;
      expect(recompute(id, frozen)).toEqual(recompute(id, inputs));
    }
  });

  test('neither what is printed nor what is exact has an influence on a value', () => {
    for (const { entry, value } of verdicts) {
      const blind = verdictOn({ ...entry, printed: 'something else', exact: 'something else', agrees: null });
      expect(blind.value).toEqual(value);
    }
  });

  test('it reads no field of the entry but its id and its inputs', () => {
    for (const entry of entries) {
      const guarded = new Proxy(entry, {
        get(target, key) {
          if (key !== 'id' && key !== 'inputs') throw new Error(`${String(key)} was read`);
          return target[key];
        },
      });
      expect(() => recompute(guarded.id, guarded.inputs)).not.toThrow();
    }
  });

  test.each(others)('other inputs: $id', (entry) => {
    const { value, verdict } = verdictOn(entry);
    expect(sameValue(value, entry.exact!), `${show(value)} is not ${show(entry.exact)}`).toBe(true);
    if (entry.agrees === false) expect(verdict).toMatch(/^the lecture is wrong because it prints /);
    else expect(verdict).toBe('agrees');
  });

  test('nearly every recomputation has been tried on other inputs', () => {
    const tried = new Set(others.map(({ id }) => id));
    const untried = entries.filter((entry) => !withoutValue(entry) && !tried.has(entry.id)).map(({ id }) => id);
    // Without inputs there are no others.
    expect(untried).toEqual(['svm-q2-minmax', 'softmax-minmax']);
  });
});

test('the two-sided loss from log-odds is the library loss of softmax probabilities', () => {
  const scores = tensor([
    [3.2, 5.1, -1.7],
    [1.3, 4.9, 2],
  ]);
  const plain = oneVsRestCrossEntropy(softmax(scores), [0, 2], { reduction: 'none' });
  expect(allclose(twoSided(scores, [0, 2]), plain, { rtol: 1e-12 })).toBe(true);
});

describe('what is said in words', () => {
  const [s, p] = [[5, 4], [0.5]];
  test.each<[string, Inputs]>([
    ['svm-q1-car-minus-half', { scores: [5, 4.5], y: 0 }],
    ['svm-q6-squared', { scores: s, y: 0 }], // margins of 0 and 1 are their squares
    ['svm-2w-all-losses', { scores: [20, 4], y: 0 }],
    ['svm-2w-class2-row', { scores: [20, 4], y: 0 }],
    ['triples-000-fractions', { scores: [[3, 0, 0], [3, 0, 0]] }], // prettier-ignore
    ['softmax-max-shift', { scores: [2, 2, 2] }],
    ['table000-L2-as-printed', { p }],
    ['table000-L3-as-printed', { p: [1, 0.5] }],
    ['table000-L4L5-as-printed', { p: [0.2, 1] }],
    ['reg-l1', { w1: [1, 0], w2: [0.8, 0.8] }],
  ])('%s would hold of other numbers', (id, inputs) => {
    expect(statements[id]!(inputs)).toBe(true);
  });

  test('a smaller penalty of the vector that is spread out is no preference for the other, and λ₀ sets nothing', () => {
    expect(statements['reg-l1']!({ w1: [1, 0], w2: [0.2, 0.2] })).toBe(false);
    for (const lambda2 of [-1, 0, 2]) expect(statements['softmax2-is-sigmoid']!({ lambda1: 0.3, lambda2 })).toBe(false);
  });
});

describe('verdicts', () => {
  const entry = (more: Record<string, Json>): Entry => readEntries([{ id: 'svm-cat', inputs: { scores: [0, 0.25], y: 0 }, ...more }])[0]!;
  const verdict = (more: Record<string, Json>): string => verdictOn(entry(more)).verdict;

  test.each([
    ['1.25', 'agrees'],
    ['1.2', 'agrees'],
    ['1.3', 'agrees'],
    ['1.26', 'the lecture is wrong because it prints 1.26, exact is 1.25'],
    ['1', 'the lecture is wrong because it prints 1, exact is 1.25'],
    ['1.25e0', 'agrees'],
    ['C-0.75', 'agrees'],
    ['C-1', 'the lecture is wrong because it prints C-1, exact is 1.25'],
    ['log C', 'the lecture is wrong because it prints log C, exact is 1.25'],
    ['|0-1.25|', 'agrees'],
    ['one and a quarter', 'the lecture is wrong because it prints one and a quarter, exact is 1.25'],
  ])('1.25 against the printed %j', (printed, expected) => {
    expect(verdict({ printed })).toBe(expected);
  });

  test('a derived value is held against the exact one', () => {
    expect(verdict({ printed: null, exact: 1.25 })).toBe('agrees');
    expect(verdict({ printed: null })).toBe('agrees');
    expect(verdict({ printed: null, exact: 1.2501 })).toBe('disagrees with the exact value 1.2501');
  });

  test('what nobody has written down is said to be missing', () => {
    expect(verdict({ id: 'new' })).toBe('not yet covered: no recomputation is written for it');
    expect(verdict({ inputs: { y: 0 } })).toBe('cannot be recomputed because the entry gives no scores');
    expect(verdict({ id: 'new', flag: 'not-recomputable' })).toBe('cannot be recomputed because the text lacks the data');
    expect(verdict({ id: 'new', kind: 'fact', printed: '7', exact: 7 })).toBe('agrees');
    expect(verdict({ id: 'new', kind: 'fact', printed: '7', exact: 8 })).toBe('the lecture is wrong because it prints 7, exact is 8');
  });

  test('words are held against the text for its own numbers alone, and only where they do not hold', () => {
    const q1 = { id: 'svm-q1-car-minus-half', printed: null };
    expect(verdict({ ...q1, inputs: { scores: [1.3, 4.4, 2], y: 1 } })).toMatch(/^the lecture is wrong because a loss may be 0/);
    expect(verdict({ ...q1, inputs: { scores: [1.3, 2.2, 2], y: 1 } })).toBe('agrees'); // 0.9 is positive
    expect(verdict({ ...q1, inputs: { scores: [1, 4.4, 2], y: 1 }, exact: 1 })).toBe('disagrees with the exact value 1');
    expect(verdict({ id: 'reg-l1', printed: null, inputs: { w1: [1, 0], w2: [0.5, 0.5] } })).toMatch(/^the lecture is wrong because both/);
    expect(verdict({ id: 'reg-l1', printed: null, inputs: { w1: [1, 0], w2: [0.5, 0.6] } })).toBe('agrees');
  });

  test('a written reason does not speak of other numbers', () => {
    const ship = { id: 'linear4px-ship', inputs: { W: [[0], [0], [2]], x: [3], b: [0, 0, 1] }, printed: '61.95' };
    expect(verdict(ship)).toBe('the lecture is wrong because it prints 61.95, exact is 7');
  });
});
