/**
 * @file Syntax tree to closures that call ops. Lowered once; a call then costs what the same ops cost by hand.
 */
import { abs } from '../ops/arithmetic.js';
import { norm } from '../ops/statistics.js';
import { Builder } from './builder.js';
import { Calls } from './calls.js';
import { after, type Code, type Index, known, type Store, type Value } from './code.js';
import { indexed } from './indexing.js';
import { entries, indexValue, reduceOver, type Subscript } from './indices.js';
import { constant } from './names.js';
import { array, binary, compare, conditional, indicator, unary } from './operators.js';
import { type OwnFunction, Scope } from './scope.js';
import type { Span } from './source.js';
import type { Program, ReduceTree, Statement, Tree } from './tree.js';

/** Most operations of a formula, its functions counted as often as they are called. */
const MAX_OPERATIONS = 20_000;

/** A formula that is interpolated in another one. */
export interface Inlined {
  readonly program: Program;
  readonly slots: readonly Interpolated[];
  /** The symbols that arguments stand for; null where their order is not clear. */
  readonly params: readonly string[] | null;
}

/** What stands at a place of a template: a value given with every call, a value held by an inner formula, or a formula. */
export type Interpolated = 'open' | { readonly held: Value } | { readonly formula: Inlined };

/** A formula as code. */
export interface LoweredProgram {
  readonly code: Code;
  /** Parameters, if the last line is a function. */
  readonly params: readonly string[] | null;
}

/** Lowers one formula, with the formulas that are interpolated in it. */
export class Lowering extends Builder {
  private operations = 0;
  private nextIndex = 0;
  private readonly calls: Calls = new Calls(this);

  constructor(private slots: readonly Interpolated[]) {
    super();
  }

  /** All statements: the code of the last, run after those before it. Parameters of a last line `L(s, y) = …` are the first symbols. */
  program(program: Program): LoweredProgram {
    const [outer, inside] = [this.source, this.inside];
    this.source = program;
    const last = program.statements.at(-1)!;
    const params = last.kind === 'function' ? last.params : null;
    params?.forEach((p) => this.symbol(p));
    const stores: Store[] = [];
    const scope = program.statements.slice(0, -1).reduce((s, statement) => this.define(statement, s, stores), Scope.empty);
    const inner = params === null ? scope : params.reduce((s, p) => s.withName(p, this.symbol(p)), scope);
    if (last.kind === 'function') this.inside = [...this.inside, last.name];
    const code = this.expr(last.kind === 'function' ? last.body : last.value, inner);
    [this.source, this.inside] = [outer, inside];
    return { code: after(stores, code), params };
  }

  /** The scope below a definition. */
  private define(statement: Statement, scope: Scope, stores: Store[]): Scope {
    if (statement.kind === 'value') return scope;
    if (statement.kind === 'function') return scope.withFunction({ ...statement, scope, source: this.source });
    const { store, read } = this.local(this.expr(statement.value, scope));
    if (store !== null) stores.push(store);
    return scope.withName(statement.name, read);
  }

  /** A function of the formula applied to values. */
  apply(own: OwnFunction, args: readonly Code[]): Code {
    const [outer, inside] = [this.source, this.inside];
    this.source = own.source;
    this.inside = [...inside, own.name];
    const stores: Store[] = [];
    const scope = own.params.reduce((s, param, k) => {
      const { store, read } = this.local(args[k]!);
      if (store !== null) stores.push(store);
      return s.withName(param, read);
    }, own.scope);
    const body = this.expr(own.body, scope);
    [this.source, this.inside] = [outer, inside];
    return after(stores, body);
  }

  /** An interpolated formula, as a value of its symbols, or called. */
  private inline({ program, slots, params }: Inlined, args: readonly Code[] | null, span: Span): Code {
    const [outerSlots, outerBound] = [this.slots, this.bound];
    const stores: Store[] = [];
    if (args !== null) {
      if (params === null)
        throw this.error(span, 'it is not clear which symbol is which argument', undefined, "begin that formula with 'f(a, b) = …'");
      if (params.length !== args.length)
        throw this.error(span, `the formula takes ${params.length} arguments`, `got ${args.length}`, params.join(', '));
      const bound = new Map(outerBound);
      params.forEach((param, k) => {
        const { store, read } = this.local(args[k]!);
        if (store !== null) stores.push(store);
        bound.set(param, read);
      });
      this.bound = bound;
    }
    this.slots = slots;
    const { code } = this.program(program);
    [this.slots, this.bound] = [outerSlots, outerBound];
    return after(stores, code);
  }

  private slot(slot: number, span: Span): Code {
    const interpolated = this.slots[slot]!;
    if (interpolated === 'open') return { run: (f) => f.values[slot]!, indices: [], flow: { kind: 'value', at: slot } };
    if ('formula' in interpolated) return this.inline(interpolated.formula, null, span);
    const { held } = interpolated;
    // a parameter is read when the formula is called
    if (typeof held === 'number') return { run: () => held, indices: [], flow: { kind: 'known', value: held } };
    const call = (): Value => held.current;
    return { run: call, indices: [], flow: { kind: 'op', op: { call, direct: undefined, numbers: undefined, at: -1 }, args: [] } };
  }

  calledSlot(slot: number, args: readonly Code[], span: Span): Code {
    const interpolated = this.slots[slot]!;
    if (typeof interpolated === 'object' && 'formula' in interpolated) return this.inline(interpolated.formula, args, span);
    throw this.error(span, 'only formulas can be called', undefined, 'to multiply write a * (…)');
  }

  expr(tree: Tree, scope: Scope): Code {
    if (++this.operations > MAX_OPERATIONS)
      throw this.error(tree.span, 'the formula is too large', `more than ${MAX_OPERATIONS} operations`);
    const all = (trees: readonly Tree[]): Code[] => trees.map((t) => this.expr(t, scope));
    const { span } = tree;
    switch (tree.kind) {
      case 'number':
        return known(tree.value);
      case 'name':
        return this.name(tree.name, scope);
      case 'slot':
        return this.slot(tree.slot, span);
      case 'unary':
        return unary(this, tree.op, this.expr(tree.arg, scope), span);
      case 'binary':
        return binary(this, tree.op, this.expr(tree.left, scope), this.expr(tree.right, scope), span);
      case 'compare':
        return compare(this, tree.ops, all(tree.args), span);
      case 'if':
        return conditional(this, all([tree.cond, tree.yes, tree.no]), span);
      case 'abs':
        return this.map1('abs', abs, this.expr(tree.arg, scope), span, Math.abs);
      case 'norm':
        return this.norm(tree.ord, this.expr(tree.arg, scope), span);
      case 'indicator':
        return indicator(this, this.expr(tree.arg, scope), span);
      case 'array':
        return array(this, all(tree.items), span);
      case 'index':
        return this.index(tree, scope);
      case 'subscript':
        return this.subscript(tree, scope);
      case 'reduce':
        return this.reduce(tree, scope);
      case 'call':
        return this.calls.call(tree, scope);
    }
  }

  /** The innermost meaning of a name: a definition, an index, a constant, or else a free symbol. */
  private name(name: string, scope: Scope): Code {
    const found = scope.value(name);
    if (found !== undefined) return 'id' in found ? indexValue(found) : found;
    const value = constant(name);
    return value === undefined ? this.symbol(name) : known(value);
  }

  private norm(ord: number, arg: Code, span: Span): Code {
    this.whole('the norm', [arg], span);
    const options = Object.freeze({ ord });
    return this.map1('norm', ord === 2 ? norm : (x) => norm(x, options), arg, span, Math.abs);
  }

  private index(tree: Tree & { kind: 'index' }, scope: Scope): Code {
    const object = this.expr(tree.object, scope);
    const axes = tree.at.map((t) =>
      t.kind === 'range' ? t.bounds.map((b) => (b === null ? null : this.expr(b, scope))) : this.expr(t, scope),
    );
    this.whole('x[…]', [object, ...axes.flat().filter((c) => c !== null)], tree.span);
    if (axes.some((a) => Array.isArray(a))) this.ops.add('slice');
    if (axes.some((a) => !Array.isArray(a))) this.ops.add('take');
    const runs = axes.map((a) => ('run' in a ? { entry: a.run } : { range: a.map((b) => b?.run ?? ((): null => null)) }));
    return { indices: [], run: indexed(object.run, runs, this.place(tree.span)) };
  }

  private subscript(tree: Tree & { kind: 'subscript' }, scope: Scope): Code {
    const base = this.name(tree.base, scope);
    const subscripts = tree.at.map((t, k): Subscript => {
      const index = t.kind === 'name' ? scope.index(t.name) : undefined;
      if (index === undefined) return { code: this.expr(t, scope) };
      // the second i of x_{i,i} is a label: entry i of row i
      const again =
        k > 0 && k === tree.at.length - 1 && tree.at.slice(0, k).some((u) => u.kind === 'name' && scope.index(u.name) === index);
      return again ? { code: indexValue(index) } : { index };
    });
    this.whole(`${tree.base}_…`, [base], tree.span);
    if (subscripts.length === 0) throw this.error(tree.span, 'a subscript is missing');
    if (subscripts.slice(0, -1).some((s) => 'code' in s))
      throw this.error(tree.span, 'only the last subscript may be computed', undefined, 'x[i, :] takes entries and ranges');
    const own = subscripts.flatMap((s) => ('index' in s ? [s.index] : []));
    if (new Set(own).size < own.length) throw this.error(tree.span, 'an index stands twice', undefined, 'diag(x) is the diagonal');
    if (own.length < subscripts.length) this.ops.add('pick');
    return entries(base, tree.base, subscripts, this.place(tree.span));
  }

  private reduce(tree: ReduceTree, scope: Scope): Code {
    const indices = tree.indices.map(({ name }): Index => ({ id: this.nextIndex++, name, extent: undefined }));
    const inner = indices.reduce((s, index) => s.withIndex(index), scope);
    const body = this.expr(tree.body, inner);
    const conditions = tree.conditions.map((c) => this.expr(c, inner));
    indices.forEach(({ extent, name }, k) => {
      if (extent !== undefined) return;
      const { span } = tree.indices[k]!;
      throw this.error(span, `nothing in the ${tree.op} carries the index ${name}`, undefined, `write x_${name}, or ${tree.op}(x, axis)`);
    });
    this.ops.add(tree.op);
    return reduceOver(tree.op, indices, body, conditions, this.place(tree.span));
  }
}
