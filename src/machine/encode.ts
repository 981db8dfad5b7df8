/**
 * @file WebAssembly's binary format: as much of it as programs need.
 */

/** Types of values. */
export type WasmType = 'i32' | 'f32' | 'f64' | 'v128';

const TYPE: Readonly<Record<WasmType, number>> = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b };

/** A function that a program calls. */
export interface Imported {
  readonly name: string;
  readonly parameters: readonly WasmType[];
  readonly results: readonly WasmType[];
}

const scratch = new DataView(new ArrayBuffer(8));

function unsigned(out: number[], n: number): void {
  let rest = n >>> 0;
  do {
    const low = rest & 127;
    rest >>>= 7;
    out.push(rest === 0 ? low : low | 128);
  } while (rest !== 0);
}

function signed(out: number[], n: number): void {
  let rest = n | 0;
  for (;;) {
    const low = rest & 127;
    rest >>= 7;
    if ((rest === 0 && (low & 64) === 0) || (rest === -1 && (low & 64) !== 0)) {
      out.push(low);
      return;
    }
    out.push(low | 128);
  }
}

/** Instructions without immediates: what they do is in their names. */
const PLAIN = {
  select: 0x1b, 'i32.eqz': 0x45, 'i32.add': 0x6a, 'i32.sub': 0x6b, 'i32.mul': 0x6c, 'i32.div_u': 0x6e, 'i32.lt_u': 0x49, 'i32.and': 0x71, 'i32.or': 0x72, 'i32.ne': 0x47,
  'f32.eq': 0x5b, 'f32.ne': 0x5c, 'f32.lt': 0x5d, 'f32.gt': 0x5e, 'f32.le': 0x5f, 'f32.ge': 0x60,
  'f64.eq': 0x61, 'f64.ne': 0x62, 'f64.lt': 0x63, 'f64.gt': 0x64, 'f64.le': 0x65, 'f64.ge': 0x66,
  'f32.abs': 0x8b, 'f32.neg': 0x8c, 'f32.ceil': 0x8d, 'f32.floor': 0x8e, 'f32.nearest': 0x90, 'f32.sqrt': 0x91, 'f32.add': 0x92, 'f32.sub': 0x93, 'f32.mul': 0x94, 'f32.div': 0x95, 'f32.min': 0x96, 'f32.max': 0x97,
  'f64.abs': 0x99, 'f64.neg': 0x9a, 'f64.ceil': 0x9b, 'f64.floor': 0x9c, 'f64.nearest': 0x9e, 'f64.sqrt': 0x9f, 'f64.add': 0xa0, 'f64.sub': 0xa1, 'f64.mul': 0xa2, 'f64.div': 0xa3, 'f64.min': 0xa4, 'f64.max': 0xa5,
  'f32.demote': 0xb6, 'f64.promote': 0xbb, 'f64.convert_i32': 0xb7,
} as const; // prettier-ignore

/** Those of vectors, behind the prefix 0xfd. */
const VECTOR = {
  'f32x4.splat': 0x13, 'f64x2.splat': 0x14,
  'f32x4.eq': 0x41, 'f32x4.ne': 0x42, 'f32x4.lt': 0x43, 'f32x4.gt': 0x44, 'f32x4.le': 0x45, 'f32x4.ge': 0x46,
  'f64x2.eq': 0x47, 'f64x2.ne': 0x48, 'f64x2.lt': 0x49, 'f64x2.gt': 0x4a, 'f64x2.le': 0x4b, 'f64x2.ge': 0x4c,
  'v128.not': 0x4d, 'v128.and': 0x4e, 'v128.or': 0x50, 'v128.xor': 0x51, 'v128.bitselect': 0x52, 'v128.any_true': 0x53,
  'f64x2.promote_low': 0x5f, 'i16x8.extend_low_u8': 0x89, 'i32x4.extend_low_u16': 0xa9, 'i64x2.extend_low_u32': 0xc9,
  'i32x4.neg': 0xa1, 'i64x2.neg': 0xc1, 'i32x4.splat': 0x11,
  'i32x4.eq': 0x37, 'i32x4.shl': 0xab, 'i32x4.shr_u': 0xad, 'i32x4.add': 0xae, 'i32x4.sub': 0xb1,
  'i64x2.eq': 0xd6, 'i64x2.shl': 0xcb, 'i64x2.shr_u': 0xcd, 'i64x2.add': 0xce, 'i64x2.sub': 0xd1,
  'f32x4.abs': 0xe0, 'f32x4.neg': 0xe1, 'f32x4.sqrt': 0xe3, 'f32x4.add': 0xe4, 'f32x4.sub': 0xe5, 'f32x4.mul': 0xe6, 'f32x4.div': 0xe7, 'f32x4.min': 0xe8, 'f32x4.max': 0xe9,
  'f32x4.pmin': 0xea, 'f32x4.pmax': 0xeb, 'f32x4.ceil': 0x67, 'f32x4.floor': 0x68, 'f32x4.nearest': 0x6a,
  'f64x2.abs': 0xec, 'f64x2.neg': 0xed, 'f64x2.sqrt': 0xef, 'f64x2.add': 0xf0, 'f64x2.sub': 0xf1, 'f64x2.mul': 0xf2, 'f64x2.div': 0xf3, 'f64x2.min': 0xf4, 'f64x2.max': 0xf5,
  'f64x2.pmin': 0xf6, 'f64x2.pmax': 0xf7, 'f64x2.ceil': 0x74, 'f64x2.floor': 0x75, 'f64x2.nearest': 0x94,
} as const; // prettier-ignore

/** Loads and stores: opcode (from 0xfd00 on of vectors) and alignment as a power of 2. */
const MEMORY = {
  'i32.load': [0x28, 2], 'f32.load': [0x2a, 2], 'f64.load': [0x2b, 3], 'i32.load8_u': [0x2d, 0], 'i32.store': [0x36, 2], 'f32.store': [0x38, 2], 'f64.store': [0x39, 3],
  'i32.store8': [0x3a, 0], 'i32.store16': [0x3b, 1], 'i32.load16_u': [0x2f, 1],
  'v128.load': [0xfd00, 4], 'v128.load32_splat': [0xfd09, 2], 'v128.load64_splat': [0xfd0a, 3], 'v128.store': [0xfd0b, 4], 'v128.load32_zero': [0xfd5c, 2],
} as const; // prettier-ignore

const LANE = { 'i32x4.extract': 0x1b, 'f32x4.extract': 0x1f, 'f32x4.replace': 0x20, 'f64x2.extract': 0x21, 'f64x2.replace': 0x22 } as const;

export type Instruction = keyof typeof PLAIN | keyof typeof VECTOR;
export type Access = keyof typeof MEMORY;

/** The parameters of every function of a program: the number of the thread, and how many there are. */
const THREAD = 0;
const THREADS = 1;
const PARAMETERS = 2;

/** The body of one function. */
export class Body {
  readonly #bytes: number[] = [];
  /** What is done first: constants are put into their locals. */
  readonly #beginning: number[] = [];
  readonly #constants = new Map<string, number>();
  readonly #called = new Set<number>();
  readonly #locals: WasmType[] = [];
  /** Locals that are free again, by type. */
  readonly #free: Record<WasmType, number[]> = { i32: [], f32: [], f64: [], v128: [] };

  /** Does it do nothing? */
  get empty(): boolean {
    return this.#bytes.length === 0;
  }

  /** Does it call one of these functions? */
  calls(functions: ReadonlySet<number>): boolean {
    return [...this.#called].some((index) => functions.has(index));
  }

  /** A local variable. */
  local(type: WasmType): number {
    const free = this.#free[type].pop();
    if (free !== undefined) return free;
    return PARAMETERS + this.#locals.push(type) - 1;
  }

  /** Gives a local back. */
  release(type: WasmType, local: number): void {
    this.#free[type].push(local);
  }

  do(...names: readonly Instruction[]): this {
    for (const name of names) {
      if (name in VECTOR) {
        this.#bytes.push(0xfd);
        unsigned(this.#bytes, VECTOR[name as keyof typeof VECTOR]);
      } else this.#bytes.push(PLAIN[name as keyof typeof PLAIN]);
    }
    return this;
  }

  get(local: number): this {
    this.#bytes.push(0x20);
    unsigned(this.#bytes, local);
    return this;
  }

  set(local: number): this {
    this.#bytes.push(0x21);
    unsigned(this.#bytes, local);
    return this;
  }

  tee(local: number): this {
    this.#bytes.push(0x22);
    unsigned(this.#bytes, local);
    return this;
  }

  i32(n: number): this {
    this.#bytes.push(0x41);
    signed(this.#bytes, n);
    return this;
  }

  f32(x: number): this {
    scratch.setFloat32(0, x, true);
    this.#bytes.push(0x43);
    for (let i = 0; i < 4; i++) this.#bytes.push(scratch.getUint8(i));
    return this;
  }

  f64(x: number): this {
    scratch.setFloat64(0, x, true);
    this.#bytes.push(0x44);
    for (let i = 0; i < 8; i++) this.#bytes.push(scratch.getUint8(i));
    return this;
  }

  /** A vector of equal lanes in a local that is filled where the function begins: a loop would make it anew in every pass. */
  constant(lanes: 'f32' | 'f64' | 'i32' | 'i64', x: number | bigint): number {
    const key = `${lanes} ${Object.is(x, -0) ? '-0' : x}`;
    let local = this.#constants.get(key);
    if (local === undefined) {
      local = PARAMETERS + this.#locals.push('v128') - 1;
      this.#constants.set(key, local);
      if (lanes === 'f32') scratch.setFloat32(0, Number(x), true);
      else if (lanes === 'f64') scratch.setFloat64(0, Number(x), true);
      else scratch.setBigInt64(0, BigInt(x), true);
      const size = lanes.endsWith('32') ? 4 : 8;
      this.#beginning.push(0xfd, 0x0c);
      for (let i = 0; i < 16; i++) this.#beginning.push(scratch.getUint8(i % size));
      this.#beginning.push(0x21);
      unsigned(this.#beginning, local);
    }
    return local;
  }

  /** A load or a store at an address plus an offset. */
  at(access: Access, offset: number): this {
    const [code, align] = MEMORY[access];
    if (code >= 0xfd00) {
      this.#bytes.push(0xfd);
      unsigned(this.#bytes, code - 0xfd00);
    } else this.#bytes.push(code);
    this.#bytes.push(align);
    unsigned(this.#bytes, offset);
    return this;
  }

  /** A lane of a vector. */
  lane(name: keyof typeof LANE, i: number): this {
    this.#bytes.push(0xfd, LANE[name], i);
    return this;
  }

  shuffle(lanes: readonly number[]): this {
    this.#bytes.push(0xfd, 0x0d, ...lanes);
    return this;
  }

  call(index: number): this {
    this.#called.add(index);
    this.#bytes.push(0x10);
    unsigned(this.#bytes, index);
    return this;
  }

  /** Pushes the address of what belongs to the thread alone: `each` bytes of each thread, one behind the other. */
  own(address: number, each: number): this {
    return this.get(THREAD).i32(each).do('i32.mul').i32(address).do('i32.add');
  }

  /** Pushes how many threads there are. */
  threads(): this {
    return this.get(THREADS);
  }

  /** Pushes the number of the thread, and how many threads there are. */
  who(): this {
    return this.get(THREAD).get(THREADS);
  }

  /** Does `inside` in the first thread alone. */
  first(inside: () => void): this {
    return this.get(THREAD).do('i32.eqz').when(inside);
  }

  /** Leaves the function if what lies on the stack is not 0. */
  leave(): this {
    return this.when(() => this.#bytes.push(0x0f));
  }

  /**
   * Of `n` parts those that belong to the thread, in whole groups of `group`: locals with the first and with their number.
   */
  part(n: number, group = 1): { readonly from: number; readonly count: number } {
    const [from, count] = [this.local('i32'), this.local('i32')];
    const groups = Math.ceil(n / group);
    // ⌈groups / threads⌉ groups each, as long as there are any
    this.i32(groups - 1)
      .get(THREADS)
      .do('i32.add')
      .get(THREADS)
      .do('i32.div_u')
      .i32(group)
      .do('i32.mul')
      .set(count);
    this.get(THREAD).get(count).do('i32.mul').set(from);
    const least = (a: () => void, b: () => void): void => {
      a();
      b();
      a();
      b();
      this.do('i32.lt_u', 'select');
    };
    least(() => this.get(from), () => this.i32(n)); // prettier-ignore
    this.set(from);
    least(() => this.get(count), () => this.i32(n).get(from).do('i32.sub')); // prettier-ignore
    this.set(count);
    return { from, count };
  }

  /** i32.trunc_sat_f64_s */
  truncate(): this {
    this.#bytes.push(0xfc, 0x02);
    return this;
  }

  /** memory.fill: address, byte, count on the stack. */
  fill(): this {
    this.#bytes.push(0xfc, 0x0b, 0x00);
    return this;
  }

  /** memory.copy: to, from, count on the stack. */
  copy(): this {
    this.#bytes.push(0xfc, 0x0a, 0x00, 0x00);
    return this;
  }

  /** Repeats `inside` while it leaves something other than 0 on the stack. */
  loop(inside: () => void): this {
    this.#bytes.push(0x03, 0x40);
    inside();
    this.#bytes.push(0x0d, 0x00, 0x0b);
    return this;
  }

  /** One vector or the other: there is an i32 on the stack. */
  choose(ifTrue: () => void, ifFalse: () => void): this {
    this.#bytes.push(0x04, TYPE.v128);
    ifTrue();
    this.#bytes.push(0x05);
    ifFalse();
    this.#bytes.push(0x0b);
    return this;
  }

  /** Does `inside` if what lies on the stack is not 0. */
  when(inside: () => void): this {
    this.#bytes.push(0x04, 0x40);
    inside();
    this.#bytes.push(0x0b);
    return this;
  }

  /** The body with its locals, as the code section has it. */
  encode(): number[] {
    const out: number[] = [];
    // runs of one type
    const runs: [count: number, type: WasmType][] = [];
    for (const type of this.#locals) {
      const last = runs.at(-1);
      if (last?.[1] === type) last[0]++;
      else runs.push([1, type]);
    }
    unsigned(out, runs.length);
    for (const [count, type] of runs) {
      unsigned(out, count);
      out.push(TYPE[type]);
    }
    append(out, this.#beginning);
    append(out, this.#bytes);
    out.push(0x0b);
    return out;
  }
}

function append(to: number[], bytes: readonly number[]): void {
  for (const byte of bytes) to.push(byte);
}

/** Adds a section: how many things are in it, and their bytes in pieces. */
function section(to: (readonly number[])[], id: number, count: number, pieces: readonly (readonly number[])[]): void {
  const counted: number[] = [];
  unsigned(counted, count);
  const head = [id];
  unsigned(
    head,
    pieces.reduce((total, piece) => total + piece.length, counted.length),
  );
  to.push(head, counted);
  for (const piece of pieces) to.push(piece);
}

/** All pieces in a row. */
function joined(pieces: readonly (readonly number[])[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(pieces.reduce((total, piece) => total + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function text(to: number[], name: string): void {
  unsigned(to, name.length);
  for (let i = 0; i < name.length; i++) to.push(name.charCodeAt(i));
}

/**
 * A module that imports a memory and functions (numbered from 0) and exports the last of its own, `run`: engines limit exports to 100,000, and a
 * program of as many steps has as many functions.
 */
export function encodeModule(
  imports: readonly Imported[],
  functions: readonly Body[],
  pages: number,
  shared: boolean,
): Uint8Array<ArrayBuffer> {
  const types: number[] = [];
  const own = { parameters: Array<WasmType>(PARAMETERS).fill('i32'), results: [] };
  for (const { parameters, results } of [...imports, own]) {
    types.push(0x60);
    unsigned(types, parameters.length);
    for (const t of parameters) types.push(TYPE[t]);
    unsigned(types, results.length);
    for (const t of results) types.push(TYPE[t]);
  }
  const imported: number[] = [];
  text(imported, 'env');
  text(imported, 'memory');
  imported.push(2, shared ? 3 : 1);
  unsigned(imported, pages);
  unsigned(imported, pages);
  imports.forEach(({ name }, i) => {
    text(imported, 'env');
    text(imported, name);
    imported.push(0);
    unsigned(imported, i);
  });
  const declared: number[] = [];
  const code: (readonly number[])[] = [];
  for (const body of functions) {
    unsigned(declared, imports.length);
    const encoded = body.encode();
    const length: number[] = [];
    unsigned(length, encoded.length);
    code.push(length, encoded);
  }
  const exported: number[] = [];
  text(exported, 'run');
  exported.push(0);
  unsigned(exported, imports.length + functions.length - 1);
  const out: (readonly number[])[] = [[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]];
  section(out, 1, imports.length + 1, [types]);
  section(out, 2, imports.length + 1, [imported]);
  section(out, 3, functions.length, [declared]);
  section(out, 7, 1, [exported]);
  section(out, 10, functions.length, code);
  return joined(out);
}
