/**
 * @file Sums of products in Einstein's notation. Two operands at a time meet as a batched matrix product, in an order chosen by cost.
 */
import { type TensorLike, toTensor } from '../graph/create.js';
import { ShapeError, UsageError } from '../graph/errors.js';
import { showShape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { mul } from './arithmetic.js';
import { diagonal } from './diagonals.js';
import { matmul } from './matmul.js';
import { reshape, squeeze, transpose } from './shaping.js';
import { sum } from './sum.js';

/** A tensor with a label for each axis. */
interface Term {
  readonly tensor: Tensor;
  readonly labels: readonly string[];
}

type Sizes = ReadonlyMap<string, number>;

/** Subscripts taken apart: labels of each operand, and of the result. */
interface Subscripts {
  readonly inputs: readonly (readonly string[])[];
  readonly output: readonly string[];
}

const product = (labels: Iterable<string>, sizes: Sizes): number => {
  let n = 1;
  for (const label of labels) n *= sizes.get(label)!;
  return n;
};

/** Labels of one term; `'...'` stands for `open` axes, counted from the last one, so that they align at the right. */
function labelsOf(text: string, open: number): string[] {
  if (!/^[A-Za-z]*(\.\.\.)?[A-Za-z]*$/.test(text))
    throw new UsageError('einsum', 'a term is letters, and at most one ellipsis', `'${text}'`, "as in 'ij,jk->ik'");
  const dots = Array.from({ length: open }, (_, i) => `.${open - i}`);
  const [left, right] = text.split('...') as [string, string | undefined];
  return [...Array.from(left), ...(right === undefined ? [] : dots), ...Array.from(right ?? '')];
}

/** Labels of an operand: as many as it has axes. */
function inputLabels(text: string, x: Tensor, position: number): string[] {
  const named = labelsOf(text, 0).length;
  const dots = text.includes('...');
  if (dots ? named > x.ndim : named !== x.ndim)
    throw new ShapeError(
      'einsum',
      `'${text}' names ${named} axes`,
      `operand ${position} ${showShape(x.shape)} has ${x.ndim}`,
      dots ? undefined : "'...' stands for axes without a name",
    );
  return labelsOf(text, x.ndim - named);
}

/** Without an arrow the result has the axes of ellipses, then in alphabetical order what stands once. */
function implicitOutput(all: readonly string[]): string[] {
  const once = all.filter((l) => !l.startsWith('.') && all.indexOf(l) === all.lastIndexOf(l));
  return [...openLabels(all), ...once.sort()];
}

/** Labels of ellipses, from the first axis on. */
function openLabels(all: readonly string[]): string[] {
  const most = Math.max(0, ...all.filter((l) => l.startsWith('.')).map((l) => Number(l.slice(1))));
  return labelsOf('...', most);
}

function parse(subscripts: string, operands: readonly Tensor[]): Subscripts {
  if (typeof subscripts !== 'string')
    throw new UsageError('einsum', 'subscripts are a text', `got ${typeof subscripts}`, "einsum('ij,jk->ik', a, b)");
  const [left, right, ...more] = subscripts.replaceAll(/\s/g, '').split('->') as [string, string | undefined, ...string[]];
  if (more.length > 0) throw new UsageError('einsum', 'more than one arrow', `'${subscripts}'`);
  const terms = left.split(',');
  if (terms.length !== operands.length)
    throw new UsageError('einsum', 'needs one term an operand', `${terms.length} terms in '${subscripts}', ${operands.length} operands`);
  const inputs = terms.map((term, i) => inputLabels(term, operands[i]!, i));
  const all = inputs.flat();
  if (right === undefined) return { inputs, output: implicitOutput(all) };
  const output = labelsOf(right, openLabels(all).length);
  for (const label of output) {
    if (!all.includes(label)) throw new UsageError('einsum', `output subscript '${label}' is in no term`, `'${subscripts}'`);
    if (output.indexOf(label) !== output.lastIndexOf(label))
      throw new UsageError('einsum', `output subscript '${label}' is given twice`, `'${subscripts}'`);
  }
  return { inputs, output };
}

/** The length of every label. Axes of length 1 go along with any. */
function sizesOf(inputs: readonly (readonly string[])[], operands: readonly Tensor[]): Sizes {
  const sizes = new Map<string, number>();
  const owners = new Map<string, number>();
  inputs.forEach((labels, i) => {
    labels.forEach((label, axis) => {
      const n = operands[i]!.shape[axis]!;
      const known = sizes.get(label) ?? 1;
      if (known !== 1 && n !== 1 && n !== known) {
        const [a, b] = [owners.get(label)!, i];
        throw new ShapeError(
          'einsum',
          label.startsWith('.') ? "axes of '...' do not broadcast" : `subscript '${label}' has two lengths`,
          `${known} in operand ${a} ${showShape(operands[a]!.shape)}, ${n} in operand ${b} ${showShape(operands[b]!.shape)}`,
        );
      }
      if (known === 1) {
        sizes.set(label, n);
        owners.set(label, i);
      }
    });
  });
  return sizes;
}

/** Each label once: labels that stand twice mean the diagonal, axes of length 1 that others repeat have no say. */
function simplified({ tensor, labels }: Term, sizes: Sizes): Term {
  const idle = labels.flatMap((label, axis) => (tensor.shape[axis] === 1 && sizes.get(label) !== 1 ? [axis] : []));
  if (idle.length > 0)
    return simplified({ tensor: squeeze(tensor, idle), labels: labels.filter((_, axis) => !idle.includes(axis)) }, sizes);
  const axis1 = labels.findIndex((label, axis) => labels.lastIndexOf(label) !== axis);
  if (axis1 < 0) return { tensor, labels };
  const axis2 = labels.lastIndexOf(labels[axis1]!);
  const rest = labels.filter((_, axis) => axis !== axis1 && axis !== axis2);
  return simplified({ tensor: diagonal(tensor, { axis1, axis2 }), labels: [...rest, labels[axis1]!] }, sizes);
}

/** Summed over the labels that nobody needs. */
function summed({ tensor, labels }: Term, needed: ReadonlySet<string>): Term {
  const axis = labels.flatMap((label, i) => (needed.has(label) ? [] : [i]));
  return axis.length === 0 ? { tensor, labels } : { tensor: sum(tensor, { axis }), labels: labels.filter((l) => needed.has(l)) };
}

const inOrder = ({ tensor, labels }: Term, order: readonly string[]): Tensor => transpose(tensor, order.map((l) => labels.indexOf(l))); // prettier-ignore

/** Two terms as one: Σ over the labels of both that nobody needs any more. */
function contracted(a: Term, b: Term, needed: ReadonlySet<string>, sizes: Sizes): Term {
  const both = a.labels.filter((l) => b.labels.includes(l));
  const [batch, inner] = [both.filter((l) => needed.has(l)), both.filter((l) => !needed.has(l))];
  const [left, right] = [a, b].map(({ labels }) => labels.filter((l) => !both.includes(l))) as [string[], string[]];
  const shapeOf = (labels: readonly string[]): number[] => labels.map((l) => sizes.get(l)!);
  const labels = [...batch, ...left, ...right];
  const lead = shapeOf(batch);
  if (inner.length === 0) {
    const first = reshape(inOrder(a, [...batch, ...left]), [...lead, ...shapeOf(left), ...right.map(() => 1)]);
    const second = reshape(inOrder(b, [...batch, ...right]), [...lead, ...left.map(() => 1), ...shapeOf(right)]);
    return { tensor: mul(first, second), labels };
  }
  const k = product(inner, sizes);
  // a side without axes of its own is a vector, where there is no batch
  const rows = batch.length + left.length === 0 ? [k] : [...lead, product(left, sizes), k];
  const columns = batch.length + right.length === 0 ? [k] : [...lead, k, product(right, sizes)];
  const x = reshape(inOrder(a, [...batch, ...left, ...inner]), rows);
  const y = reshape(inOrder(b, [...batch, ...inner, ...right]), columns);
  const made = (matmul as (a: Tensor, b: Tensor) => Tensor)(x, y);
  return { tensor: reshape(made, shapeOf(labels)), labels };
}

/** Labels that the result or one of the terms has. */
const neededBy = (output: readonly string[], terms: readonly Term[]): Set<string> =>
  new Set([...output, ...terms.flatMap((t) => t.labels)]);

/** The pair whose product takes least room beyond what it replaces; of equals the one with the fewest multiplications. */
function cheapest(terms: readonly Term[], output: readonly string[], sizes: Sizes): [number, number] {
  let best: [number, number] = [0, 1];
  let [least, fewest] = [Infinity, Infinity];
  for (let j = 1; j < terms.length; j++)
    for (let i = 0; i < j; i++) {
      const [a, b] = [terms[i]!, terms[j]!];
      const all = new Set([...a.labels, ...b.labels]);
      const needed = neededBy(output, terms.filter((t) => t !== a && t !== b)); // prettier-ignore
      const kept = [...all].filter((l) => needed.has(l));
      const room = product(kept, sizes) - product(a.labels, sizes) - product(b.labels, sizes);
      const work = product(all, sizes);
      if (room < least || (room === least && work < fewest)) {
        best = [i, j];
        [least, fewest] = [room, work];
      }
    }
  return best;
}

/**
 * Sum of products in Einstein's notation: a letter names an axis, letters that the output lacks are summed over, a letter that stands twice
 * in a term means its diagonal. `'...'` stands for axes without a name, which broadcast; axes of length 1 go along with any length. Without
 * an arrow the output has the axes of `'...'`, then in alphabetical order the letters that stand once. Any number of operands: two at a time
 * meet as a (batched) matrix product, in an order chosen greedily by the room that results take.
 * @throws UsageError for subscripts that cannot be read; ShapeError for lengths that differ.
 * @see numpy.einsum, torch.einsum
 * @example
 * einsum('ij,jk->ik', [[1, 2], [3, 4]], [[5], [6]]); // → [[17], [39]]
 * einsum('ii->i', [[1, 2], [3, 4]]); // → [1, 4]
 * einsum('i,i', [1, 2, 3], [4, 5, 6]); // → 32
 * einsum('...i->...', [[1, 2], [3, 4]]); // → [3, 7]
 */
export function einsum(subscripts: string, ...operands: readonly TensorLike[]): Tensor {
  const tensors = operands.map((x) => toTensor(x, 'einsum'));
  const { inputs, output } = parse(subscripts, tensors);
  const sizes = sizesOf(inputs, tensors);
  let terms = tensors.map((tensor, i) => simplified({ tensor, labels: inputs[i]! }, sizes));
  terms = terms.map((term) => summed(term, neededBy(output, terms.filter((t) => t !== term)))); // prettier-ignore
  while (terms.length > 1) {
    const [i, j] = cheapest(terms, output, sizes);
    const rest = terms.filter((_, at) => at !== i && at !== j);
    terms = [...rest, contracted(terms[i]!, terms[j]!, neededBy(output, rest), sizes)];
  }
  return inOrder(terms[0]!, output);
}
