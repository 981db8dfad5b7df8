/**
 * @file The backward pass under vmap: does it give for several cotangents at once what it gives for each?
 */
import { ChainruleError } from '../graph/errors.js';
import { formatNumber } from '../graph/format.js';
import type { Tensor } from '../graph/tensor.js';
import { Generator, uniform } from '../ops/random.js';
import { take } from '../ops/indexing.js';
import { stack } from '../ops/slicing.js';
import { vmap } from '../transforms/vmap.js';
import { linearizeAll } from '../transforms/vjp.js';
import { allclose } from './allclose.js';
import type { Subject } from './inputs.js';
import type { Findings } from './report.js';

/** Cotangents that are pulled at once. */
const BATCH = 3;

/** Compares pulls of a batch of random cotangents with pulls of each, with the tolerances of `allclose`. */
export function checkBatched({ call, primals, active }: Subject, found: Findings): void {
  const run = linearizeAll('gradcheck', call, primals);
  const generator = new Generator(1);
  const seeds = Array.from({ length: BATCH }, () => run.outputs.map((y) => uniform(y.shape, { generator, low: -1, high: 1 })));
  const single = seeds.map((g) => run.pull(g).flat());
  let together: readonly Tensor[];
  try {
    together = vmap((...g: Tensor[]) => run.pull(g).flat())(...run.outputs.map((_, o) => stack(seeds.map((g) => g[o]!))));
  } catch (error) {
    if (!(error instanceof ChainruleError)) throw error;
    found.fail(`the backward pass fails under vmap: ${error.message}`);
    return;
  }
  together.forEach((all, k) => {
    single.forEach((gradients, row) => {
      const [got, expected] = [take(all, row), gradients[k]!];
      if (allclose(got, expected)) return;
      const i = got.data.findIndex((v, e) => !allclose(v, expected.data[e]!));
      const values = `element ${i} of the gradient of input ${active[k]}: ${formatNumber(got.data[i]!, 9)}, alone ${formatNumber(expected.data[i]!, 9)}`;
      found.fail('the backward pass gives something else under vmap', values);
    });
  });
}
