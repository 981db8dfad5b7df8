/**
 * @file Linear regression, in closed form or by gradient descent on any loss and regulariser; polynomial regression on top of it.
 */
import { type TensorLike, toTensor } from '../graph/create.js';
import { UsageError } from '../graph/errors.js';
import { Tensor } from '../graph/tensor.js';
import { leastSquares } from '../kernels/least-squares.js';
import { polynomialFeatures } from '../data/features.js';
import { mseLoss } from '../losses/regression.js';
import { l2 } from '../losses/regularisers.js';
import { cast } from '../ops/casting.js';
import { Generator } from '../ops/random.js';
import { reshape } from '../ops/shaping.js';
import { sgd } from '../optim/sgd.js';
import { checkX, type Labels } from './examples.js';
import type { Linear } from './layers/faces.js';
import { smallLinear } from './linear-model.js';
import { pipeline, type Pipeline } from './pipeline.js';
import { type TargetInfo, TrainedRegressor, type TrainedRegressorOptions } from './regressor.js';
import { weigh } from './training/example-weights.js';
import { checkFitOptions, type FitOptions, type FitSyncOptions } from './training/fit-options.js';

/** Options of linear regression. */
export interface LinearRegressionOptions extends TrainedRegressorOptions {
  /** 'exact' (default): least squares in closed form. 'gradient': the optimizer, for any loss and regulariser. */
  solver?: 'exact' | 'gradient';
}

/**
 * Linear regression x·Wᵀ + b: argmin mean(loss) + λ·R(W). In closed form the loss is the squared error and R is ΣW², of all solutions the
 * shortest, and there are no steps that callbacks could see; by gradient both may be anything. Defaults of the gradient: SGD with rate 0.01, 100 epochs, batches of 32.
 * @throws UsageError for unknown options, or a loss or regulariser without a closed form; NotFittedError when used before `fit`.
 * @see lecture 003:76; system 91
 * @example
 * const model = await new LinearRegression().fit([[2], [4], [6], [8]], [3, 4, 5, 6]);
 * model.coef_; // → [[0.5]]
 * model.intercept_; // → [2]
 */
export class LinearRegression extends TrainedRegressor<LinearRegressionOptions> {
  constructor(options: LinearRegressionOptions = {}) {
    super('LinearRegression', ['loss', 'solver'], options, {
      loss: mseLoss,
      solver: 'exact',
      optimizer: sgd({ lr: 0.01 }),
      epochs: 100,
      batchSize: 32,
    });
    const { solver, loss, lambda, regulariser } = this.options;
    if (solver !== 'exact' && solver !== 'gradient')
      throw new UsageError('LinearRegression', `unknown solver '${String(solver)}'`, undefined, "'exact' or 'gradient'");
    if (solver === 'exact' && (loss !== mseLoss || (lambda > 0 && regulariser !== l2)))
      throw new UsageError('LinearRegression', 'only mseLoss and l2 have a closed form', undefined, "{ solver: 'gradient' }");
  }

  protected build(inputs: number, outputs: number, init: { generator: Generator; dtype: 'float64' | 'float32' }): Linear {
    return smallLinear(inputs, outputs, init);
  }

  override async fit(X: TensorLike, y: Labels, options: FitOptions = {}): Promise<this> {
    if (this.options.solver === 'gradient') return super.fit(X, y, options);
    checkFitOptions('LinearRegression', 'fit', options);
    options.signal?.throwIfAborted();
    return this.#solve(X, y, options.sampleWeight);
  }

  override fitSync(X: TensorLike, y: Labels, options: FitSyncOptions = {}): this {
    if (this.options.solver === 'gradient') return super.fitSync(X, y, options);
    checkFitOptions('LinearRegression', 'fitSync', options);
    return this.#solve(X, y, options.sampleWeight);
  }

  /**
   * The loss is a mean over N examples and K targets, so min Σwᵢ‖yᵢ − W·xᵢ − b‖² + λ·K·Σw·ΣW²: centred columns free b of it, rows
   * √(λKΣw)·I bring the penalty.
   */
  #solve(data: TensorLike, y: Labels, sampleWeight: TensorLike | undefined): this {
    const op = 'LinearRegression.fit';
    const rows = checkX(op, data);
    const { targets, info } = this.prepare(rows, y);
    const [n, d, k] = [rows.shape[0]!, rows.shape[1]!, targets.shape[1]!];
    const w: ArrayLike<number> = weigh(op, null, sampleWeight, n)?.data ?? new Float64Array(n).fill(1);
    const total = Array.from(w).reduce((s, v) => s + v, 0);
    const ridge = Math.sqrt(this.options.lambda * k * total);
    const extra = ridge > 0 ? d : 0;
    const centred = (t: Tensor, width: number): [Float64Array, Float64Array] => {
      const means = new Float64Array(width);
      for (let pass = 0; pass < 2; pass++) {
        // the second time it is the mean of what is left, so that a constant column leaves exactly 0
        const rest = new Float64Array(width);
        for (let i = 0; i < n; i++) for (let j = 0; j < width; j++) rest[j]! += (w[i]! / total) * (t.data[i * width + j]! - means[j]!);
        for (let j = 0; j < width; j++) means[j]! += rest[j]!;
      }
      const out = new Float64Array((n + extra) * width);
      for (let i = 0; i < n; i++)
        for (let j = 0; j < width; j++) out[i * width + j] = Math.sqrt(w[i]!) * (t.data[i * width + j]! - means[j]!);
      return [out, means];
    };
    const [A, xMeans] = centred(rows, d);
    const [B, yMeans] = centred(targets, k);
    for (let j = 0; j < extra; j++) A[(n + j) * d + j] = ridge;
    const solution = leastSquares(A, B, n + extra, d, k);
    const dtype = rows.dtype === 'float32' ? 'float32' : 'float64';
    const module = this.build(d, k, { generator: new Generator(0), dtype });
    const [weight, bias] = [new Float64Array(k * d), yMeans.slice()];
    for (let c = 0; c < k; c++) {
      for (let j = 0; j < d; j++) {
        weight[c * d + j] = solution[j * k + c]!;
        bias[c]! -= solution[j * k + c]! * xMeans[j]!;
      }
    }
    module.weight.value = cast(new Tensor([k, d], 'float64', weight, null), dtype);
    module.bias!.value = cast(new Tensor([k], 'float64', bias, null), dtype);
    return this.adopt({ module, width: d, info: info satisfies TargetInfo });
  }

  /** Weights [targets, D]. */
  get coef_(): Tensor {
    return this.stateDict()['weight']!;
  }

  /** Bias [targets]. */
  get intercept_(): Tensor {
    return this.stateDict()['bias']!;
  }

  clone(changes: Partial<LinearRegressionOptions> = {}): LinearRegression {
    return new LinearRegression({ ...this.options, ...changes });
  }
}

/** Options of polynomial regression. */
export interface PolynomialRegressionOptions extends LinearRegressionOptions {
  /** Order of the polynomial. */
  degree: number;
}

/**
 * Polynomial regression: linear regression on all products of the features up to a degree, with any loss and regulariser.
 * @throws UsageError as `polynomialFeatures` and `LinearRegression`.
 * @see lecture 003:186; system 90
 * @example
 * const model = await polynomialRegression({ degree: 2 }).fit([[0], [1], [2], [3]], [1, 2, 5, 10]);
 * model.predict([[4]]); // → [17]
 */
export function polynomialRegression(options: PolynomialRegressionOptions): Pipeline<LinearRegression> {
  const { degree, ...rest } = options ?? {};
  return pipeline((X) => polynomialFeatures(reshape(toTensor(X), [toTensor(X).shape[0] ?? 1, -1]), { degree }), new LinearRegression(rest));
}
