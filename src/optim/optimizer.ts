/**
 * @file What every optimizer class does with a pure pair: gradients of its parameters in, new values out. It knows no loss.
 */
import { toTensor, type TensorLike } from '../graph/create.js';
import { GradError, ShapeError, UsageError } from '../graph/errors.js';
import { isFloat } from '../graph/dtype.js';
import type { Parameter } from '../graph/parameter.js';
import { sameShape, showShape } from '../graph/shape.js';
import { asForward, state, withState } from '../graph/state.js';
import { ownedLeaves, sweep } from '../graph/sweep.js';
import { Tensor } from '../graph/tensor.js';
import { firstNonFinite } from '../kernels/reduce.js';
import { algebra } from '../ops/algebra.js';
import { cast } from '../ops/casting.js';
import { full, zeros } from '../ops/create.js';
import { noGrad } from '../transforms/custom.js';
import { mayRun } from '../machine/compile.js';
import { takeApart } from '../machine/trees.js';
import { type Advanced, CompiledStep, type Evaluated } from './compiled-step.js';
import { makeGroups, type OptimizerGroup, type Params } from './groups.js';
import { joinState, keepBuffers, type ParameterState, splitState } from './state.js';
import { isStateDict, joinOptions, type OptimizerStateDict, restoreSchedules, splitOptions } from './state-dict.js';
import { applyUpdates, type GradientTransform, type Objective } from './transform.js';

export type { OptimizerStateDict } from './state-dict.js';

/** Programs that are kept: one for each shape of a batch. */
const MOST_STEPS = 8;

const DEPENDS_ON_NOTHING = ['the loss depends on no parameter', undefined, 'compute it from the parameters inside f'] as const;

/**
 * An optimizer on a list of parameters, or on groups of them with options of their own. Any pure pair can be plugged on.
 * @throws UsageError without parameters, for one that comes twice, and for unknown options.
 * @example
 * const w = parameter([3, 4]);
 * const optimizer = new Optimizer('clipped', [w], () => chain(clipByGlobalNorm(1), sgd({ lr: 1 })));
 * optimizer.minimize(() => sum(mul(w, w))); // → 25
 * w.value; // → [2.4, 3.2]
 */
export class Optimizer<State = unknown, Options extends object = object> {
  /** The parameters it moves, those of all groups. */
  readonly params: readonly Parameter[];
  readonly #name: string;
  readonly #make: (options: Options) => GradientTransform<State>;
  readonly #groups: OptimizerGroup<State, Options>[];
  /** The states of all groups. */
  #states: readonly State[];
  #steps = 0;
  /** The compiled step in whose memory the state lies; null where it is here. */
  #resident: CompiledStep<State> | null = null;

  /** The name is used in messages; `make` makes the pure pair of a group from its options. */
  constructor(
    name: string,
    params: Params<NoInfer<Options>>,
    make: (options: Options) => GradientTransform<State>,
    options: Options = {} as Options,
  ) {
    this.#name = name;
    this.#make = make;
    this.#groups = makeGroups(name, params, make, options);
    this.params = this.#groups.flatMap((group) => group.params);
    this.#states = this.#groups.map((group) => group.state);
  }

  /** The state of the pure pair, readable: of the first group, where there are several. */
  get state(): State {
    return this.paramGroups[0]!.state;
  }

  /** The groups: their parameters, options and state. */
  get paramGroups(): readonly Readonly<OptimizerGroup<State, Options>>[] {
    this.#settle();
    return this.#groups;
  }

  /**
   * `minimize` as one program: loss, gradients and update are recorded once for each shape of a batch, and parameters and state stay in
   * its memory. What is read, `w.value`, `stateDict()`, is brought back. Schedules, clipping and groups work; L-BFGS, which searches, does not.
   * @throws UsageError where a loss or an update reads values, and what `minimize` throws.
   * @see docs/compile.md
   * @example
   * const w = parameter([3, 4]);
   * const step = new SGD([w], { lr: 0.25 }).compile((x: Tensor) => sum(square(mul(w, x))));
   * step(tensor([1, 1])); // → 25
   * w.value; // → [1.5, 2]
   */
  compile<B extends readonly unknown[]>(lossFn: (...batch: B) => TensorLike): (...batch: B) => Tensor {
    if (typeof lossFn !== 'function')
      throw new UsageError(`${this.#name}.compile`, 'needs a function', `got ${String(lossFn)}`, 'compile((X, y) => loss)');
    const steps = new Map<string, CompiledStep<State>>();
    const stepping = {
      name: this.#name,
      params: this.params,
      evaluate: (f: () => unknown): Evaluated => this.#evaluate(f as () => TensorLike),
      advance: (gradients: readonly (Tensor | null)[], values: readonly Tensor[], states: readonly State[]): Advanced<State> =>
        this.#advance('minimize', gradients, values, states),
    };
    return (...batch) => {
      const eager = (): Tensor => this.minimize(() => lossFn(...batch));
      if (state.depth > 0 || state.tape !== null || state.planning !== null || !mayRun()) return eager();
      const taken = takeApart(batch);
      for (let known = true; ; known = false) {
        let step = known ? steps.get(taken.key) : undefined;
        if (step === undefined) {
          this.#settle();
          step = new CompiledStep(stepping, this.#states, lossFn, batch, taken);
          steps.delete(taken.key);
          if (steps.size >= MOST_STEPS) steps.delete(steps.keys().next().value!);
          steps.set(taken.key, step);
        }
        if (this.#resident !== step) {
          this.#settle();
          step.take(this.#states);
        }
        const loss = step.run(taken);
        if (loss === 'other') continue;
        // what is not finite is found again, and said, by a step op by op
        if (loss === null) return eager();
        this.#resident = step;
        this.#steps++;
        return loss;
      }
    };
  }

  /** Brings the state back from a compiled step. */
  #settle(): void {
    const step = this.#resident;
    if (step === null) return;
    this.#resident = null;
    this.#states = step.show();
    this.#groups.forEach((group, g) => (group.state = this.#states[g]!));
  }

  /**
   * One step on the loss that `f` computes of the parameters: returns the loss before the update. Parameters that it does not depend on
   * stay, and so do their buffers.
   * @throws GradError when the loss is no scalar or depends on no parameter; UsageError when the loss, a gradient or a new value is
   * not finite, or a running average. Whatever is thrown leaves parameters and state as they were.
   */
  minimize(f: () => TensorLike): Tensor {
    this.#settle();
    const { loss, gradients } = this.#evaluate(f);
    if (!Number.isFinite(loss.first()))
      throw this.#notFinite('minimize', 'the loss', loss.first(), 'lower the learning rate or look at the data');
    this.#apply('minimize', gradients, loss.first(), () => this.#evaluate(f));
    return loss;
  }

  /** Forgets accumulated gradients. */
  zeroGrad(): void {
    for (const p of this.params) p.grad = null;
  }

  /**
   * One step with the gradients in `.grad` (as `backward()` left them); parameters without one stay, and so do their buffers. A closure
   * may clear the gradients, compute the loss and call `backward()` first: its value is returned.
   * @throws UsageError when no parameter has a gradient, or the loss, a gradient or a new value is not finite: nothing is changed then.
   */
  step(closure?: () => Tensor): Tensor | undefined {
    this.#settle();
    const run = (): Evaluated => {
      const loss = withState({ recording: true }, closure!); // a line search asks for it where nothing is recorded
      if (!(loss instanceof Tensor)) throw new UsageError(`${this.#name}.step`, 'the closure must return the loss', `got ${String(loss)}`);
      return { loss, gradients: this.params.map((p) => p.grad) };
    };
    const loss = closure === undefined ? undefined : run().loss;
    if (loss !== undefined && !Number.isFinite(loss.first())) throw this.#notFinite('step', 'the loss', loss.first());
    if (this.params.every((p) => p.grad === null))
      throw new UsageError(`${this.#name}.step`, 'no parameter has a gradient', undefined, 'call loss.backward() first');
    this.#apply(
      'step',
      this.params.map((p) => p.grad),
      loss?.first(),
      closure && run,
    );
    return loss;
  }

  /**
   * The whole state as plain data: saved and loaded again, training goes on with the same bits.
   * @see torch.optim.Optimizer.state_dict
   */
  stateDict(): OptimizerStateDict {
    this.#settle();
    const state: Record<string, ParameterState> = {};
    let first = 0;
    const paramGroups = this.#groups.map(({ params, options, state: now }) => {
      const { each, shared } = splitState(now, params.length);
      const positions = each.map((part, i) => {
        state[first + i] = part;
        return first + i;
      });
      first += params.length;
      return {
        params: positions,
        ...splitOptions(options),
        shared: { ...shared },
      };
    });
    return { step: this.#steps, state, paramGroups };
  }

  /**
   * Takes back a state that `stateDict` gave, with its options. Schedules are code: where one of the two had one, what is here stays.
   * @throws UsageError, ShapeError or DTypeError when it is the state of other parameters or of another optimizer: nothing is changed then.
   */
  loadStateDict(saved: OptimizerStateDict): void {
    const op = `${this.#name}.loadStateDict`;
    this.#settle();
    if (!isStateDict(saved)) throw new UsageError(op, 'needs what stateDict() gave', String(saved));
    const counts = [this.#groups.map((g) => g.params.length), saved.paramGroups.map((g) => g.params.length)];
    if (counts[0]!.join() !== counts[1]!.join())
      throw new UsageError(
        op,
        'the groups differ',
        `parameters a group: [${counts[0]!.join(', ')}] here, [${counts[1]!.join(', ')}] saved`,
      );
    const next = this.#groups.map((group, g) => {
      const { params, shared } = saved.paramGroups[g]!;
      const each = params.map((position) => saved.state[position] ?? {});
      const state = joinState(op, group.state, { each, shared }, group.params) as State;
      const options = joinOptions(group.options, saved.paramGroups[g]!);
      return { options, transform: this.#make(options), state };
    });
    restoreSchedules(this.#groups, saved.paramGroups);
    next.forEach((group, g) => Object.assign(this.#groups[g]!, group));
    this.#states = this.#groups.map((group) => group.state);
    this.#steps = saved.step;
  }

  #notFinite(method: string, what: string, value: number, cure?: string): UsageError {
    return new UsageError(
      `${this.#name}.${method}`,
      `${what} is not finite at step ${this.#steps + 1}`,
      String(value),
      `the parameters were left as they are${cure ? `; ${cure}` : ''}`,
    );
  }

  /** Value and gradients of a scalar loss; inner derivatives inside f are recorded, so gradient penalties work. */
  #evaluate(f: () => TensorLike): Evaluated {
    const op = `${this.#name}.minimize`;
    if (typeof f !== 'function') throw new UsageError(op, 'needs a function', `got ${String(f)}`, 'minimize(() => loss)');
    const out = asForward(f, []) as unknown;
    if (out instanceof Promise) throw new UsageError(op, 'f returned a Promise', undefined, 'losses are synchronous');
    if (out === undefined) throw new UsageError(op, 'f returned nothing', undefined, 'does its body lack a return?');
    const loss = toTensor(out as TensorLike);
    if (loss.size !== 1) throw new GradError(op, 'the loss must be a scalar', `got ${showShape(loss.shape)}`, 'sum or mean it first');
    if (!isFloat(loss.dtype)) throw new GradError(op, 'the loss must be a float', `got ${loss.dtype}`);
    if (loss.node === null) throw new GradError(op, ...DEPENDS_ON_NOTHING);
    const used = new Set(ownedLeaves(loss));
    const targets = this.params.map((p) => p.value).filter((value) => used.has(value));
    if (targets.length === 0) throw new GradError(op, ...DEPENDS_ON_NOTHING);
    const found = sweep([loss], [full(loss.shape, 1, { dtype: loss.dtype })], targets, algebra);
    const gradients = new Map(targets.map((value, i) => [value, found[i]!]));
    return { loss: loss.share(null), gradients: this.params.map((p) => gradients.get(p.value) ?? null) };
  }

  /** The step itself. Everything is computed and checked before anything is written. */
  #apply(method: string, gradients: readonly (Tensor | null)[], value?: number, evaluate?: () => Evaluated): void {
    const label = (i: number): string => this.params[i]!.name ?? `parameter ${i}`;
    gradients.forEach((g, i) => {
      const bad = g === null ? 0 : firstNonFinite(g.storage);
      if (bad !== 0) throw this.#notFinite(method, `the gradient of ${label(i)}`, bad);
    });
    const values = this.params.map((p) => p.value);
    const { moved, states } = this.#advance(method, gradients, values, this.#states, value, evaluate);
    this.params.forEach((p, i) => {
      if (moved[i] !== values[i]) p.value = moved[i]!;
    });
    this.#states = states;
    this.#groups.forEach((group, g) => (group.state = states[g]!));
    this.#steps++;
  }

  /** New values and states; nothing is written. */
  #advance(
    method: string,
    gradients: readonly (Tensor | null)[],
    values: readonly Tensor[],
    before: readonly State[],
    value?: number,
    evaluate?: () => Evaluated,
  ): Advanced<State> {
    const label = (i: number): string => this.params[i]!.name ?? `parameter ${i}`;
    const states: State[] = [];
    const moved: Tensor[] = [];
    for (const [n, { params, project, transform }] of this.#groups.entries()) {
      const state = before[n]!;
      const from = moved.length;
      const own = values.slice(from, from + params.length);
      const grads = own.map((w, i) => gradients[from + i] ?? zeros(w.shape, { dtype: w.dtype }));
      const skip = own.map((_, i) => gradients[from + i] === null && transform.joint !== true);
      const objective = evaluate && { value: value!, at: this.#elsewhere(params, own, from, evaluate) };
      const [updates, next] = transform.update(grads, state, own, objective);
      this.#checkState(method, next, params.length, (i) => label(from + i));
      states.push(skip.includes(true) ? (keepBuffers(next, state, skip) as State) : next);
      (applyUpdates(own, updates) as Tensor[]).forEach((w, i) => {
        if (skip[i]) return moved.push(own[i]!);
        let value = cast(w, own[i]!.dtype).share(null);
        if (project !== undefined) value = this.#projected(project, value, label(from + i));
        const bad = firstNonFinite(value.storage);
        if (bad !== 0) throw this.#notFinite(method, `the new value of ${label(from + i)}`, bad, 'lower the learning rate');
        return moved.push(value);
      });
    }
    return { moved, states };
  }

  /** An average of squares may overflow where parameters do not: they would never move again. */
  #checkState(method: string, state: State, n: number, label: (i: number) => string): void {
    splitState(state, n).each.forEach((part, i) => {
      for (const [key, value] of Object.entries(part)) {
        const bad = firstNonFinite(value instanceof Tensor ? value.storage : value);
        if (bad !== 0) throw this.#notFinite(method, `${key} of ${label(i)}`, bad, 'clip the gradients');
      }
    });
  }

  #projected(project: (w: Tensor) => TensorLike, w: Tensor, label: string): Tensor {
    const value = cast(toTensor(noGrad(() => project(w))), w.dtype).share(null);
    if (sameShape(value.shape, w.shape)) return value;
    throw new ShapeError(this.#name, `project must keep the shape of ${label}`, `${showShape(w.shape)} → ${showShape(value.shape)}`);
  }

  /** The loss at other values of some parameters, which then get theirs back. */
  #elsewhere(params: readonly Parameter[], own: readonly Tensor[], from: number, evaluate: () => Evaluated): Objective['at'] {
    return (tree) => {
      const at = tree as readonly Tensor[];
      try {
        params.forEach((p, i) => (p.value = cast(at[i]!, p.dtype)));
        const { loss, gradients } = evaluate();
        return [loss.first(), own.map((w, i) => gradients[from + i] ?? zeros(w.shape, { dtype: w.dtype }))];
      } finally {
        params.forEach((p, i) => (p.value = own[i]!));
      }
    };
  }
}
