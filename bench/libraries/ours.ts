/** How a workload's work is done with chainrule. */
import { cycle, split, zip, type Input, type Inputs } from '../inputs.js';
import type { Chainrule, Contender } from '../workload.js';
import { adamSettings, sgdRate } from './rules.js';
import { atAll, trained, type ValueAndGradient } from './results.js';

type Tensor = Chainrule.Tensor;
type Loss = (...batch: Tensor[]) => Tensor;

/** Compiled, or op by op. */
export interface Mode {
  jit<F extends (...args: never[]) => unknown>(f: F): F;
  /** A training step, as the optimizer makes it. */
  step(optimizer: Chainrule.Optimizer, loss: Loss): Loss;
}

export const compiled = (cr: typeof Chainrule): Mode => ({
  jit: (f) => cr.compile(f) as unknown as typeof f,
  step: (optimizer, loss) => optimizer.compile(loss),
});

export const eager: Mode = {
  jit: (f) => f,
  step:
    (optimizer, loss) =>
    (...batch) =>
      optimizer.minimize(() => loss(...batch)),
};

export function place(cr: typeof Chainrule, { data, shape }: Input): Tensor {
  return cr.tensor(data, { shape });
}

export function placeEach(cr: typeof Chainrule, input: Input): Tensor[] {
  return split(input).map((each) => place(cr, each));
}

/** Value and gradient of f, at one point after the other. */
export function gradient(cr: typeof Chainrule, { jit }: Mode, f: (x: Tensor) => Tensor, points: Input): Contender {
  const xs = placeEach(cr, points);
  const next = cycle(xs);
  const g = jit(cr.valueAndGrad(f));
  const at = (x: Tensor): ValueAndGradient => {
    const [value, gradient] = g(x);
    return [value.item(), gradient.data];
  };
  return { call: () => at(next()), result: () => atAll(xs.map(at)) };
}

export const sgd = (cr: typeof Chainrule) => (params: Chainrule.Parameter[]) => new cr.SGD(params, { lr: sgdRate }) as Chainrule.Optimizer;

export const adam = (cr: typeof Chainrule) => (params: Chainrule.Parameter[]) => {
  const { rate, beta1, beta2, epsilon } = adamSettings;
  return new cr.Adam(params, { lr: rate, betas: [beta1, beta2], eps: epsilon }) as Chainrule.Optimizer;
};

export interface Training {
  parameters: Inputs;
  /** What the loss gets beside the parameters: a batch for each index of the first axis. */
  batches: Input[];
  optimizer(parameters: Chainrule.Parameter[]): Chainrule.Optimizer;
  loss(parameters: Tensor[], ...batch: Tensor[]): Tensor;
}

/** Training steps, on one batch after the other; parameters and state stay with the optimizer, and the loss is read. */
export function training(cr: typeof Chainrule, mode: Mode, { parameters, batches, optimizer, loss }: Training): Contender {
  const names = Object.keys(parameters);
  const initial = names.map((name) => place(cr, parameters[name]!));
  const data = zip(batches.map((input) => placeEach(cr, input)));
  const trainer = () => {
    const own = initial.map((value, i) => cr.parameter(value, { name: names[i]! }));
    const rule = optimizer(own);
    const start = rule.stateDict();
    const reset = () => {
      own.forEach((p, i) => (p.value = initial[i]!));
      rule.loadStateDict(start);
    };
    const step = mode.step(rule, (...batch) => loss(own, ...batch));
    return { step: (batch: Tensor[]) => step(...batch).item(), reset };
  };
  const { step, reset } = trainer();
  const next = cycle(data);
  return {
    reset,
    call: () => step(next()),
    result() {
      const first = mode.jit(cr.valueAndGrad((params: Tensor[], ...batch: Tensor[]) => loss(params, ...batch)));
      const [value, gradients] = first(initial, ...data[0]!);
      const { step } = trainer();
      const batch = cycle(data);
      const [, , later] = [step(batch()), step(batch()), step(batch())];
      return trained(
        names,
        value.item(),
        gradients.map((g) => g.data),
        later!,
      );
    },
  };
}
