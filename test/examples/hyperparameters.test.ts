import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

it('the four ideas of setting hyperparameters: k = 1 wins on the training data', () => {
  const text = execFileSync(process.execPath, ['--import', 'tsx', 'examples/hyperparameters.ts'], { encoding: 'utf8' });
  expect(text).toMatch(/1\. Choose what is best on the training data\n {2}k 1: 1\.000 .*\n {2}chooses k = 1\./);
  const [, validated, crossValidated] = text.split('accuracy on the test data: ').map((part) => Number.parseFloat(part));
  expect(validated).toBeGreaterThan(0.7);
  expect(crossValidated).toBeGreaterThan(0.7);
}, 60_000);
