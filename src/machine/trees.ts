/**
 * @file Arguments and results of compiled functions: tensors and numbers in any nesting of arrays and plain objects.
 */
import { toTensor, type TensorLike } from '../graph/create.js';
import { Tensor } from '../graph/tensor.js';
import { isPlainObject } from '../graph/tree.js';
import { getThreads } from '../kernels/team.js';

/** Arguments taken apart: tensors and numbers in order, and text that says what all else is. */
export interface Taken {
  readonly key: string;
  readonly leaves: readonly (Tensor | number)[];
}

/** Numbers for values that are no tensors: functions, class instances. */
const identities = new WeakMap<object, number>();
let nextIdentity = 0;

function identity(x: object): number {
  let id = identities.get(x);
  if (id === undefined) identities.set(x, (id = nextIdentity++));
  return id;
}

const isTensorLeaf = (x: unknown): boolean => x instanceof Tensor || ArrayBuffer.isView(x);

/** Takes arguments apart. Two calls with equal keys run the same program. */
export function takeApart(args: readonly unknown[]): Taken {
  const leaves: (Tensor | number)[] = [];
  const visit = (x: unknown): string => {
    if (typeof x === 'number') {
      leaves.push(x);
      return 'n';
    }
    if (isTensorLeaf(x)) {
      const t = toTensor(x as TensorLike, 'compile');
      leaves.push(t);
      return `${t.dtype}[${t.shape.join()}]`;
    }
    if (Array.isArray(x)) return `(${x.map(visit).join()})`;
    if (isPlainObject(x)) {
      const parts = Object.entries(x).map(([k, v]) => `${JSON.stringify(k)}:${visit(v)}`);
      return `{${parts.join()}}`;
    }
    if ((typeof x === 'object' && x !== null) || typeof x === 'function') return `@${identity(x)}`;
    return typeof x === 'string' ? JSON.stringify(x) : String(x);
  };
  // a program is made for a number of threads
  return { key: `${getThreads()} ${args.map(visit).join(';')}`, leaves };
}

/** The same nesting with others in the places of tensors, and of numbers too if asked; what else is in it stays. */
export function mapTree(tree: unknown, f: (leaf: unknown, key: string) => unknown, numbers: boolean, key = ''): unknown {
  if (isTensorLeaf(tree) || (numbers && typeof tree === 'number')) return f(tree, key);
  if (Array.isArray(tree)) return tree.map((x) => mapTree(x, f, numbers, key));
  if (isPlainObject(tree)) return Object.fromEntries(Object.entries(tree).map(([k, x]) => [k, mapTree(x, f, numbers, k)]));
  return tree;
}

/** Tensors in order. */
export function tensorsOf(tree: unknown): Tensor[] {
  const found: Tensor[] = [];
  mapTree(tree, (leaf) => found.push(toTensor(leaf as TensorLike, 'compile')), false);
  return found;
}
