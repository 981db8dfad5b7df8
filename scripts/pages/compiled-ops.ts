/**
 * How compiled programs run each op of the registry: docs/compiled-ops.md. Read off the programs of random samples, in float32 and float64.
 */
import { cast, compile, type Definition, logicalNot, neg, registry, type Tensor, zeros } from 'chainrule';
import { drawFrom } from 'chainrule/testing';
import { code, GENERATED, paragraph, plain, table } from './markdown.js';
import { tape } from './tape.js';

/** Samples of each op: enough that every case of an op occurs. */
const SAMPLES = 16;

/** The ways, in the order in which the table names them. */
const WAYS = ['view', 'copy', 'loop', 'product', 'kernel', 'reference kernel'] as const;

type Way = (typeof WAYS)[number];

/** Calls of a size that samples do not have. */
const larger: Readonly<Record<string, () => readonly Tensor[]>> = { matmul: () => [zeros([8, 8]), zeros([8, 8])] };

/** Ways and kernels of one program: `text` explains the op with one more elementwise op behind it. */
function read(text: string): { ways: Way[]; kernels: string[] } {
  const steps = text.split('\n').filter((line) => /^ *\d+ {2}/.test(line));
  const kernels = steps.flatMap((line) => / = (\w+?)(?:[FIU]?\d+)\(.*\) by a kernel$/.exec(line)?.[1] ?? []);
  const nodes = steps.flatMap((line) => (/ loop /.test(line) ? [...line.matchAll(/ = (\w+)\(/g)].map(([, op]) => op!) : []));
  const own = nodes.slice(0, -1);
  return {
    kernels,
    ways: [
      ...(own.some((op) => op !== 'copy') ? ['loop' as const] : own.length > 0 ? ['copy' as const] : []),
      ...(steps.some((line) => / = product\(/.test(line)) ? ['product' as const] : []),
      ...(kernels.length > 0 ? ['kernel' as const] : []),
      ...(steps.some((line) => line.endsWith('by its reference kernel')) ? ['reference kernel' as const] : []),
    ],
  };
}

/** How programs run an op. */
function waysOf(op: Definition): { ways: readonly Way[]; kernels: readonly string[] } {
  const ways = new Set<Way>();
  const kernels = new Set<string>();
  for (let seed = 0; seed <= SAMPLES; seed++) {
    const sample = op.spec.sample(drawFrom(tape(seed)));
    const attrs: unknown = sample.attrs;
    const inputs = seed === 0 ? (larger[op.name]?.() ?? sample.inputs) : sample.inputs;
    for (const dtype of ['float64', 'float32'] as const) {
      const xs = inputs.map((x) => (x.dtype === 'float64' ? cast(x, dtype) : x));
      const f = compile((...ts: Tensor[]): Tensor => {
        const y = op.apply(ts, attrs);
        return y.dtype === 'bool' ? logicalNot(y) : neg(y);
      });
      const found = read(f.explain(...xs));
      for (const kernel of found.kernels) kernels.add(kernel);
      for (const way of found.ways.length === 0 ? ['view' as const] : found.ways) ways.add(way);
    }
  }
  return { ways: WAYS.filter((way) => ways.has(way)), kernels: [...kernels] };
}

function row(op: Definition): string[] {
  const { ways, kernels } = waysOf(op);
  const said = ways.map((way) => (way === 'kernel' ? `kernel ${kernels.map(code).join(', ')}` : way === 'reference kernel' ? `**${way}**` : way)); // prettier-ignore
  return [code(op.name), plain(op.spec.doc), said.join('; ')];
}

/** The text of docs/compiled-ops.md. */
export function compiledOps(): string {
  return [
    GENERATED,
    '',
    '# Ops in compiled programs',
    '',
    paragraph(
      'How a program of `compile` runs each op of the registry ([Compile](compile.md)): read off the programs of random samples, in float32 and float64. An op is run in several ways where shapes or types decide.',
    ),
    '',
    '- **view**: another way of reading the same memory, or nothing at all',
    '- **copy**: elements written to their places',
    '- **loop**: part of a loop that is emitted, together with its neighbours',
    '- **product**: the matrix kernel, once for each product of a batch',
    '- **kernel**: kernels in WebAssembly, by name',
    '- **reference kernel**: JavaScript, called by the program',
    '',
    table(['op', 'computes', 'runs as'], [...registry.values()].map(row)),
    '',
  ].join('\n');
}
