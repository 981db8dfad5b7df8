import * as chainrule from 'chainrule';
import { type ArrayData, gradcheck, gradgradcheck, registry, type Tensor, tensor } from 'chainrule';
import { describe, expect, it } from 'vitest';
import { expectAgreement, ndOf } from './agree.js';
import { compositeOracles } from './composites.js';
import { compositeSamples } from './samples.js';

const api = chainrule as unknown as Readonly<Record<string, (...args: unknown[]) => Tensor>>;

/** Functions whose first argument is a list of tensors, not a tensor. */
const OF_LISTS = ['stack', 'concat', 'cat'];

/** Exports that compute no tensor from tensors, so that no oracle can be asked; everything else has one. */
const NO_ORACLE: readonly string[] = [
  // errors
  'AnomalyError',
  'ChainruleError',
  'DataError',
  'DTypeError',
  'FormulaError',
  'GradcheckError',
  'GradError',
  'NotFittedError',
  'ShapeError',
  'UsageError',
  // the graph and its parts
  'Parameter',
  'Tape',
  'Tensor',
  'parameter',
  // constructors
  'arange',
  'dropoutMask',
  'eye',
  'full',
  'Generator',
  'linspace',
  'ones',
  'tensor',
  'zeros',
  // a list of tensors: checked below
  'split',
  // values and indices: test/unit/ops/sorting.test.ts
  'topk',
  // transforms
  'checkpoint',
  'compile',
  'getThreads',
  'setThreads',
  'customJvp',
  'customVjp',
  'grad',
  'hessian',
  'hvp',
  'jacfwd',
  'jacobian',
  'jacrev',
  'jvp',
  'linearize',
  'noGrad',
  'record',
  'valueAndGrad',
  'vjp',
  'vmap',
  // checks
  'checkGrads',
  'allclose',
  'detectAnomaly',
  'gradcheck',
  'gradgradcheck',
  'numericalGradient',
  'setDebug',
  'setDetectAnomaly',
  // makers of ops and losses
  'defineOp',
  'elementwise',
  'loss',
  'negativeLogLikelihood',
  // densities: test/unit/losses/densities.test.ts
  'bernoulli',
  'categorical',
  'gaussian',
  'laplace',
  'mixture',
  // optimizers
  'Adadelta',
  'adadelta',
  'Adagrad',
  'adagrad',
  'Adam',
  'adam',
  'AdamW',
  'adamw',
  'applyUpdates',
  'chain',
  'clipByGlobalNorm',
  'clipByValue',
  'clipGradNorm',
  'clipGradValue',
  'constantSchedule',
  'cosineSchedule',
  'exponentialSchedule',
  'joinSchedules',
  'LBFGS',
  'lbfgs',
  'linearSchedule',
  'minimize',
  'multiStepSchedule',
  'oneCycleSchedule',
  'Optimizer',
  'polynomialSchedule',
  'randomSearch',
  'reduceOnPlateau',
  'RMSprop',
  'rmsprop',
  'SGD',
  'sgd',
  'stepSchedule',
  'trajectory',
  'warmupSchedule',
  // layers: test/unit/models
  'activation',
  'AvgPool1d',
  'AvgPool2d',
  'BatchNorm1d',
  'batchNorm1d',
  'Conv1d',
  'Conv2d',
  'dense',
  'Dropout',
  'dropout',
  'Flatten',
  'FractionalMaxPool2d',
  'fractionalMaxPool2d',
  'Linear',
  'linear',
  'MaxPool1d',
  'MaxPool2d',
  'Module',
  'neuron',
  'ReLU',
  'Residual',
  'residual',
  'Sequential',
  'sequential',
  'Sigmoid',
  'Softplus',
  'Tanh',
  // data and models: test/unit/data, test/unit/models
  'accuracy',
  'annulus',
  'classificationReport',
  'colorHistogram',
  'concatFeatures',
  'confusionMatrix',
  'DataLoader',
  'crossValidate',
  'crossValPredict',
  'crossValScore',
  'EarlyStopping',
  'f1Score',
  'GridSearchCV',
  'gunzip',
  'hog',
  'KFold',
  'KNeighborsClassifier',
  'KNeighborsRegressor',
  'labelledImages',
  'LinearClassifier',
  'LinearModel',
  'LinearRegression',
  'LinearSVC',
  'loadState',
  'LogisticRegression',
  'meanAbsoluteError',
  'meanSquaredError',
  'minibatches',
  'MLPClassifier',
  'MLPRegressor',
  'NearestNeighbors',
  'noisyPolynomial',
  'parameterGrid',
  'pipeline',
  'polynomialFeatures',
  'polynomialRegression',
  'quadraticFeatures',
  'r2Score',
  'readCifar10',
  'readCsv',
  'readIdx',
  'readNpy',
  'readNpz',
  'saveState',
  'separateXor',
  'smoothHistogram',
  'SoftmaxClassifier',
  'spirals',
  'splitIndices',
  'StratifiedKFold',
  'threeModes',
  'TrainedClassifier',
  'TrainedModel',
  'TrainedRegressor',
  'Training',
  'trainTestSplit',
  'trainValidationTestSplit',
  'writeNpy',
  'xor',
];

interface Leaf {
  readonly value: Tensor;
  /** Position among the arguments, and in the list that stands there. */
  readonly place: readonly [position: number, part: number | null];
}

/** The tensors to differentiate in. */
function leavesOf(name: string, args: readonly unknown[], differentiable: readonly number[]): Leaf[] {
  return differentiable.flatMap((position): Leaf[] => {
    const arg = args[position];
    if (!(position === 0 && OF_LISTS.includes(name))) return [{ value: tensor(arg as ArrayData), place: [position, null] }];
    return (arg as readonly ArrayData[]).map((part, k): Leaf => ({ value: tensor(part), place: [position, k] }));
  });
}

/** The function with tensors put in the places of the leaves. */
const applied =
  (name: string, args: readonly unknown[], leaves: readonly Leaf[]) =>
  (...values: Tensor[]): Tensor => {
    const full = args.map((arg) => (Array.isArray(arg) ? [...(arg as readonly unknown[])] : arg));
    leaves.forEach(({ place: [position, part] }, k) => {
      if (part === null) full[position] = values[k];
      else (full[position] as unknown[])[part] = values[k];
    });
    return api[name]!(...full);
  };

describe.each(compositeSamples.map((s) => [s.name, s.cases] as const))('%s', (name, cases) => {
  it.each(cases.map((c) => [c.label, c] as const))('%s: agrees with its oracle', (_, { args }) => {
    expectAgreement(api[name]!(...args), compositeOracles[name]!(args));
  });

  const smooth = cases.filter((c) => c.differentiable.length > 0);
  if (smooth.length > 0) {
    // every element of the result is an output, which says more than their sum: rows of a softmax sum to a constant
    it.each(smooth.map((c) => [c.label, c] as const))('%s: gradients of order 1 and 2', (_, { args, differentiable }) => {
      const leaves = leavesOf(name, args, differentiable);
      const inputs = leaves.map((leaf) => leaf.value);
      const f = applied(name, args, leaves);
      expectAgreement(f(...inputs), compositeOracles[name]!(args));
      expect(gradcheck(f, inputs)).toBe(true);
      expect(gradgradcheck(f, inputs)).toBe(true);
      const total = (...values: Tensor[]): Tensor => chainrule.sum(f(...values));
      expect(gradcheck(total, inputs)).toBe(true);
      expect(gradgradcheck(total, inputs)).toBe(true);
    });
  }
});

describe('split', () => {
  it.each([
    [
      'equal parts',
      [[1, 2, 3, 4], 2],
      [
        [1, 2],
        [3, 4],
      ],
    ],
    [
      'given lengths',
      [
        [1, 2, 3, 4],
        [1, 3],
      ],
      [[1], [2, 3, 4]],
    ],
    [
      'along the last axis',
      [
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
        [2, 1],
        { axis: -1 },
      ],
      [
        [
          [1, 2],
          [4, 5],
        ],
        [[3], [6]],
      ],
    ],
  ] as const)('%s', (_, args, expected) => {
    const parts = (chainrule.split as unknown as (...a: unknown[]) => Tensor[])(...args);
    expect(parts.map((t) => t.toArray())).toEqual(expected);
  });

  it('gradients of order 1 and 2', () => {
    const f = (x: Tensor): Tensor[] => chainrule.split(chainrule.mul(x, x), [1, 2], { axis: -1 });
    const x = tensor([
      [0.7, -1.2, 2.1],
      [-0.4, 1.6, 0.25],
    ]);
    expect(gradcheck(f, [x])).toBe(true);
    expect(gradgradcheck(f, [x])).toBe(true);
  });
});

describe('completeness', () => {
  const functions = Object.keys(chainrule).filter((name) => typeof api[name] === 'function');

  it('every exported function is an op, has an oracle, or is listed as one that needs none', () => {
    expect(functions.filter((name) => !registry.has(name) && !(name in compositeOracles) && !NO_ORACLE.includes(name))).toEqual([]);
  });

  it('the list of exports without an oracle has no stale entry', () => {
    expect(NO_ORACLE.filter((name) => !functions.includes(name) || registry.has(name) || name in compositeOracles)).toEqual([]);
  });

  it('every oracle has at least two cases, and every case an oracle and a function', () => {
    expect(compositeSamples.map((s) => s.name).sort()).toEqual(Object.keys(compositeOracles).sort());
    expect(compositeSamples.filter((s) => s.cases.length < 2)).toEqual([]);
    expect(Object.keys(compositeOracles).filter((name) => !functions.includes(name))).toEqual([]);
  });

  it('tensors read back as the oracles read them', () => {
    expect(ndOf(tensor([[1, 2, 3]]))).toEqual({ shape: [1, 3], data: [1, 2, 3] });
  });
});
