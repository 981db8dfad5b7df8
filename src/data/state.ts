/**
 * @file Trees of tensors and plain values as one safetensors file: what training needs to go on where it stopped.
 *
 * Tensors stand in the file under their paths. The rest is JSON in the metadata, where `{"$tensor": name}` stands for a tensor and
 * `{"$number": text}` for a number that JSON has not; a key that begins with `$` gets one more.
 */
import { toTensor } from '../graph/create.js';
import { checkOptions, DataError, UsageError } from '../graph/errors.js';
import { Tensor } from '../graph/tensor.js';
import { isPlainObject } from '../graph/tree.js';
import type { LoadOptions, SaveOptions } from './safetensors.js';
import { checkMetadata, hasStateDict, kindOf, nameFor, readTensors, writeTensors } from './safetensors-format.js';
import { METADATA, parseJson, show } from './safetensors-header.js';

const KEY = 'chainrule.state';
const VERSION = 1;
/** Levels a tree may have: reading and writing it are recursive. */
const DEEPEST = 1000;
/** Numbers that JSON cannot write, or writes as others. */
const NUMBERS: ReadonlyMap<string, number> = new Map([
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
  ['-0', -0],
]);

/** Takes a tree apart: returns its JSON and collects its tensors. */
class Encoder {
  readonly tensors = new Map<string, Tensor>();
  /** The arrays and objects that the current one is in. */
  readonly #around: object[] = [];

  encode(x: unknown, path: string): unknown {
    if (x instanceof Tensor) return { $tensor: this.#add(toTensor(x), path) };
    if (typeof x === 'number') return Number.isFinite(x) && !Object.is(x, -0) ? x : { $number: Object.is(x, -0) ? '-0' : String(x) };
    if (x === null || typeof x === 'string' || typeof x === 'boolean') return x;
    const list = Array.isArray(x) && Object.getPrototypeOf(x) === Array.prototype;
    if (!list && !isPlainObject(x)) throw notPlain(x, path);
    if (this.#around.includes(x)) throw new UsageError('saveState', 'a state cannot contain itself', at(path));
    if (this.#around.length === DEEPEST) throw new UsageError('saveState', `a state has at most ${DEEPEST} levels`, at(path));
    this.#around.push(x);
    const inside = (key: string | number, value: unknown): unknown => this.encode(value, path === '' ? String(key) : `${path}.${key}`);
    // Array.from visits holes too, which are undefined and so an error
    const encoded = list
      ? Array.from(x as unknown[], (value, i) => inside(i, value))
      : Object.fromEntries(Object.entries(x).map(([key, value]) => [key.startsWith('$') ? `$${key}` : key, inside(key, value)]));
    this.#around.pop();
    return encoded;
  }

  /** Keeps a tensor under its path, or, where a key with dots has taken that, under a path with a number behind it. */
  #add(t: Tensor, path: string): string {
    const wanted = path.replace(/\p{Surrogate}/gu, '\ufffd') || 'value';
    let name = wanted;
    for (let n = 2; name === METADATA || this.tensors.has(name); n++) name = `${wanted}#${n}`;
    this.tensors.set(name, t);
    return name;
  }
}

const at = (path: string): string => (path === '' ? 'at the root' : `at ${path}`);

function notPlain(x: unknown, path: string): UsageError {
  const hint =
    x === undefined
      ? 'leave it out or save null'
      : x instanceof Promise
        ? 'await it first'
        : ArrayBuffer.isView(x)
          ? 'make it a tensor'
          : hasStateDict(x)
            ? 'save its stateDict()'
            : undefined;
  const found = `got ${kindOf(x)} ${at(path)}`;
  return new UsageError('saveState', 'a state is made of tensors, numbers, strings, booleans, null, arrays and plain objects', found, hint);
}

/** Puts a tree together again. */
class Decoder {
  readonly #tensors: ReadonlyMap<string, Tensor>;
  readonly #name: string;
  readonly #used = new Set<string>();

  constructor(tensors: ReadonlyMap<string, Tensor>, name: string) {
    this.#tensors = tensors;
    this.#name = name;
  }

  /** Throws for tensors that no place of the tree asked for. */
  checkAllUsed(): void {
    const unused = [...this.#tensors.keys()].find((key) => !this.#used.has(key));
    if (unused !== undefined) throw this.#damaged(`tensor '${unused}' has no place in it`);
  }

  decode(x: unknown, depth = 0): unknown {
    if (typeof x !== 'object' || x === null) return x;
    if (depth === DEEPEST) throw this.#damaged(`more than ${DEEPEST} levels`);
    if (Array.isArray(x)) return x.map((value) => this.decode(value, depth + 1));
    const entries = Object.entries(x) as [string, unknown][];
    const mark = entries.find(([key]) => /^\$(?!\$)/.test(key));
    if (mark === undefined)
      return Object.fromEntries(entries.map(([key, value]) => [key.replace(/^\$/, ''), this.decode(value, depth + 1)]));
    const [key, value] = mark;
    if (entries.length > 1 || typeof value !== 'string') throw this.#damaged(`'${key}' does not stand alone, with a text`);
    if (key === '$tensor') return this.#tensor(value);
    const number = key === '$number' ? NUMBERS.get(value) : undefined;
    if (number === undefined) throw this.#damaged(`unknown mark '${key}' with '${value}'`);
    return number;
  }

  #tensor(key: string): Tensor {
    const t = this.#tensors.get(key);
    if (t === undefined) throw this.#damaged(`there is no tensor '${key}'`);
    if (this.#used.has(key)) throw this.#damaged(`tensor '${key}' has two places in it`);
    this.#used.add(key);
    return t;
  }

  #damaged(values: string): DataError {
    return new DataError(this.#name, 'damaged state', values);
  }
}

/**
 * The bytes of a state: plain objects and arrays, to any depth up to 1000, of tensors, parameters (their values), numbers, strings, booleans
 * and null. It is a safetensors file, so other programs can read the tensors: they stand under their paths, as `model.0.weight`.
 * Numbers and elements keep all their bits; -0, NaN and ±Infinity are allowed.
 * @throws UsageError for anything else (functions, instances of classes, undefined, bigint, a state that contains itself), naming its path.
 * @example
 * const w = parameter([3, -2], { name: 'w' });
 * const optimizer = new SGD([w], { lr: 0.25, momentum: 0.9 });
 * optimizer.minimize(() => sum(square(w))); // → 13
 * const bytes = saveState({ w, optimizer: optimizer.stateDict(), epoch: 1 });
 * optimizer.minimize(() => sum(square(w))); // → 3.25
 *
 * const saved = loadState(bytes) as { w: Tensor; optimizer: OptimizerStateDict; epoch: number };
 * w.value = saved.w;
 * optimizer.loadStateDict(saved.optimizer);
 * optimizer.minimize(() => sum(square(w))); // → 3.25
 * saveState({ act: Math.tanh });
 * // throws UsageError: saveState: a state is made of tensors, numbers, strings, booleans, null, arrays and plain objects: got a function at act
 */
export function saveState(tree: unknown, options: SaveOptions = {}): Uint8Array {
  checkOptions('saveState', options, ['metadata']);
  const { metadata } = options;
  checkMetadata('saveState', metadata);
  if (metadata !== undefined && Object.hasOwn(metadata, KEY))
    throw new UsageError('saveState', `metadata '${KEY}' is taken`, undefined, 'the state itself stands there');
  const encoder = new Encoder();
  const text = JSON.stringify({ version: VERSION, tree: encoder.encode(tree, '') });
  return writeTensors('saveState', [...encoder.tensors], { ...metadata, [KEY]: text });
}

/**
 * The state that `saveState` saved: the same structure, with the same numbers, dtypes, shapes and bits. Parameters come back as tensors.
 * @throws DataError for bytes that are damaged, truncated, or no saved state; the message begins with `name`.
 * @example
 * loadState(saveState({ step: 3, best: -Infinity, layers: [{ weight: [1, 2] }, null] }));
 * // → { step: 3, best: -Infinity, layers: [{ weight: [1, 2] }, null] }
 */
export function loadState(bytes: Uint8Array, options: LoadOptions = {}): unknown {
  const name = nameFor('loadState', bytes, options, 'saved state');
  const { metadata, tensors } = readTensors(bytes, name);
  if (!Object.hasOwn(metadata, KEY))
    throw new DataError(name, 'is no saved state', `its metadata have no '${KEY}'`, 'read its tensors with safetensors.load');
  const state = parseJson(metadata[KEY]!, `'${KEY}'`, name) as { version?: unknown; tree?: unknown } | null;
  if (state?.version !== VERSION)
    throw new DataError(name, 'unknown version of a saved state', `expected ${VERSION}, found ${show(state?.version)}`);
  if (!Object.hasOwn(state, 'tree')) throw new DataError(name, 'damaged state', 'it has no tree');
  const decoder = new Decoder(new Map(tensors), name);
  const tree = decoder.decode(state.tree);
  decoder.checkAllUsed();
  return tree;
}
