/**
 * @file Calls: of the formula's own functions, of interpolated formulas, of the functions of the library.
 */
import { nearestName, UsageError } from '../graph/errors.js';
import type { Builder } from './builder.js';
import { type Code, type Frame, known, type Value } from './code.js';
import { functionNames, type Kind, type Named, namedFunction } from './names.js';
import { scalarFunction, scalarFunction2 } from './plain-functions.js';
import { extremum } from './operators.js';
import type { Scope } from './scope.js';
import type { CallTree, Tree } from './tree.js';

/** An argument that is no tensor: known, or computed when the formula is called. */
type Fixed = { readonly value: unknown } | { readonly run: (f: Frame) => unknown };

const plural = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;

export class Calls {
  constructor(private readonly build: Builder) {}

  call(tree: CallTree, scope: Scope): Code {
    const { build } = this;
    if (tree.slot !== null) {
      this.noOptions(tree, 'a formula');
      return build.calledSlot(tree.slot, tree.args.map((a) => build.expr(a, scope)), tree.span); // prettier-ignore
    }
    if (scope.own(tree.name) !== undefined) return this.own(tree, scope);
    const named = namedFunction(tree.name);
    if (named !== undefined) return this.named(tree, named, scope);
    if (build.inside.includes(tree.name))
      throw build.error(tree.nameSpan, `'${tree.name}' calls itself`, undefined, 'a formula has no recursion');
    const near = nearestName(tree.name, [...scope.ownNames(), ...functionNames]);
    const value = scope.value(tree.name) !== undefined || tree.name.length === 1;
    throw build.error(
      tree.nameSpan,
      `unknown function '${tree.name}'`,
      undefined,
      near !== undefined && !value
        ? `did you mean '${near}'?`
        : `to multiply write ${tree.name} * (…); a function is defined before it is called`,
    );
  }

  private noOptions(tree: CallTree, what: string): void {
    const [option] = tree.options;
    if (option !== undefined) throw this.build.error(option.span, `${what} has no options`, undefined, "equality is '=='");
  }

  /** A function of the formula: its body is lowered with the arguments as values. */
  private own(tree: CallTree, scope: Scope): Code {
    const { build } = this;
    const own = scope.own(tree.name)!;
    this.noOptions(tree, `'${own.name}'`);
    if (tree.args.length !== own.params.length)
      throw build.error(tree.span, `'${own.name}' takes ${plural(own.params.length, 'argument')}`, `got ${tree.args.length}`);
    return build.apply(own, tree.args.map((a) => build.expr(a, scope))); // prettier-ignore
  }

  private named(tree: CallTree, named: Named, scope: Scope): Code {
    const { build } = this;
    if ((tree.name === 'max' || tree.name === 'min') && tree.args.length > 1) {
      if (tree.options.length > 0)
        throw build.error(tree.span, `${tree.name} of several values has no options`, undefined, `a${tree.name}(x, axis) reduces`);
      return extremum(build, tree.name, tree.args.map((a) => build.expr(a, scope)), tree.span); // prettier-ignore
    }
    if (named.variadic) return this.variadic(tree, named, scope);
    const names = Object.keys(named.options);
    const [least, most] = [named.needed, named.params.length + names.length];
    const { args } = tree;
    if (args.length < least || args.length > most) {
      const range = least === most ? plural(least, 'argument') : `${least} to ${plural(most, 'argument')}`;
      throw build.error(tree.span, `${tree.name} takes ${range}`, `got ${args.length}`);
    }
    const given = new Map<string, { readonly tree: Tree; readonly name: string }>();
    args.slice(named.params.length).forEach((a, k) => given.set(names[k]!, { tree: a, name: names[k]! }));
    for (const { name, span, value } of tree.options) {
      if (!names.includes(name)) {
        const near = nearestName(name, names);
        const hint =
          near !== undefined ? `did you mean '${near}'?` : names.length > 0 ? `options: ${names.join(', ')}` : "equality is '=='";
        throw build.error(span, `${tree.name} has no option '${name}'`, undefined, hint);
      }
      if (given.has(name)) throw build.error(span, `option '${name}' is given twice`);
      given.set(name, { tree: value, name });
    }
    const options =
      given.size === 0
        ? undefined
        : this.options([...given.values()].map((o) => [o.name, this.fixed(o.tree, named.options[o.name]!, scope, o.name)]));
    const params = args.slice(0, named.params.length);
    const fixed = params.some((_, k) => named.params[k] !== 'tensor');
    const codes = params.map((a, k) => (named.params[k] === 'tensor' ? build.expr(a, scope) : known(0)));
    if (!named.elementwise) build.whole(tree.name, codes, tree.span);
    if (!fixed && options === undefined) return this.plain(tree, named, codes);
    const rest = params.map((a, k) => (named.params[k] === 'tensor' ? undefined : this.fixed(a, named.params[k]!, scope, 'the argument')));
    return this.withFixed(tree, named, codes, rest, options);
  }

  /** Tensors only: the closures that are called most. */
  private plain(tree: CallTree, named: Named, codes: readonly Code[]): Code {
    const { build } = this;
    const op = named.call as (...xs: readonly Value[]) => Value;
    const [a, b] = codes;
    if (codes.length === 1) return build.map1(named.name, op, a!, tree.span, scalarFunction(named.name), named.direct);
    if (codes.length === 2) return build.map2(named.name, op, a!, b!, tree.span, scalarFunction2(named.name));
    return build.mapAll(named.name, op, codes, tree.span);
  }

  private withFixed(
    tree: CallTree,
    named: Named,
    codes: readonly Code[],
    rest: readonly (Fixed | undefined)[],
    options: Fixed | undefined,
  ): Code {
    const { build } = this;
    const { call } = named;
    // options that are known make it a function of one value
    if (codes.length === 1 && options !== undefined && 'value' in options)
      return build.map1(named.name, (x) => call(x, options.value), codes[0]!, tree.span);
    build.ops.add(named.name);
    const at = build.place(tree.span);
    const all = [...rest.map((r, k): Fixed => r ?? { run: codes[k]!.run }), ...(options === undefined ? [] : [options])];
    const runs = all.map((r) => ('run' in r ? r.run : (): unknown => r.value));
    const indices = codes.find((c) => c.indices.length > 0)?.indices ?? [];
    return {
      indices,
      run: (f) => {
        const values = runs.map((run) => run(f));
        f.at = at;
        return call(...values);
      },
    };
  }

  /** `concat(a, b, axis=1)`. */
  private variadic(tree: CallTree, named: Named, scope: Scope): Code {
    const { build } = this;
    if (tree.args.length === 0) throw build.error(tree.span, `${tree.name} takes at least one value`);
    const names = Object.keys(named.options);
    const last = tree.args.at(-1)!;
    if (tree.args.length > 1 && last.kind === 'number')
      throw build.error(last.span, `${tree.name} takes tensors`, undefined, `its options are named: ${names[0]}=${last.text}`);
    const options = tree.options.map(({ name, span, value }): [string, Fixed] => {
      if (!names.includes(name)) throw build.error(span, `${tree.name} has no option '${name}'`, undefined, `options: ${names.join(', ')}`);
      return [name, this.fixed(value, named.options[name]!, scope, name)];
    });
    const codes = tree.args.map((a) => build.expr(a, scope));
    build.whole(tree.name, codes, tree.span);
    const fixed = this.options(options);
    const read = 'run' in fixed ? fixed.run : (): unknown => fixed.value;
    build.ops.add(named.name);
    const at = build.place(tree.span);
    return {
      indices: [],
      run: (f) => {
        const values = codes.map((c) => c.run(f));
        f.at = at;
        return named.call(values, read(f));
      },
    };
  }

  /** One object of options, made once if all are known. */
  private options(given: readonly (readonly [string, Fixed])[]): Fixed {
    if (given.every(([, o]) => 'value' in o))
      return { value: Object.freeze(Object.fromEntries(given.map(([name, o]) => [name, (o as { value: unknown }).value]))) };
    return { run: (f) => Object.fromEntries(given.map(([name, o]) => [name, 'value' in o ? o.value : o.run(f)])) };
  }

  /** An argument that is no tensor. */
  private fixed(tree: Tree, kind: Kind, scope: Scope, what: string): Fixed {
    const { build } = this;
    const wrong = (expected: string): Error => build.error(tree.span, `${what} must be ${expected}`);
    if (typeof kind !== 'string') {
      const word = tree.kind === 'name' ? tree.name : undefined;
      if (word !== undefined && kind.includes(word)) return { value: word };
      const near = word === undefined ? undefined : nearestName(word, kind);
      throw build.error(tree.span, `${what} must be one of ${kind.join(', ')}`, undefined, near && `did you mean '${near}'?`);
    }
    if ((kind === 'integers' || kind === 'row' || kind === 'rows') && tree.kind === 'array') {
      const items = tree.items.map((item) => this.fixed(item, kind === 'rows' ? 'row' : 'integer', scope, what));
      return items.every((i) => 'value' in i)
        ? { value: items.map((i) => i.value) }
        : { run: (f) => items.map((i) => ('value' in i ? i.value : i.run(f))) };
    }
    if (kind === 'row' || kind === 'rows') throw wrong('a list of pairs, as in [[0, 2], [1, 3]]');
    const code = build.expr(tree, scope);
    build.whole(what, [code], tree.span);
    if (kind === 'tensor') return { run: code.run };
    if (kind === 'boolean') {
      if (typeof code.constant === 'boolean') return { value: code.constant };
      throw wrong('true or false');
    }
    if (typeof code.constant === 'number') {
      if (kind !== 'number' && !Number.isInteger(code.constant)) throw wrong('a whole number');
      return { value: code.constant };
    }
    if (typeof code.constant === 'boolean') throw wrong('a number');
    const at = build.place(tree.span);
    return {
      run: (f) => {
        const x = code.run(f);
        f.at = at;
        if (typeof x === 'number') return x;
        throw new UsageError('formula', `${what} must be a plain number`, 'got a tensor');
      },
    };
  }
}
