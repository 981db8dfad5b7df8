import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';

const program = ['--import', 'tsx', 'examples/neighbors/main.ts'];

interface Summary {
  nearest: { l1: number; l2: number };
  crossValidation: { k: number; mean: number; std: number; folds: number[] }[];
  bestK: number;
  testAccuracy: number;
}

/** CIFAR-10's own format, made by seed: every class a colour of its own, with noise. */
function generatedCifar(images: number, seed: number): Buffer {
  const bytes = Buffer.alloc(images * 3073);
  let s = seed;
  const random = (): number => (s = (Math.imul(s, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  for (let i = 0; i < images; i++) {
    const label = i % 10;
    bytes[i * 3073] = label;
    for (let p = 0; p < 3072; p++) bytes[i * 3073 + 1 + p] = label * 20 + 10 * Math.floor(p / 1024) + Math.floor(random() * 45);
  }
  return bytes;
}

describe('npm run neighbors', () => {
  let folder = '';
  let out = '';
  let text = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cifar-'));
    out = join(folder, 'out');
    writeFileSync(join(folder, 'train.bin'), generatedCifar(120, 1));
    writeFileSync(join(folder, 'test.bin'), generatedCifar(30, 2));
    const args = ['--data', folder, '--out', out, '--ks', '1,3,20', '--folds', '3'];
    text = execFileSync(process.execPath, [...program, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }, 120_000);

  it('compares metrics, validates k in folds and looks at the test images', () => {
    const summary = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')) as Summary;
    expect(summary.nearest).toEqual({ l1: 1, l2: 1 });
    expect(summary.crossValidation.map(({ k }) => k)).toEqual([1, 3, 20]);
    // 8 images of the class are left in a training fold: of 20 neighbours most are others
    expect(summary.crossValidation[0]!.mean).toBe(1);
    expect(summary.crossValidation[0]!.folds.length).toBe(3);
    expect(summary.bestK).toBe(1);
    expect(summary.testAccuracy).toBe(1);
    expect(text).toContain('120 train, 30 test, 3072 numbers an image');
  });

  it('draws the plot of the slide and the neighbours', () => {
    const plot = readFileSync(join(out, 'cross-validation.svg'), 'utf8');
    expect(plot).toContain('Cross-validation on k');
    expect(plot).toContain('mean ± std');
    expect(readFileSync(join(out, 'neighbors.svg'), 'utf8').match(/airplane/g)!.length).toBeGreaterThan(1);
    for (const name of ['cross-validation', 'neighbors']) {
      expect(
        readFileSync(join(out, `${name}.png`))
          .subarray(1, 4)
          .toString(),
      ).toBe('PNG');
    }
  });

  it('says what is wrong with the command', () => {
    const fails = (...args: string[]): string => spawnSync(process.execPath, [...program, ...args], { encoding: 'utf8' }).stderr;
    expect(fails('--data', join(folder, 'nowhere'))).toContain('no such folder');
    expect(fails('--folds', 'x')).toBe('npm run neighbors: --folds must be a positive whole number: got x\n');
    expect(fails('--fold', '3')).toBe('npm run neighbors: unknown option --fold: did you mean --folds?\n');
    expect(spawnSync(process.execPath, [...program, '--fold', '3']).status).toBe(2);
    const broken = join(folder, 'broken');
    mkdirSync(broken);
    writeFileSync(join(broken, 'train.bin'), generatedCifar(2, 1).subarray(0, 5000));
    writeFileSync(join(broken, 'test.bin'), generatedCifar(2, 1));
    expect(fails('--data', broken)).toContain('train.bin');
    expect(existsSync(join(broken, 'out'))).toBe(false);
  }, 60_000);
});
