/** docs/errors.md: every place in src that throws is on it, every class has its cure, and nothing public throws a bare Error. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as chainrule from 'chainrule';
import { describe, expect, test } from 'vitest';
import { errorClasses, errorSites, otherErrors } from '../../scripts/pages/error-sites.js';
import { areaOf, cures, errors, saying } from '../../scripts/pages/errors.js';

const src = resolve(import.meta.dirname, '../../src');
const sites = errorSites();
const page = errors();
const classes = [...errorClasses().keys()].filter((name) => name !== 'ChainruleError');

/** Places that make an error, found without a parser: lines of code that say `new …Error(`. */
function places(): string[] {
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.ts') && !name.startsWith('kernels/assembly/'))
    .flatMap((name) =>
      readFileSync(join(src, name), 'utf8')
        .split('\n')
        .flatMap((line, i) => {
          const code = line.replace(/^\s*(\*|\/\/|\/\*).*/, '');
          return [...code.matchAll(/new (\w+Error)\(/g)].filter(([, type]) => classes.includes(type!)).map(() => `${name}:${i + 1}`);
        }),
    );
}

describe('the page of errors', () => {
  test('every place that makes an error is found', () => {
    const found = new Set(sites.map(({ file, line }) => `${file}:${line}`));
    const expected = places();
    expect(expected.length).toBeGreaterThan(500);
    expect(expected.filter((place) => !found.has(place))).toEqual([]);
  });

  test('each of them is in the section of its class', () => {
    const sections = new Map(page.split('\n## ').map((text) => [text.split('\n')[0]!, text]));
    expect([...sections.keys()].slice(1)).toEqual(classes);
    const missing = sites.filter((site) => !sections.get(site.type)?.includes(saying(site)));
    expect(missing.map(({ file, line }) => `${file}:${line}`)).toEqual([]);
    expect(() => sites.map(({ file }) => areaOf(file))).not.toThrow();
  });

  test('nothing is left open that could be read', () => {
    // an error without a word of its own says nothing: the text comes from somewhere that the page does not see
    const mute = sites.filter(({ wrong }) => wrong.every((text) => !/[a-z]{3}/i.test(text.replaceAll(/<[^>]*>/g, ''))));
    expect(mute.map(({ file, type, wrong }) => `${type} in ${file}: ${wrong.join()}`)).toEqual([
      // a TypeError of the user's function, explained
      'UsageError in graph/vjp.ts: <message>',
    ]);
    expect(sites.filter(({ ops }) => ops.length === 0).map(({ file, line }) => `${file}:${line}`)).toEqual([]);
  });

  test('every class has a cure, and is public', () => {
    expect(Object.keys(cures).sort()).toEqual([...classes].sort());
    for (const name of classes) expect(chainrule).toHaveProperty(name);
  });

  test('errors of the grammar are what messages are: samples of the page are thrown', () => {
    const shown = (call: () => unknown): string => {
      try {
        call();
      } catch (error) {
        return (error as Error).message;
      }
      throw new Error('nothing was thrown');
    };
    const matches = (message: string): boolean =>
      sites.some((site) =>
        site.wrong.some((wrong) => {
          const pattern = [wrong, site.values].filter((part) => part !== '').join(': ');
          // what is known only when it is thrown, one of two words, an ending
          const parts = pattern.split(/<[^>]*>|\b\w+\/\w+\b|\(\w+\)/).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
          const escaped = parts.join('.*');
          return new RegExp(`: ${escaped}`).test(message);
        }),
      );
    const calls: (() => unknown)[] = [
      () => chainrule.reshape([1, 2], [3]),
      () => chainrule.sum([1], { axis: 4 }),
      () => chainrule.grad((x) => x)(chainrule.tensor([1, 2])),
      () => chainrule.tensor([[1], [1, 2]]),
      () => new chainrule.SGD([], { lr: -1 }),
      () => chainrule.sum([1], { keepDims: true } as never),
    ];
    for (const call of calls) expect([shown(call), matches(shown(call))]).toEqual([shown(call), true]);
  });
});

test('other errors say that the library contradicts itself, and no call of the public interface leads to them', () => {
  const internal = [
    // caught where it is thrown
    /^formula\/derivative\.ts: TooLarge/,
    /^machine\/plan\.ts: TypeError: not plain data/,
    // steps of the machine that do not fit each other
    /^machine\/(bounds|loop|program|record)\.ts: (Type)?Error: machine: /,
    // the kernels and their threads
    /^kernels\/(team|wasm)\.ts: Error: (chainrule|kernels): /,
  ];
  const others = otherErrors();
  expect(others.filter((text) => !internal.some((pattern) => pattern.test(text)))).toEqual([]);
  expect(internal.filter((pattern) => !others.some((text) => pattern.test(text)))).toEqual([]);
});
