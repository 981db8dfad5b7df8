import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

interface Violation {
  rule: { name: string };
  from: string;
  to: string;
}

const root = resolve(import.meta.dirname, '../..');
const config = join(root, '.dependency-cruiser.cjs');
// Inside the project, so that packages resolve as they do for src.
const fixture = join(root, '.cache', `architecture-${process.pid}`);

function cruise(folder: string): Violation[] {
  const cli = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const folders = ['src', 'examples'].filter((name) => existsSync(join(folder, name)));
  const { stdout, stderr } = spawnSync(process.execPath, [cli, '--config', config, '--output-type', 'json', ...folders], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (stdout === '') throw new Error(stderr);
  return (JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary.violations;
}

/** File → what it imports. Each of these imports breaks exactly the rule in the comment. */
const violations: Record<string, [rule: string, imports: string]> = {
  'src/graph/to-ops.ts': ['room-graph', '../ops/add.js'],
  'src/kernels/to-tensor.ts': ['room-kernels', '../graph/tensor.js'],
  'src/ops/to-transforms.ts': ['room-ops', '../transforms/grad.js'],
  'src/transforms/to-losses.ts': ['room-transforms', '../losses/mse.js'],
  'src/machine/to-optim.ts': ['room-machine', '../optim/sgd.js'],
  'src/losses/to-optim.ts': ['room-losses', '../optim/sgd.js'],
  'src/check/to-losses.ts': ['room-check', '../losses/mse.js'],
  'src/optim/to-losses.ts': ['room-optim', '../losses/mse.js'],
  'src/formula/to-optim.ts': ['room-formula', '../optim/sgd.js'],
  'src/formula/to-package.ts': ['formula-packages', 'fast-check'],
  'src/data/to-viz.ts': ['room-data', '../viz/svg.js'],
  'src/viz/to-data.ts': ['room-viz', '../data/csv.js'],
  'src/models/to-testing.ts': ['room-models', '../testing/laws.js'],
  'src/testing/to-optim.ts': ['room-testing', '../optim/sgd.js'],
  'src/node/to-ops.ts': ['room-node', '../ops/add.js'],
  'src/graph/to-dot.ts': ['room-graph', '../viz/svg.js'],
  'src/index.ts': ['index-is-portable', './testing/laws.js'],
  'src/data/to-builtin.ts': ['node-builtins-in-node', 'node:fs'],
  'src/data/to-package.ts': ['no-npm-package', 'mathjs'],
  'src/data/to-missing-package.ts': ['no-npm-package', 'a-package-that-is-not-installed'],
  'src/viz/to-package.ts': ['viz-packages', 'mathjs'],
  'src/viz/to-machine.ts': ['room-viz', '../machine/emit.js'],
  'src/models/to-viz.ts': ['room-models', '../viz/svg.js'],
  'src/testing/to-package.ts': ['testing-packages', 'mathjs'],
  'src/node/to-package.ts': ['node-packages', 'fast-check'],
  'src/losses/to-utils.ts': ['no-utils', './utils.js'],
  'src/losses/cycle-1.ts': ['no-cycle', './cycle-2.js'],
  'src/models/to-stray.ts': ['known-room', '../loose.js'],
  'examples/deep.ts': ['examples-use-the-public-names', '../src/ops/add.js'],
};

/** Imports that must be allowed. */
const allowed: Record<string, string[]> = {
  'src/kernels/matmul.ts': ['../graph/shape.js', '../graph/dtype.js', '../graph/errors.js'],
  'src/ops/add.ts': ['../graph/tensor.js', '../kernels/matmul.js'],
  'src/transforms/grad.ts': ['../graph/tensor.js', '../ops/add.js'],
  'src/losses/mse.ts': ['../ops/add.js', '../graph/tensor.js', '../transforms/grad.js'],
  'src/formula/parse.ts': ['../losses/mse.js', 'mathjs'],
  'src/models/linear.ts': ['../losses/mse.js', '../optim/sgd.js', '../data/csv.js', '../ops/add.js'],
  'src/testing/laws.ts': ['../check/numerical.js', '../losses/mse.js', 'fast-check'],
  'src/node/files.ts': ['../data/csv.js', '../viz/svg.js', 'node:fs', 'fast-png', 'cli-progress', '@resvg/resvg-wasm'],
  'src/viz/charts.ts': ['../transforms/grad.js', '../ops/add.js', '../graph/tensor.js', 'vega', 'vega-lite', '@viz-js/viz', 'fast-png'],
  'examples/public.ts': ['chainrule', 'chainrule/node', 'chainrule/viz', 'node:fs'],
};
const plain = [
  'src/graph/tensor.ts',
  'src/graph/shape.ts',
  'src/graph/dtype.ts',
  'src/graph/errors.ts',
  'src/check/numerical.ts',
  'src/optim/sgd.ts',
  'src/data/csv.ts',
  'src/viz/svg.ts',
  'src/machine/emit.ts',
  'src/losses/utils.ts',
  'src/node/index.ts',
  'src/loose.ts',
];

let found: Violation[] = [];

beforeAll(() => {
  const write = (file: string, imports: string[]): void => {
    const path = join(fixture, file);
    mkdirSync(dirname(path), { recursive: true });
    // Type-only imports count, too: they are arrows like any other.
    writeFileSync(path, imports.map((name) => `import type {} from '${name}';\n`).join('') + 'export {};\n');
  };
  for (const file of plain) write(file, []);
  for (const [file, imports] of Object.entries(allowed)) write(file, imports);
  for (const [file, [, imports]] of Object.entries(violations)) write(file, [imports]);
  write('src/losses/cycle-2.ts', ['./cycle-1.js']);
  writeFileSync(join(fixture, 'tsconfig.json'), readFileSync(join(root, 'tsconfig.json')));
  writeFileSync(join(fixture, 'package.json'), '{ "type": "module" }');
  found = cruise(fixture);
}, 60_000);

afterAll(() => {
  rmSync(fixture, { recursive: true, force: true });
});

describe('the architecture rules bite', () => {
  test.each(Object.entries(violations))('%s', (file, [rule]) => {
    expect(found.filter(({ from }) => from === file).map((v) => v.rule.name)).toContain(rule);
  });

  test.each(Object.keys(allowed))('%s is allowed', (file) => {
    expect(found.filter(({ from }) => from === file)).toEqual([]);
  });

  test('every rule is broken by this fixture', () => {
    const { forbidden } = createRequire(import.meta.url)(config) as { forbidden: { name: string }[] };
    expect(new Set(found.map((v) => v.rule.name))).toEqual(new Set(forbidden.map(({ name }) => name)));
  });
});

test('src and examples keep the rules', () => {
  expect(cruise(root).map((v) => `${v.rule.name}: ${v.from} → ${v.to}`)).toEqual([]);
}, 60_000);
