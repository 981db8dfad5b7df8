import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const program = ['--import', 'tsx', 'examples/training/main.ts'];
const subset = '../shared/data/cifar10-subset';

interface Row {
  readonly trainAccuracy: number;
  readonly testAccuracy: number;
}
const train = (...args: string[]): { text: string; out: string; summary: Record<string, Row> } => {
  const out = mkdtempSync(join(tmpdir(), 'train-'));
  const text = execFileSync(process.execPath, [...program, ...args, '--out', out], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  return { text, out, summary: JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')) as Record<string, Row> };
};

describe('npm run train', () => {
  it('trains all three models on digits, well above chance, and draws curves and templates', () => {
    const { out, summary } = train('--train', '2000', '--test', '300', '--epochs', '12', '--hidden', '64,32');
    for (const model of ['softmax', 'svm', 'mlp']) expect(summary[`${model} on pixels`]!.testAccuracy).toBeGreaterThan(0.75);
    for (const name of ['loss-softmax', 'loss-svm', 'loss-mlp', 'accuracy', 'templates-softmax', 'templates-svm'])
      expect(readFileSync(join(out, `${name}.svg`), 'utf8')).toMatch(/^<svg/);
    expect(existsSync(join(out, 'loss-mlp.png'))).toBe(true);
  }, 120_000);

  it.skipIf(!existsSync(subset))(
    'features of photographs: edges tell more than pixels, pixels more than colours',
    () => {
      const { summary } = train(
        '--data',
        subset,
        '--features',
        'pixels,colors,hog',
        '--models',
        'softmax',
        '--lambda',
        '0.1',
        '--epochs',
        '5',
      );
      const accuracy = (kind: string): number => summary[`softmax on ${kind}`]!.testAccuracy;
      expect(accuracy('colors')).toBeGreaterThan(0.2);
      expect(accuracy('pixels')).toBeGreaterThan(accuracy('colors'));
      expect(accuracy('hog')).toBeGreaterThan(accuracy('pixels') + 0.1);
    },
    120_000,
  );

  it.each([
    [['--models', 'forest'], "npm run train: unknown model 'forest': softmax, svm, mlp"],
    [['--features', 'smell'], "npm run train: unknown features 'smell': pixels, colors, hog"],
    [['--epochs', '0'], 'npm run train: --epochs must be a positive whole number: got 0'],
    [['--epoch', '3'], 'npm run train: unknown option --epoch: did you mean --epochs?'],
  ])('%j: one line and exit code 2', (args, message) => {
    const failed = spawnSync(process.execPath, [...program, ...args, '--train', '50', '--test', '20'], { encoding: 'utf8' });
    expect(failed.stderr.trim()).toBe(message);
    expect(failed.status).toBe(2);
  });
});
