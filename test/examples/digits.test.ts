import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { decode } from 'fast-png';
import { tensor, zeros } from 'chainrule';
import { beforeAll, describe, expect, it } from 'vitest';
import { gradientSection } from '../../examples/digits/report/setup.js';
import type { Study } from '../../examples/digits/report/study.js';
import { delta, recipes, type Trained } from '../../examples/digits/train.js';

interface Summary {
  softmax: Record<string, number>;
  svm: Record<string, number>;
  gradcheck: Record<string, boolean>;
}

const program = ['--import', 'tsx', 'examples/digits/main.ts'];
const start = (...args: string[]): string =>
  execFileSync(process.execPath, [...program, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const summaryOf = (out: string): Summary => JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')) as Summary;

/** An IDX file: big-endian header, then bytes. */
function idx(shape: readonly number[], bytes: readonly number[]): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header[2] = 8;
  header[3] = shape.length;
  shape.forEach((n, i) => header.writeUInt32BE(n, 4 + 4 * i));
  return Buffer.concat([header, Buffer.from(bytes)]);
}

const pageOf = (out: string): string => readFileSync(join(out, 'report.html'), 'utf8');

/** The first tag of a page that is not closed where it must be, or null: every tag but the void ones is, also in SVG and MathML. */
function unbalanced(page: string): string | null {
  const open: string[] = [];
  const markup = page.replace(/<style>.*?<\/style>/gs, '');
  for (const [tag, end, name, self] of markup.matchAll(/<(\/?)([a-z][\w-]*)(?:\s+[\w:-]+(?:="[^"<]*")?)*\s*(\/?)>/gi)) {
    if (end === '/') {
      if (open.pop() !== name) return tag;
    } else if (self === '') open.push(name!);
  }
  const rest = markup.replace(/<!doctype html>|<\/?[a-z][\w-]*(?:\s+[\w:-]+(?:="[^"<]*")?)*\s*\/?>/gi, '');
  return open.pop() ?? /[<>].{0,40}/.exec(rest)?.[0] ?? null;
}

/** The rows of numbers of a confusion matrix on the page. */
function heatMaps(page: string): number[][][] {
  return [...page.matchAll(/<table class="heat".*?<tbody>(.*?)<\/tbody>/gs)].map(([, body]) =>
    [...body!.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row]) =>
      [...row!.matchAll(/<td class="(?:hit|miss|none)"[^>]*>([^<]*)</g)].map(([, n]) => (n === '·' ? 0 : Number(n))),
    ),
  );
}

describe('npm start', () => {
  let out = '';
  let text = '';
  beforeAll(() => {
    out = mkdtempSync(join(tmpdir(), 'digits-'));
    text = start('--epochs', '4', '--out', out);
  }, 120_000);

  it('trains both classifiers on real digits to at least 0.88, checks their gradients and starts where it must', () => {
    const { softmax, svm, gradcheck } = summaryOf(out);
    expect(gradcheck).toEqual({ softmax: true, svm: true });
    expect(Math.abs(softmax['initialLoss']! - Math.log(10))).toBeLessThan(0.05);
    expect(Math.abs(svm['initialLoss']! - 9)).toBeLessThan(0.2);
    for (const result of [softmax, svm]) {
      expect(Object.keys(result)).toEqual(['initialLoss', 'trainLoss', 'trainAccuracy', 'validationAccuracy', 'testAccuracy']);
      expect(result['testAccuracy']).toBeGreaterThanOrEqual(0.88);
    }
  });

  it('draws one template a class', () => {
    for (const name of ['softmax', 'svm']) {
      const { width, height } = decode(readFileSync(join(out, `templates-${name}.png`)));
      expect([width, height]).toEqual([10 * 30 * 4, 30 * 4]);
    }
  });

  it('prints a summary and no progress bar into a pipe', () => {
    expect(text).toContain('8000 train, 1000 validation, 1000 test');
    expect(text).toContain('expected initial loss');
    expect(text).not.toContain('█');
  });

  it('writes a page that is whole and asks for nothing', () => {
    const page = pageOf(out);
    expect(page).toMatch(/^<!doctype html>\s*<html lang="en">/);
    expect(unbalanced(page)).toBeNull();
    expect(unbalanced('<p><b>x</p>')).toBe('</p>');
    expect(page).not.toMatch(/https?:|@import|<script/i);
    const links = [...page.matchAll(/\b(?:src|href)\s*=\s*"([^"]*)"|url\(\s*([^)]*)\)/g)].map(([, a, b]) => a ?? b!);
    expect(links.filter((link) => !link.startsWith('data:') && !link.startsWith('#'))).toEqual([]);
    const ids = [...page.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id!);
    expect(new Set(ids).size).toBe(ids.length);
    for (const link of links.filter((l) => l.startsWith('#'))) expect(ids).toContain(link.slice(1));
    expect(Buffer.byteLength(page)).toBeLessThan(1_000_000);
  });

  it('shows every part of the story, each picture with a text', () => {
    const page = pageOf(out);
    const sections = [...page.matchAll(/<section id="([a-z]+)" aria-labelledby="([a-z-]+)">\s*<h2 id="([a-z-]+)">/g)];
    expect(sections.map(([, id]) => id)).toEqual([
      'data',
      'losses',
      'gradients',
      'training',
      'templates',
      'confusion',
      'mistakes',
      'graph',
    ]);
    for (const [, id, by, title] of sections) expect([by, title]).toEqual([`${id}-title`, `${id}-title`]);
    // samples, 3 charts, 2 sheets of templates, 12 mistakes each, 2 graphs
    const pictures = [...page.matchAll(/<div\s+class="picture[^"]*"\s+role="img"\s+aria-label="([^"]+)"\s*>\s*<svg/g)];
    expect(pictures.length).toBe(1 + 3 + 2 + 24 + 2);
    expect(page.match(/<svg (?=[^>]*viewBox)/g)?.length).toBe(pictures.length);
    expect(page.match(/<math/g)?.length).toBeGreaterThanOrEqual(6);
    expect(page.replace(/data:[^")]*/g, '')).not.toMatch(/katex-error|undefined|NaN|\[object/); // letters of an image may say anything
    for (const scheme of ['color-scheme: light dark', 'prefers-color-scheme: dark']) expect(page).toContain(scheme);
  });

  it('shows the numbers of summary.json, and confusions that give the same accuracies', () => {
    const page = pageOf(out);
    const { gradcheck, ...results } = summaryOf(out);
    const shown = [...page.matchAll(/<data data-key="([^"]+)" value="([^"]+)">([^<]*)</g)].map(([, key, value]) => [key, value]);
    const expected = Object.entries({ ...results, gradcheck }).flatMap(([name, values]) =>
      Object.entries(values).map(([key, value]) => [`${name}.${key}`, String(value)]),
    );
    expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(expected));
    const accuracies = heatMaps(page).map((counts) => {
      expect(counts.map((row) => row.length)).toEqual(Array.from({ length: 10 }, () => 10));
      expect(counts.flat().reduce((a, b) => a + b, 0)).toBe(1000);
      return counts.reduce((right, row, i) => right + row[i]!, 0) / 1000;
    });
    expect(accuracies).toEqual([results.softmax['testAccuracy'], results.svm['testAccuracy']]);
    // an epoch is a point: 4 of the training and 4 of the validation loss of each, 4 accuracies of each
    expect(page.match(/<path transform="[^"]*" d="M2\.739[^>]*>/g)?.length).toBe(2 * 8 + 2 * 4);
  });

  it('draws the losses of the lectures with the values and derivatives that one works out by hand', () => {
    const graph = pageOf(out).split('<section id="graph"')[1]!;
    // −log(e^3.2 / (e^3.2 + e^5.1 + e^−1.7)) and p − 1, p, p; max(0, 2.9) + max(0, −3.9), whose margin counts for car and against cat
    const e = [3.2, 5.1, -1.7].map(Math.exp) as [number, number, number];
    const p = e.map((x) => x / (e[0] + e[1] + e[2])) as [number, number, number];
    expect(graph).toContain(`loss ${(-Math.log(p[0])).toFixed(4)}`);
    expect(graph).toContain(`cat −${(1 - p[0]).toFixed(3)}, car ${p[1].toFixed(3)}, frog ${p[2].toFixed(3)}`);
    expect(graph).toContain('loss 2.9000');
    expect(graph).toContain('cat −1.000, car 1.000, frog 0.000');
  });

  it('gives the same bits on every run', () => {
    const again = mkdtempSync(join(tmpdir(), 'digits-'));
    start('--epochs', '4', '--out', again);
    expect(readFileSync(join(again, 'summary.json'), 'utf8')).toBe(readFileSync(join(out, 'summary.json'), 'utf8'));
    expect(pageOf(again) === pageOf(out)).toBe(true); // not toBe: a difference would be printed in full
  }, 120_000);

  it('knows the first loss of whatever it trains with, and says so with the margin', () => {
    for (const { loss, expected } of recipes)
      for (const C of [2, 10]) expect(loss(zeros([1, C]), tensor(new Int32Array([1]))).item()).toBeCloseTo(expected(C), 12);
    expect(recipes[1]!.expected(10)).toBe(delta * 9);
    expect(text).toMatch(/expected initial loss\s+2\.3026\s+9\.0000\n/);
    expect(text).toContain('log C = log 10 for softmax, Δ(C − 1) = 1 · 9 for the SVM');
    expect(pageOf(out)).toContain('closer than the margin Δ = 1 to');
    expect(pageOf(out)).toContain('<code>multiclassHinge(s, y, { delta: 1 })</code>');
  });

  it('says so when a gradient is wrong', () => {
    const gradient = { ok: false, worst: null, hints: ['a sign is <wrong>'] };
    const all = recipes.map((recipe) => ({ recipe, gradient })) as unknown as readonly Trained[];
    const { markup } = gradientSection({ all } as Study);
    expect(markup.match(/value="false">✗ failed</g)?.length).toBe(2);
    expect(markup).toContain('<td>–</td>');
    expect(markup).toContain('<p class="wrong">a sign is &lt;wrong&gt;</p>');
  });

  it('reads a folder of IDX files, gzipped or not, and names a damaged one', () => {
    const folder = mkdtempSync(join(tmpdir(), 'idx<&-'));
    const images = (n: number): number[] =>
      Array.from({ length: n * 784 }, (_, i) => (Math.floor(i / 784) * 25 + (i % 784) * ((Math.floor(i / 784) % 10) + 1)) % 256);
    const labels = (n: number): number[] => Array.from({ length: n }, (_, i) => i % 10);
    writeFileSync(join(folder, 'train-images-idx3-ubyte.gz'), gzipSync(idx([100, 28, 28], images(100))));
    writeFileSync(join(folder, 'train-labels-idx1-ubyte'), idx([100], labels(100)));
    writeFileSync(join(folder, 't10k-images-idx3-ubyte'), idx([20, 28, 28], images(20)));
    writeFileSync(join(folder, 't10k-labels-idx1-ubyte.gz'), gzipSync(idx([20], labels(20))));
    const to = mkdtempSync(join(tmpdir(), 'digits-'));
    expect(start('--data', folder, '--epochs', '2', '--out', to)).toContain('90 train, 10 validation, 20 test');
    expect(existsSync(join(to, 'templates-svm.png'))).toBe(true);
    expect(pageOf(to)).toContain('idx&lt;&amp;-');
    expect(unbalanced(pageOf(to))).toBeNull();
    writeFileSync(join(folder, 't10k-images-idx3-ubyte'), idx([20, 28, 28], images(19)));
    const failed = spawnSync(process.execPath, [...program, '--data', folder, '--out', to], { encoding: 'utf8' });
    expect(failed.status).toBe(1);
    expect(failed.stderr).toMatch(/^.*t10k-images-idx3-ubyte: truncated: shape \[20,28,28\] needs 15696 bytes, found 14912/);
  }, 60_000);

  it('reports on a folder whose held-out images have a class that training never saw, and on one without mistakes', () => {
    const folder = mkdtempSync(join(tmpdir(), 'idx-'));
    // 20 images of two classes, which their one bright pixel tells apart, and a single image of a third: the split with seed 0 holds
    // images 4 and 17 back
    const labels = Array.from({ length: 20 }, (_, i) => (i === 4 ? 2 : i % 2));
    const images = (of: readonly number[]): number[] => of.flatMap((c) => Array.from({ length: 784 }, (_, i) => (i === 305 + c ? 255 : 0)));
    writeFileSync(join(folder, 'train-images-idx3-ubyte'), idx([20, 28, 28], images(labels)));
    writeFileSync(join(folder, 'train-labels-idx1-ubyte'), idx([20], labels));
    writeFileSync(join(folder, 't10k-images-idx3-ubyte'), idx([4, 28, 28], images([0, 1, 1, 0])));
    writeFileSync(join(folder, 't10k-labels-idx1-ubyte'), idx([4], [0, 1, 1, 0]));
    const to = mkdtempSync(join(tmpdir(), 'digits-'));
    start('--data', folder, '--epochs', '1', '--out', to);
    const page = pageOf(to);
    expect(unbalanced(page)).toBeNull();
    expect(heatMaps(page)).toEqual([
      [
        [2, 0],
        [0, 2],
      ],
      [
        [2, 0],
        [0, 2],
      ],
    ]);
    expect(page.match(/Not a single mistake/g)?.length).toBe(2);
    expect(page).not.toContain('chart by-model'); // no validation loss, so no validation accuracy over the epochs
  }, 60_000);

  it('refuses unknown options with one line', () => {
    const fails = (...args: string[]): string => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [...program, ...args], { encoding: 'utf8' });
      expect([status, stdout]).toEqual([2, '']);
      return stderr;
    };
    expect(fails('--epoch', '2')).toBe('npm start: unknown option --epoch: did you mean --epochs?\n');
    expect(fails('3')).toBe("npm start: unexpected argument '3': options come after --, as in npm start -- --epochs 3\n");
    expect(fails('--epochs', 'x')).toBe('npm start: --epochs must be a positive whole number: got x\n');
  });
});
