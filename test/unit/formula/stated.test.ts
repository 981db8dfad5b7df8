/** Every loss and regulariser of the library equals its formula: value, gradient and Hessian on all samples of the oracles. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import * as chainrule from 'chainrule';
import { cos, grad, hessian, mul, reshape, sum, type Tensor, tensor, type TensorLike } from 'chainrule';
import { formula, statedFormulas } from 'chainrule/formula';
import { describe, expect, test } from 'vitest';
import { docstringsWithFormulas, formulasGuide } from '../../../scripts/pages/formulas.js';
import { expectAgreement, ndOf } from '../../oracle/agree.js';
import { compositeSamples } from '../../oracle/samples.js';

type Options = Readonly<Record<string, unknown>>;
type Library = (...args: unknown[]) => Tensor;

const isOptions = (x: unknown): x is Options => typeof x === 'object' && x !== null && !Array.isArray(x) && !ArrayBuffer.isView(x);

/** The variant that options ask for, and what is left of them for the formula. */
function variantOf(name: string, args: readonly unknown[]): { label: string | null; options: Options } {
  const given = args.at(-1);
  if (!isOptions(given)) return { label: soft(name, args) ? 'probabilities' : null, options: {} };
  const { includeCorrect, reduceClasses, logTarget, ...options } = given;
  const label: string[] = [];
  if (includeCorrect === true) label.push('includeCorrect');
  if (reduceClasses !== undefined) label.push(`reduceClasses: '${reduceClasses as string}'`);
  if (logTarget === true) label.push('logTarget');
  const classes = name === 'crossEntropy' || name === 'nllLoss';
  if (classes && 'weight' in options) label.push('weight');
  if ('labelSmoothing' in options) label.push('labelSmoothing');
  // a mean of labels divides by the weights that were used
  const mean = options['reduction'] === undefined || options['reduction'] === 'mean';
  if (soft(name, args)) label.push('probabilities');
  else if (classes && 'weight' in options && mean) label.push("'mean'");
  if (options['reduction'] === 'batchmean') {
    label.push("'batchmean'");
    delete (options as Record<string, unknown>)['reduction'];
  }
  return { label: label.length === 0 ? null : label.join(', '), options };
}

const rank = (x: unknown): number => (Array.isArray(x) ? 1 + rank(x[0]) : 0);
const soft = (name: string, [s, y]: readonly unknown[]): boolean => name === 'crossEntropy' && rank(s) === rank(y);

/** One number of which all entries of x are a part. */
const mixed = (x: Tensor): Tensor => sum(mul(reshape(x, [-1]), cos(chainrule.arange(1, x.size + 1))));

describe.each(statedFormulas.map((s) => [s.name, s] as const))('%s', (name, stated) => {
  const { cases } = compositeSamples.find((s) => s.name === name)!;
  const library = (chainrule as unknown as Record<string, Library>)[name]!;
  const used = new Set<string | null>();

  for (const { label: title, args, differentiable } of cases) {
    test(title, () => {
      const found = variantOf(name, args);
      let { label, options } = found;
      // smoothed labels that are probabilities already: the formula takes the smoothed ones
      if (label === 'labelSmoothing, probabilities') {
        const { labelSmoothing, ...rest } = options as { labelSmoothing: number };
        const at = args[1] as number[][];
        const smoothed = at.map((row) => row.map((p) => p * (1 - labelSmoothing) + labelSmoothing / row.length));
        [label, options] = ['probabilities', rest];
        const f = formula<string>(stated.variants.find(([l]) => l === label)![1]);
        expectAgreement(f(args[0] as TensorLike, smoothed, options as never), ndOf(library(...args)));
        return;
      }
      used.add(label);
      const text = label === null ? stated.text : stated.variants.find(([l]) => l === label)?.[1];
      expect(text, `no variant ${label}`).toBeDefined();
      const f = formula<string>(text!);
      const given = args.filter((a) => !isOptions(a)) as TensorLike[];
      const names = new Set(f.symbols);
      const defaults = Object.fromEntries(Object.entries(stated.defaults).filter(([k]) => names.has(k)));
      const ours = (...xs: TensorLike[]): Tensor => (f as unknown as Library)(...xs, { ...defaults, ...options });
      const theirs = (...xs: TensorLike[]): Tensor => library(...args.map((a, k) => (isOptions(a) ? a : xs[k])));
      // entropy reduces by itself: a formula of one tensor is reduced only when told to
      const reduced = (x: Tensor): Tensor => (name === 'entropy' && !('reduction' in options) ? chainrule.mean(x) : x);
      expectAgreement(reduced(ours(...given)), ndOf(theirs(...given)));
      for (const k of differentiable) {
        const at = tensor(given[k]!);
        const part = (h: (...xs: TensorLike[]) => Tensor) => (x: Tensor) => mixed(reduced(h(...given.map((g, i) => (i === k ? x : g)))));
        const theirPart = (x: Tensor): Tensor => mixed(theirs(...given.map((g, i) => (i === k ? x : g))));
        expectAgreement(grad(part(ours))(at), ndOf(grad(theirPart)(at)));
        expectAgreement(hessian(part(ours))(at), ndOf(hessian(theirPart)(at)), 1e-9, 1e-12);
      }
    });
  }

  test('every variant has a sample', () => {
    expect(stated.variants.map(([label]) => label).filter((label) => !used.has(label))).toEqual([]);
    expect(used.has(null)).toBe(true);
  });
});

test('all losses and regularisers are stated', () => {
  const names = Object.keys(chainrule).filter((n) => /(Loss|Entropy|EntropyWithLogits|Hinge)$/.test(n) || ['klDiv', 'entropy', 'l1', 'l2', 'elasticNet'].includes(n)); // prettier-ignore
  expect(statedFormulas.map((s) => s.name).sort()).toEqual(names.sort());
});

describe('the docs are made of them: npm run generate', () => {
  const root = resolve(import.meta.dirname, '../../..');
  const read = (file: string): string => readFileSync(resolve(root, file), 'utf8');
  test('docs/formulas.md', () => expect(read('docs/formulas.md')).toBe(formulasGuide()));
  test.each(['classification', 'hinge', 'regression', 'regularisers'])('docstrings of src/losses/%s.ts', (file) => {
    const text = read(`src/losses/${file}.ts`);
    expect(text).toBe(docstringsWithFormulas(text));
  });
});
