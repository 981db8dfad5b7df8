/**
 * `npm run build:kernels` compiles src/kernels/assembly to WebAssembly, plain and with relaxed fused multiply-add, and writes the bytes to
 * src/kernels/wasm-bytes.ts, which is committed: nobody who uses the library needs a compiler. `-- --check` only compares.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const folder = new URL('../src/kernels/assembly/', import.meta.url);
const target = new URL('../wasm-bytes.ts', folder);

async function compile(source, flags) {
  const { error, stderr, binary } = await asc.compileString(
    { [source]: readFileSync(new URL(source, folder), 'utf8') },
    { optimizeLevel: 3, shrinkLevel: 0, noAssert: true, runtime: 'stub', importMemory: true, enable: ['simd', ...flags] },
  );
  if (error) throw new Error(`${source}: ${error.message}\n${stderr.toString()}`);
  return Buffer.from(binary).toString('base64');
}

const plain = await compile('matmul.ts', []);
const relaxed = await compile('matmul.ts', ['relaxed-simd']);
const text = `/**
 * @file Made by \`npm run build:kernels\` from matmul.ts: WebAssembly in base64, with SIMD, and with relaxed fused multiply-add too.
 */
export const matmulPlain =
  '${plain}';
export const matmulRelaxed =
  '${relaxed}';
`;
if (!process.argv.includes('--check')) writeFileSync(target, text);
else if (readFileSync(target, 'utf8') !== text) {
  console.error(`${fileURLToPath(target)} is not what its source compiles to: run npm run build:kernels`);
  process.exitCode = 1;
}
