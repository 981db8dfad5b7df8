/**
 * @file Groups of parameters: each with options of its own, as in PyTorch.
 */
import type { TensorLike } from '../graph/create.js';
import { UsageError } from '../graph/errors.js';
import { Parameter } from '../graph/parameter.js';
import { Tensor } from '../graph/tensor.js';
import type { GradientTransform } from './transform.js';

/** Parameters with options of their own. */
export type ParamGroup<Options = object> = Partial<Options> & {
  /** The parameters. */
  params: readonly Parameter[];
  /** Applied to the new value of every parameter after each step: `(w) => maxNorm(w, { max: 3 })`. */
  project?: (w: Tensor) => TensorLike;
};

/** What an optimizer is plugged onto: parameters, or groups of them. */
export type Params<Options = object> = readonly Parameter[] | readonly ParamGroup<Options>[];

/** A group as an optimizer holds it. */
export interface OptimizerGroup<State, Options> {
  /** Its parameters. */
  readonly params: readonly Parameter[];
  /** Its options: the optimizer's, and its own over them. */
  readonly options: Readonly<Options>;
  /** Applied to new values. */
  readonly project: ((w: Tensor) => TensorLike) | undefined;
  /** The pure pair. */
  readonly transform: GradientTransform<State>;
  /** Its state. */
  state: State;
}

/** Checks and completes what the user gave. */
export function makeGroups<State, Options extends object>(
  name: string,
  given: Params<Options>,
  make: (options: Options) => GradientTransform<State>,
  options: Options,
): OptimizerGroup<State, Options>[] {
  if (given instanceof Tensor) throw new UsageError(name, 'needs a list of parameters', undefined, '[w] for one');
  if (!Array.isArray(given) || given.length === 0)
    throw new UsageError(
      name,
      'needs a list of at least one parameter',
      `got ${given === null || !Array.isArray(given) ? String(given) : '[]'}`,
    );
  const seen = new Set<Parameter>();
  const isGroup = (x: unknown): x is ParamGroup<Options> => typeof x === 'object' && x !== null && !(x instanceof Tensor) && 'params' in x;
  const groups = given.every(isGroup)
    ? (given as readonly ParamGroup<Options>[])
    : [{ params: given as readonly Parameter[] } as ParamGroup<Options>];
  return groups.map(({ params, project, ...own }) => {
    if (!Array.isArray(params) || params.length === 0)
      throw new UsageError(name, 'a group needs at least one parameter', undefined, '{ params: [w], lr: 0.1 }');
    const list: readonly Parameter[] = params;
    for (const p of list) {
      if (!((p as unknown) instanceof Parameter)) throw new UsageError(name, 'params must be made by parameter(…)', `got ${String(p)}`);
      if (seen.has(p)) throw new UsageError(name, `${p.name ?? 'a parameter'} comes twice`, undefined, 'one step would move it twice');
      seen.add(p);
    }
    if (project !== undefined && typeof project !== 'function')
      throw new UsageError(name, 'project must be a function', `got ${String(project)}`, '(w) => maxNorm(w, { max: 3 })');
    const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
    const merged = Object.freeze({ ...options, ...(given as Partial<Options>) });
    const transform = make(merged);
    return { params: [...list], options: merged, project, transform, state: transform.init(list.map((p) => p.value)) };
  });
}
