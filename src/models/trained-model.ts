/**
 * @file What all models that are trained by gradients share: a network, a loss on its outputs, a regulariser on its weights, an
 * optimizer. A model has no gradient of its own.
 */
import type { TensorLike } from '../graph/create.js';
import { isFloat } from '../graph/dtype.js';
import { checkOptions, NotFittedError, UsageError } from '../graph/errors.js';
import type { Tensor } from '../graph/tensor.js';
import { l2 } from '../losses/regularisers.js';
import { add, mul } from '../ops/arithmetic.js';
import { cast } from '../ops/casting.js';
import { take } from '../ops/indexing.js';
import { Generator as RandomGenerator } from '../ops/random.js';
import { Optimizer } from '../optim/optimizer.js';
import type { GradientTransform } from '../optim/transform.js';
import { noGrad } from '../transforms/custom.js';
import { checkX, type Labels } from './examples.js';
import type { Module } from './layers/module.js';
import { drive, driveAsync, type Turn } from './training/drive.js';
import { weigh, weightedMean } from './training/example-weights.js';
import { checkCounts, checkFitOptions, type FitOptions, type FitSyncOptions } from './training/fit-options.js';
import type { History } from './training/state.js';
import { type Logs, type Steps, Training } from './training/training.js';

/** A loss of outputs and targets; told `reduction: 'none'` where examples have weights. All losses of the library are. */
export type TrainingLoss = (outputs: Tensor, targets: Tensor, options?: { reduction?: 'mean' | 'none' }) => Tensor;

/** Options of all models that are trained by gradients. */
export interface TrainedModelOptions {
  /** A pure pair, such as `sgd({ lr: 0.1 })` or `adam()`. */
  optimizer?: GradientTransform;
  /** Regulariser R of each weight matrix; biases are not regularised. Default `l2`: ΣW². */
  regulariser?: (W: Tensor) => Tensor;
  /** Its weight λ; default 0. */
  lambda?: number;
  /** Passes over the data. */
  epochs?: number;
  /** Examples a step; Infinity takes all. */
  batchSize?: number;
  /** Seed of first values, the order of the examples, and dropout; default 0. */
  randomState?: number;
}

/** Names of the options that all trained models have. */
export const TRAINED_OPTIONS = ['optimizer', 'regulariser', 'lambda', 'epochs', 'batchSize', 'randomState'] as const;

/** Data as a network takes it. `codes` are class labels, or real targets. */
export interface Prepared<Info> {
  readonly X: Tensor;
  readonly targets: Tensor;
  /** Weight of each example, or null for all the same. */
  readonly weights: Tensor | null;
  /** Outputs of the network. */
  readonly outputs: number;
  /** What is remembered of the targets: the classes, or nothing. */
  readonly info: Info;
}

/** What a fitted model holds. */
export interface Fitted<Info> {
  readonly module: Module;
  readonly width: number;
  readonly info: Info;
}

/** Base of the models that are trained by gradients; `Info` is what they remember of their targets. */
export abstract class TrainedModel<Options extends TrainedModelOptions, Info> {
  /** 'classifier' or 'regressor'. */
  abstract readonly kind: 'classifier' | 'regressor';
  /** Losses and metrics of the latest `fit`, an entry an epoch; null before. */
  history_: History | null = null;
  /** The options, defaults filled in. */
  protected readonly options: Options & Required<TrainedModelOptions>;
  /** The name of the class, for messages. */
  protected readonly name: string;
  #fitted: Fitted<Info> | null = null;
  /** Whose turn it is while `fit` runs; null when none does. */
  #turn: Turn | null = null;

  protected constructor(
    name: string,
    known: readonly string[],
    options: Options,
    defaults: Options & Required<Pick<TrainedModelOptions, 'optimizer' | 'epochs' | 'batchSize'>>,
  ) {
    checkOptions(name, options, [...TRAINED_OPTIONS, ...known]);
    this.name = name;
    this.options = { regulariser: l2, lambda: 0, randomState: 0, ...defaults, ...options };
    const { lambda, optimizer, regulariser } = this.options;
    checkCounts(name, this.options);
    if (!(Number.isFinite(lambda) && lambda >= 0))
      throw new UsageError(name, 'lambda must be a finite number, not negative', String(lambda));
    if (typeof regulariser !== 'function')
      throw new UsageError(name, 'regulariser must be a function', String(regulariser), 'l1, l2 or your own');
    if (typeof optimizer?.update !== 'function')
      throw new UsageError(name, 'optimizer must be a pure pair', undefined, 'sgd({ lr: 0.1 }), adam(), lbfgs(): in small letters');
    new RandomGenerator(this.options.randomState);
  }

  /** Data and targets as the network takes them; throws for what cannot be trained on. */
  protected abstract prepare(X: Tensor, y: Labels): Omit<Prepared<Info>, 'X'>;
  /** Validation targets, which bring nothing that training did not see. */
  protected abstract encode(op: string, y: Labels, n: number, info: Info): Tensor;
  /** A new network. */
  protected abstract build(inputs: number, outputs: number, init: { generator: RandomGenerator; dtype: 'float64' | 'float32' }): Module;
  /** The data loss. */
  protected abstract dataLoss(outputs: Tensor, targets: Tensor, info: Info, options: { reduction: 'mean' | 'none' }): Tensor;
  /** The score of outputs for encoded targets, and its name in the logs. */
  protected abstract metric(outputs: Tensor, targets: Tensor): readonly [name: string, value: number];

  /**
   * Trains on X [N, D] and targets y, a label or a number a row: starts anew, in the dtype of X. Others run while it works: a page stays alive.
   * @throws DataError for NaN, empty or useless data; ShapeError for shapes that do not fit; UsageError for unknown options: the model
   * stays as it was. When a step fails because a loss is not finite (the error says which step), when a callback throws, or when the
   * signal aborts, the model keeps the parameters of the last good step.
   */
  async fit(X: TensorLike, y: Labels, options: FitOptions = {}): Promise<this> {
    checkFitOptions(this.name, 'fit', options);
    this.#checkNone('fit');
    const turn = (this.#turn = { others: false });
    const done = driveAsync(this.#train(X, y, options), options.yieldEvery ?? 30, turn, options.signal);
    try {
      return await done;
    } finally {
      this.#turn = null;
    }
  }

  /** As `fit`, but without pauses: returns when it is done. */
  fitSync(X: TensorLike, y: Labels, options: FitSyncOptions = {}): this {
    checkFitOptions(this.name, 'fitSync', options);
    this.#checkNone('fitSync');
    return drive(`${this.name}.fitSync`, this.#train(X, y, options));
  }

  /** Throws while a fit runs. */
  #checkNone(op: string): void {
    if (this.#turn !== null) throw new UsageError(`${this.name}.${op}`, 'fit is still running', undefined, 'await it first');
  }

  *#train(data: TensorLike, y: Labels, options: FitOptions): Steps<this> {
    const op = `${this.name}.fit`;
    const { epochs, batchSize, shuffle = true, callbacks = [] } = { ...this.options, ...options };
    checkCounts(op, { epochs, batchSize });
    const checked = checkX(op, data);
    const X = isFloat(checked.dtype) ? checked : cast(checked, 'float64');
    const [rows, width] = X.shape as readonly [number, number];
    const { targets, weights: classWeights, outputs, info } = this.prepare(X, y);
    const dtype = X.dtype as 'float64' | 'float32';
    const given = weigh(op, classWeights, options.sampleWeight, rows);
    const weights = given && cast(given, dtype);
    const generator = new RandomGenerator(this.options.randomState);
    const module = this.build(width, outputs, { generator, dtype }).eval();
    const validation = options.validationData && this.#validation(options.validationData, width, info, dtype);
    const fitted: Fitted<Info> = { module, width, info };
    const afterStep = (): void => {
      this.#fitted = fitted; // callbacks may ask it
      this.history_ = training.history;
    };
    const training: Training = new Training(
      {
        name: this.name,
        examples: rows,
        optimizer: new Optimizer<unknown, object>(this.name, module.parameters(), () => this.options.optimizer),
        generator,
        loss: (batch) => {
          const all = batch.size === rows;
          const part = (t: Tensor): Tensor => (all ? t : take(t, batch));
          module.train();
          try {
            return this.#objective(module, part(X), part(targets), weights && part(weights), info);
          } finally {
            module.eval(); // also when it fails: an earlier step may have made it the model's
          }
        },
        metrics: () => (validation === undefined ? {} : this.#metrics(module, validation, info)),
        weights: () => module.stateDict(),
        setWeights: (values) => void module.loadStateDict(values),
        afterStep,
      },
      { epochs, batchSize: Math.min(batchSize, rows), shuffle, callbacks },
      options.resume,
    );
    yield* training.run();
    afterStep(); // also when there was none to make
    return this;
  }

  #validation([X, y]: readonly [TensorLike, Labels], width: number, info: Info, dtype: 'float64' | 'float32'): readonly [Tensor, Tensor] {
    const op = `${this.name}.fit: validationData`;
    const rows = cast(checkX(op, X, width), dtype);
    return [rows, this.encode(op, y, rows.shape[0]!, info)];
  }

  #metrics(module: Module, [X, targets]: readonly [Tensor, Tensor], info: Info): Logs {
    return noGrad(() => {
      const outputs = module.forward(X);
      const [name, value] = this.metric(outputs, targets);
      return {
        valLoss: this.#regularised(module, this.dataLoss(outputs, targets, info, { reduction: 'mean' })).item(),
        [`val${name}`]: value,
      };
    });
  }

  #objective(module: Module, X: Tensor, targets: Tensor, weights: Tensor | null, info: Info): Tensor {
    const outputs = module.forward(X);
    const data =
      weights === null
        ? this.dataLoss(outputs, targets, info, { reduction: 'mean' })
        : weightedMean(this.name, this.dataLoss(outputs, targets, info, { reduction: 'none' }), weights);
    return this.#regularised(module, data);
  }

  #regularised(module: Module, value: Tensor): Tensor {
    const { lambda, regulariser } = this.options;
    if (lambda === 0) return value;
    const penalties = module
      .parameters()
      .filter((p) => p.ndim > 1)
      .map((W) => regulariser(W));
    return penalties.reduce((total, penalty) => add(total, mul(lambda, penalty)), value);
  }

  /** mean(loss) + λ·R(W) on X and y. */
  objective(X: TensorLike, y: Labels): number {
    const { module, info } = this.fitted('objective');
    const rows = this.#rows('objective', X);
    const targets = this.encode(`${this.name}.objective`, y, rows.shape[0]!, info);
    return noGrad(() => this.#objective(module, rows, targets, null, info)).item();
  }

  /** Outputs of the network for X, [N, outputs]. */
  protected outputs(op: string, X: TensorLike): Tensor {
    const { module } = this.fitted(op);
    return noGrad(() => module.forward(this.#rows(op, X)));
  }

  #rows(op: string, X: TensorLike): Tensor {
    const { module, width } = this.fitted(op);
    return cast(checkX(`${this.name}.${op}`, X, width), module.parameters()[0]!.dtype);
  }

  /** What was learnt, for a method of this name. Others than callbacks do not get at a model that is still being trained. */
  protected fitted(op: string): Fitted<Info> {
    if (this.#turn?.others) this.#checkNone(op);
    if (this.#fitted === null) throw new NotFittedError(this.name, 'is not fitted yet', undefined, 'call fit first');
    return this.#fitted;
  }

  /** Takes over what was learnt in another way: by a closed form. */
  protected adopt(fitted: Fitted<Info>): this {
    fitted.module.eval();
    this.#fitted = fitted;
    this.history_ = null;
    return this;
  }

  /** The network: its parameters, layers and modes. */
  get module_(): Module {
    return this.fitted('module_').module;
  }

  /** Width of the data it was fitted with. */
  get nFeaturesIn_(): number {
    return this.fitted('nFeaturesIn_').width;
  }

  /** Parameters and buffers under torch's keys. */
  stateDict(): Record<string, Tensor> {
    return this.fitted('stateDict').module.stateDict();
  }

  /** Takes parameters and buffers; the model must have been fitted to data of the same width and targets. As `Module.loadStateDict`. */
  loadStateDict(stateDict: Readonly<Record<string, TensorLike>>): this {
    this.fitted('loadStateDict').module.loadStateDict(stateDict);
    return this;
  }
}
