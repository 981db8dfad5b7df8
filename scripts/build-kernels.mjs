/**
 * `npm run build:kernels` compiles src/kernels/assembly to WebAssembly: all kernels, the matrix products once more with relaxed fused
 * multiply-add, and the barrier of threads. It writes the bytes to src/kernels/wasm-bytes.ts, which is committed: nobody who uses the library
 * needs a compiler. `-- --check` only compares.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const folder = new URL('../src/kernels/assembly/', import.meta.url);
const target = new URL('../wasm-bytes.ts', folder);
/** Most pages that a memory may have in which the kernels work: a memory that several threads share must state its maximum. */
const MOST_PAGES = 32768;

/** The module of one source with what it imports. */
async function compile(source, options, ...features) {
  const made = {};
  const flags = asc.configToArguments({
    optimizeLevel: 3,
    shrinkLevel: 0,
    noAssert: true,
    runtime: 'stub',
    importMemory: true,
    maximumMemory: MOST_PAGES,
    enable: ['simd', ...features],
    ...options,
    outFile: 'binary',
    textFile: 'text',
  });
  const { error, stderr } = await asc.main([source, ...flags], {
    readFile: (name) => (existsSync(new URL(name, folder)) ? readFileSync(new URL(name, folder), 'utf8') : null),
    writeFile: (name, contents) => void (made[name] = contents),
    listFiles: () => [],
  });
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
  // the memory belongs to whoever brings it: an initialised table would overwrite what lies there
  if (/\(data /.test(made.text)) throw new Error('the kernels must not have static data');
  return Buffer.from(made.binary).toString('base64');
}

const plain = await compile('index.ts', {});
const relaxed = await compile('matmul.ts', {}, 'relaxed-simd');
const barrier = await compile('barrier.ts', { sharedMemory: true }, 'threads');
const text = `/**
 * @file Made by \`npm run build:kernels\` from assembly/: WebAssembly in base64. All kernels, with SIMD; matrix products with relaxed fused
 * multiply-add too; the barrier.
 */
export const kernelsPlain =
  '${plain}';
export const matmulRelaxed =
  '${relaxed}';
export const barrier =
  '${barrier}';
`;
if (!process.argv.includes('--check')) writeFileSync(target, text);
else if (readFileSync(target, 'utf8') !== text) {
  console.error(`${fileURLToPath(target)} is not what its source compiles to: run npm run build:kernels`);
  process.exitCode = 1;
}
