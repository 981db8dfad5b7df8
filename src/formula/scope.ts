/**
 * @file What names mean at a place of a formula: definitions, the formula's own functions, indices. Scopes are never changed, so a
 * function sees what was defined before it, and therefore never itself.
 */
import type { Code, Index } from './code.js';
import type { Tree } from './tree.js';

/** A function that the formula defines. Its body is lowered anew for every call. */
export interface OwnFunction {
  readonly name: string;
  readonly params: readonly string[];
  readonly body: Tree;
  readonly scope: Scope;
  /** The text it stands in. */
  readonly source: Source;
}

/** The text that is being lowered. */
export interface Source {
  readonly text: string;
}

export class Scope {
  private constructor(
    private readonly parent: Scope | null,
    private readonly key: string,
    private readonly meaning: { code?: Code; own?: OwnFunction; index?: Index },
  ) {}

  static readonly empty: Scope = new Scope(null, '', {});

  withName(name: string, code: Code): Scope {
    return new Scope(this, name, { code });
  }

  withFunction(own: OwnFunction): Scope {
    return new Scope(this, own.name, { own });
  }

  withIndex(index: Index): Scope {
    return new Scope(this, index.name, { index });
  }

  /** The value of a name, or the index of this name: whichever was introduced last. */
  value(name: string): Code | Index | undefined {
    for (let scope: Scope | null = this; scope !== null; scope = scope.parent) {
      if (scope.key === name && scope.meaning.own === undefined) return scope.meaning.code ?? scope.meaning.index;
    }
    return undefined;
  }

  index(name: string): Index | undefined {
    const found = this.value(name);
    return found !== undefined && 'id' in found ? found : undefined;
  }

  own(name: string): OwnFunction | undefined {
    for (let scope: Scope | null = this; scope !== null; scope = scope.parent) {
      if (scope.key === name && scope.meaning.own !== undefined) return scope.meaning.own;
    }
    return undefined;
  }

  /** Names of the formula's own functions. */
  ownNames(): string[] {
    const names: string[] = [];
    for (let scope: Scope | null = this; scope !== null; scope = scope.parent) if (scope.meaning.own !== undefined) names.push(scope.key);
    return names;
  }
}
