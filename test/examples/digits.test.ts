import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { decode } from 'fast-png';
import { beforeAll, describe, expect, it } from 'vitest';

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

  it('gives the same bits on every run', () => {
    const again = mkdtempSync(join(tmpdir(), 'digits-'));
    start('--epochs', '4', '--out', again);
    expect(readFileSync(join(again, 'summary.json'), 'utf8')).toBe(readFileSync(join(out, 'summary.json'), 'utf8'));
  }, 120_000);

  it('reads a folder of IDX files, gzipped or not, and names a damaged one', () => {
    const folder = mkdtempSync(join(tmpdir(), 'idx-'));
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
    writeFileSync(join(folder, 't10k-images-idx3-ubyte'), idx([20, 28, 28], images(19)));
    const failed = spawnSync(process.execPath, [...program, '--data', folder, '--out', to], { encoding: 'utf8' });
    expect(failed.status).toBe(1);
    expect(failed.stderr).toMatch(/^.*t10k-images-idx3-ubyte: truncated: shape \[20,28,28\] needs 15696 bytes, found 14912/);
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
