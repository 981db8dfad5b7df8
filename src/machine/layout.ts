/**
 * @file Where every buffer lies: one arena, in which a buffer that nobody reads any more makes room for another.
 */
import { TEAM_BYTES } from '../kernels/team.js';
import { PANEL } from '../kernels/wasm.js';
import { nestOf, worthDividing } from './nest.js';
import { BYTES, readsOf, writesOf } from './reads.js';
import type { Plan, Step, Value } from './steps.js';

/** Buffers begin at multiples of this: vectors never cross a line of the cache. */
const LINE = 64;

/** Addresses in bytes. */
export interface Layout {
  readonly addresses: ReadonlyMap<Value, number>;
  /** Room for the packed blocks of matrix products: of the first thread, and how many bytes each has. */
  readonly panels: { readonly a: number; readonly b: number; readonly tile: number; readonly each: number };
  /** Room for the results of the blocks of a loop. */
  readonly rooms: ReadonlyMap<Step, number>;
  readonly bytes: number;
}

const aligned = (bytes: number): number => Math.ceil(bytes / LINE) * LINE;

/** Free stretches of the arena, sorted, never touching. */
class Arena {
  #free: [from: number, to: number][] = [];
  end: number;

  constructor(from: number) {
    this.end = from;
  }

  /** Room for so many bytes: the smallest stretch that fits, or new. */
  take(bytes: number): number {
    let best = -1;
    this.#free.forEach(([from, to], i) => {
      if (to - from >= bytes && (best < 0 || to - from < this.#free[best]![1] - this.#free[best]![0])) best = i;
    });
    if (best < 0) {
      const at = this.end;
      this.end += bytes;
      return at;
    }
    const [from, to] = this.#free[best]!;
    if (to - from === bytes) this.#free.splice(best, 1);
    else this.#free[best] = [from + bytes, to];
    return from;
  }

  give(from: number, bytes: number): void {
    const to = from + bytes;
    const at = this.#free.findIndex(([start]) => start > from);
    const i = at < 0 ? this.#free.length : at;
    this.#free.splice(i, 0, [from, to]);
    const next = this.#free[i + 1];
    if (next?.[0] === to) this.#free.splice(i, 2, [from, next[1]]);
    const before = this.#free[i - 1];
    if (before?.[1] === from) this.#free.splice(i - 1, 2, [before[0], this.#free[i]![1]]);
  }
}

/** Bytes that a step needs while it runs. */
function roomOf(step: Step): number {
  return step.kind === 'loop' && worthDividing(step) ? nestOf(step, () => 0, 0).room : 0;
}

/** Lays out the buffers of a plan for so many threads. */
export function layOut({ steps, values, outputs }: Plan, threads: number): Layout {
  const addresses = new Map<Value, number>();
  const room = (v: Value): number => Math.max(LINE, aligned(v.size * (v.kind === 'number' ? 8 : BYTES[v.dtype])));
  // what is given and constant stays for ever
  let end = TEAM_BYTES;
  for (const v of values) {
    if (v.kind === 'computed' || (v.kind === 'constant' && !v.stored)) continue;
    addresses.set(v, end);
    end += room(v);
  }
  let [widest, deep] = [0, false];
  for (const step of steps) {
    if (step.kind !== 'product') continue;
    deep = true;
    widest = Math.max(widest, Math.ceil(step.n / 8) * 8 * PANEL.depth * BYTES[step.value.dtype]);
  }
  const b = end + PANEL.height * PANEL.depth * 8;
  const tile = b + aligned(widest);
  const panels = { a: end, b, tile, each: tile + 256 - end };
  const arena = new Arena(deep ? end + threads * panels.each : end);
  const rooms = new Map<Step, number>();
  const kept = new Set(outputs.map((x) => x.value));
  const last = new Map<Value, number>();
  steps.forEach((step, i) => {
    for (const v of [...readsOf(step), ...writesOf(step)]) last.set(v, i);
  });
  const ending: Value[][] = steps.map(() => []);
  for (const [v, i] of last) if (v.kind === 'computed' && !kept.has(v)) ending[i]!.push(v);
  steps.forEach((step, i) => {
    for (const v of writesOf(step)) if (!addresses.has(v)) addresses.set(v, arena.take(room(v)));
    const extra = aligned(roomOf(step));
    if (extra > 0) {
      const at = arena.take(extra);
      rooms.set(step, at);
      arena.give(at, extra);
    }
    for (const v of ending[i]!) arena.give(addresses.get(v)!, room(v));
  });
  return { addresses, panels, rooms, bytes: arena.end };
}
