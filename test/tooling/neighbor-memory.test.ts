import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

test('neighbours of 200 queries among 60,000 × 784 float32 need less than 64 MiB beyond inputs and outputs', () => {
  const grown = Number(execFileSync(process.execPath, ['--import', 'tsx', 'test/tooling/neighbor-memory.ts'], { encoding: 'utf8' }));
  expect(grown).toBeGreaterThanOrEqual(0);
  expect(grown).toBeLessThan(64);
}, 120_000);
