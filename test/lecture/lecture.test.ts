/**
 * @file Every number of the lectures is recomputed, from its inputs alone, and judged as the file judges it.
 */
import { readFileSync } from 'node:fs';
import { allclose, oneVsRestCrossEntropy, softmax, tensor } from 'chainrule';
import { describe, expect, test } from 'vitest';
import { type Entry, loadEntries, readEntries } from '../../examples/lecture/load.js';
import { errata, lost } from '../../examples/lecture/reasons.js';
import { recompute } from '../../examples/lecture/recompute/index.js';
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
      ['agrees', 124],
      ['the lecture is wrong', 34],
      ['cannot be recomputed', 4],
    ]);
  });

  test.each(entries)('$id', (entry) => {
    const { value, verdict } = byId.get(entry.id)!;
    const exact = exactOf(entry);
    if (withoutValue(entry)) expect(value).toBeNull();
    else expect(sameValue(value, exact!), `${show(value)} is not ${show(exact)}`).toBe(true);
    if (entry.agrees === true) expect(verdict).toBe('agrees');
    else if (entry.agrees === false) expect(verdict).toMatch(/^the lecture is wrong because \S/);
    else expect(verdict).toMatch(/^(agrees$|cannot be recomputed because \S)/);
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

  test('a written reason does not speak of other numbers', () => {
    const ship = { id: 'linear4px-ship', inputs: { W: [[0], [0], [2]], x: [3], b: [0, 0, 1] }, printed: '61.95' };
    expect(verdict(ship)).toBe('the lecture is wrong because it prints 61.95, exact is 7');
  });
});
