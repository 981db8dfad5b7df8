/**
 * @file Debug mode: every tensor knows the line of the user's program that made it, and errors name these lines.
 */
import { UsageError } from './errors.js';
import { stackHere, userLine } from './origin.js';
import { showShape } from './shape.js';
import type { OpLike, Tensor } from './tensor.js';
import { keepWatch, type Watch } from './watch.js';

/** The user's lines that made tensors while somebody watched. Not the stacks: engines keep what their functions hold, so each would keep the last step. */
const origins = new WeakMap<object, string>();

/** The user's line that made a tensor; undefined when nobody watched. */
export function originOf(t: object): string | undefined {
  return origins.get(t);
}

/** Remembers where tensors are made, and which of them the op looks at that is being called. */
export class Debugger implements Watch {
  readonly needsValues: boolean = false;
  #op = '';
  #read: Tensor[] = [];

  born(t: Tensor): void {
    const line = userLine(stackHere());
    if (line !== undefined) origins.set(t, line);
  }

  shared(t: Tensor, from: Tensor): void {
    const line = origins.get(from);
    if (line !== undefined) origins.set(t, line);
  }

  read(op: string, x: Tensor): void {
    if (op !== this.#op) this.#read = [];
    this.#op = op;
    this.#read.push(x);
  }

  made(_op: OpLike, _inputs: readonly Tensor[], _out: Tensor): void {
    this.#op = '';
    this.#read = [];
  }

  rule<T extends object>(_t: Tensor, _i: number, run: () => T): T {
    return run();
  }

  excused<T>(run: () => T): T {
    return run();
  }

  places(op: string): string | undefined {
    if (op !== this.#op) return undefined;
    const known = [...new Set(this.#read)].flatMap((x) => {
      const line = originOf(x);
      return line === undefined ? [] : [`${x.name ?? 'tensor'} ${showShape(x.shape)} made at ${line}`];
    });
    return known.length === 0 ? undefined : known.join(', ');
  }
}

/**
 * Debug mode for everything, on or off (as it is at first, unless the environment variable `CHAINRULE_DEBUG` is 1). While it is on, every
 * tensor keeps the line of your program that made it, and an error of an op names the lines of its arguments:
 * `… made at file:line:column`. Off, it costs nothing; on, an op call takes some microseconds more. In a bundle, where files are no longer
 * told apart, no lines are named.
 * @throws UsageError for anything but true and false.
 * @see docs/find-a-nan.md
 * @example
 * setDebug(true);
 * const x = tensor([1, 2, 3]); // an error of an op that reads x names this line
 * setDebug(false);
 */
export function setDebug(on: boolean): void {
  if (typeof on !== 'boolean') throw new UsageError('setDebug', 'needs true or false', `got ${String(on)}`);
  keepWatch('debug', on ? new Debugger() : null);
}

const { process } = globalThis as { process?: { env?: Readonly<Record<string, string | undefined>> } };
if (process?.env?.['CHAINRULE_DEBUG'] === '1') setDebug(true);
