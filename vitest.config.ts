import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^chainrule$/, replacement: at('./src/index.ts') },
      { find: /^chainrule\/formula$/, replacement: at('./src/formula/index.ts') },
      { find: /^chainrule\/testing$/, replacement: at('./src/testing/index.ts') },
      { find: /^chainrule\/node$/, replacement: at('./src/node/index.ts') },
      { find: /^chainrule\/viz$/, replacement: at('./src/viz/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['default', at('./scripts/closing-line-reporter.mjs')],
    maxWorkers: 2,
    testTimeout: 30_000,
  },
});
