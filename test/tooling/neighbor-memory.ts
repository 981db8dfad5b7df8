/** @file A process of its own: by how many MiB does the largest resident memory grow while neighbours are sought? Prints the number. */
import { kNearest, tensor } from 'chainrule';

const [n, m, d] = [200, 60_000, 784];
const wave = (rows: number, phase: number): Float32Array => {
  const x = new Float32Array(rows * d);
  for (let i = 0; i < x.length; i++) x[i] = Math.sin(i * 0.37 + phase) + ((i * 7919) % 997) / 997;
  return x;
};
const points = tensor(wave(m, 0), { shape: [m, d] });
const queries = tensor(wave(n, 1), { shape: [n, d] });
kNearest(queries.slice([[0, 2]]), points.slice([[0, 5]]), { k: 5 }); // what the engine loads and compiles is not the algorithm's
const before = process.resourceUsage().maxRSS;
kNearest(queries, points, { k: 5 });
console.log((process.resourceUsage().maxRSS - before) / 1024);
