/** A process that trains in a plain synchronous loop and says how much memory it holds. Run by memory.ts. */
import { Lcg } from './inputs.js';
import { loadOurs } from './library.js';
import { place } from './libraries/ours.js';
import type { Chainrule } from './workload.js';

type Tensor = Chainrule.Tensor;

const [path, ...counts] = process.argv.slice(2);
const cr = await loadOurs(path!);
const random = new Lcg(7);
const X = place(cr, random.float32([32, 64]));
const labels = place(cr, random.labels([32], 10));
let params = [[64, 32], [32], [32, 10], [10]].map((shape) => place(cr, random.float32(shape, 0.2)));

const lossAndGrads = cr.valueAndGrad(([W1, b1, W2, b2]: Tensor[]) => {
  const hidden = cr.relu(cr.add(cr.matmul(X, W1!), b1!));
  return cr.crossEntropy(cr.add(cr.matmul(hidden, W2!), b2!), labels);
});

const report: { steps: number; residentMB: number; loss: number }[] = [];
let loss = NaN;
let done = 0;
for (const count of counts.map(Number)) {
  for (; done < count; done++) {
    const [value, grads] = lossAndGrads(params);
    params = params.map((p, i) => cr.sub(p, cr.mul(0.1, grads[i]!)));
    loss = value.item();
  }
  report.push({ steps: done, residentMB: process.memoryUsage().rss / 2 ** 20, loss });
}
process.stdout.write(JSON.stringify(report));
