/**
 * @file What every optimizer class does with a pure pair: gradients of its parameters in, new values out. It knows no loss.
 */
import { toTensor, type TensorLike } from '../graph/create.js';
import { GradError, UsageError } from '../graph/errors.js';
import { isFloat } from '../graph/dtype.js';
import { Parameter } from '../graph/parameter.js';
import { showShape } from '../graph/shape.js';
import { asForward } from '../graph/state.js';
import { sweep } from '../graph/sweep.js';
import type { Tensor } from '../graph/tensor.js';
import { algebra } from '../ops/algebra.js';
import { full, zeros } from '../ops/create.js';
import { cast } from '../ops/casting.js';
import { applyUpdates, type GradientTransform } from './transform.js';

/** An optimizer on a list of parameters. */
export class Optimizer<State> {
  /** The parameters it moves. */
  readonly params: readonly Parameter[];
  /** The state of the pure pair, readable. */
  state: State;
  readonly #name: string;
  readonly #transform: GradientTransform<State>;

  /** For subclasses: the name is used in messages. */
  constructor(name: string, params: readonly Parameter[], transform: GradientTransform<State>) {
    if (typeof params !== 'object' || !(params.length > 0)) throw new UsageError(name, 'needs a list of at least one parameter');
    for (const p of params as readonly unknown[])
      if (!(p instanceof Parameter)) throw new UsageError(name, 'params must be made by parameter(…)', `got ${String(p)}`);
    this.#name = name;
    this.params = params;
    this.#transform = transform;
    this.state = transform.init(params.map((p) => p.value));
  }

  /**
   * One step on the loss that `f` computes of the parameters: returns the loss before the update.
   * @throws GradError when the loss is no scalar; UsageError when it is not finite: the parameters stay as they were.
   */
  minimize(f: () => TensorLike): Tensor {
    const { loss, gradients } = this.#gradients(f);
    this.#apply(gradients);
    return loss;
  }

  /** Forgets accumulated gradients. */
  zeroGrad(): void {
    for (const p of this.params) p.grad = null;
  }

  /**
   * One step with the gradients in `.grad` (as `backward()` left them); parameters without one stay. A closure may compute the
   * loss and call `backward()` first: its value is returned.
   */
  step(closure?: () => Tensor): Tensor | undefined {
    const loss = closure?.();
    if (this.params.every((p) => p.grad === null))
      throw new UsageError(`${this.#name}.step`, 'no parameter has a gradient', undefined, 'call loss.backward() first');
    this.#apply(this.params.map((p) => p.grad));
    return loss;
  }

  /** Value and gradients of a scalar loss; inner derivatives inside f are recorded, so gradient penalties work. */
  #gradients(f: () => TensorLike): { loss: Tensor; gradients: Tensor[] } {
    const out = asForward(f, []) as unknown;
    if (out instanceof Promise) throw new UsageError(`${this.#name}.minimize`, 'f returned a Promise', undefined, 'losses are synchronous');
    const loss = toTensor(out as TensorLike);
    if (loss.size !== 1)
      throw new GradError(`${this.#name}.minimize`, 'the loss must be a scalar', `got ${showShape(loss.shape)}`, 'sum or mean it first');
    if (!isFloat(loss.dtype)) throw new GradError(`${this.#name}.minimize`, 'the loss must be a float', `got ${loss.dtype}`);
    if (!Number.isFinite(loss.first())) {
      throw new UsageError(
        `${this.#name}.minimize`,
        'the loss is not finite',
        String(loss.first()),
        'the parameters were left as they are; lower the learning rate or look at the data',
      );
    }
    const gradients = sweep(
      [loss],
      [full(loss.shape, 1, { dtype: loss.dtype })],
      this.params.map((p) => p.value),
      algebra,
    );
    gradients.forEach((g, i) => {
      if (g.data.some((v: number) => !Number.isFinite(v))) {
        throw new UsageError(
          `${this.#name}.minimize`,
          `the gradient of ${this.params[i]!.name ?? `parameter ${i}`} is not finite`,
          undefined,
          'the parameters were left as they are',
        );
      }
    });
    return { loss: loss.share(null), gradients };
  }

  #apply(gradients: readonly (Tensor | null)[]): void {
    const values = this.params.map((p) => p.value);
    const filled = gradients.map((g, i) => g ?? zeros(values[i]!.shape, { dtype: values[i]!.dtype }));
    const [updates, next] = this.#transform.update(filled, this.state, values);
    const moved = applyUpdates(values, updates);
    this.params.forEach((p, i) => {
      if (gradients[i] !== null) p.value = cast(moved[i] as Tensor, p.dtype).share(null);
    });
    this.state = next;
  }
}
