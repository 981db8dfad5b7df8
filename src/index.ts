/**
 * chainrule: reverse-mode automatic differentiation. Write a loss once, as a forward expression; get its gradient of any order,
 * the check that it is right, and the optimizer that trains with it.
 * @packageDocumentation
 */
import './ops/methods.js';

export { type ArrayData, type NumericArray, tensor, type TensorLike, type TensorOptions } from './graph/create.js';
export type { DType, TypedArray } from './graph/dtype.js';
export { setDebug } from './graph/debug.js';
export {
  type Anomaly,
  AnomalyError,
  type AnomalyInput,
  type AnomalyRule,
  ChainruleError,
  DataError,
  DTypeError,
  FormulaError,
  GradcheckError,
  GradError,
  NotFittedError,
  ShapeError,
  type TextPlace,
  UsageError,
} from './graph/errors.js';
export type { NestedArray } from './graph/format.js';
export { Parameter } from './graph/parameter.js';
export type { Axes, Shape } from './graph/shape.js';
export type {
  Expanded,
  FitsAxes,
  FitsExpand,
  FitsJoin,
  FitsSqueeze,
  FitsStack,
  FitsTranspose,
  Joined,
  Reduced,
  Squeezed,
  Stacked,
  Transposed,
} from './graph/axis-types.js';
export type { Broadcasted, BroadcastWith } from './graph/broadcast-types.js';
export type {
  Broadcast,
  Fits,
  FitsBroadcastTo,
  FitsMatMul,
  FitsReshape,
  MatMul,
  Reshaped,
  ShapeMismatch,
  ShapeOf,
  ShowShape,
} from './graph/shape-types.js';
export { Tape } from './graph/tape.js';
export { type Entry, type Node, type OpLike, Tensor } from './graph/tensor.js';
export type { Loop1, Loop2, ScalarFunction } from './kernels/elementwise.js';
export type { NdArray } from './kernels/nd.js';
export type { Metric } from './kernels/distances.js';
export type { NeighborAttrs } from './kernels/neighbors.js';
export type { StreamPosition } from './kernels/random.js';
export * from './ops/functions.js';
export type { BinaryMethod, ShapedMethods } from './ops/method-types.js';
export type { TensorMethods } from './ops/methods.js';
export { parameter } from './ops/parameter.js';
export {
  type Context,
  defineOp,
  type Definition,
  distinct,
  type Domain,
  type Draw,
  type Lead,
  elementwise,
  type ElementwiseSpec,
  type ErrorSample,
  nonzero,
  type Op,
  type OpArguments,
  type OpSpec,
  positive,
  reals,
  registry,
  type Rule,
  type Sample,
  type Typed,
} from './ops/define.js';
export { getThreads, setThreads } from './kernels/team.js';
import './machine/eager.js';

export { compile, type Compiled } from './machine/compile.js';
export { checkpoint } from './transforms/checkpoint.js';
export { type CustomVjp, customVjp, noGrad } from './transforms/custom.js';
export { type CustomJvp, customJvp } from './transforms/custom-jvp.js';
export { grad, valueAndGrad } from './transforms/grad.js';
export { hessian, hvp, jacfwd, type Jacobian, jacobian, type JacobianOptions, jacrev } from './transforms/jacobian.js';
export { linearize } from './transforms/linearize.js';
export { record, trace, type TraceRow } from './transforms/record.js';
export type {
  ArgnumsOptions,
  Argument,
  Arguments,
  GradOf,
  GradOptions,
  GradResult,
  TensorFunction,
  TensorTree,
  Tree,
  ValueAndGradResult,
} from './transforms/types.js';
export { type AuxOptions, jvp, vjp } from './transforms/vjp.js';
export { type MapAxes, vmap, type VmapOptions } from './transforms/vmap.js';
export type { Randomness } from './ops/batching.js';
export { allclose } from './check/allclose.js';
export { type AnomalyOptions, detectAnomaly, setDetectAnomaly } from './check/anomaly.js';
export { checkGrads, type CheckGradsOptions } from './check/check-grads.js';
export { gradcheck, type GradcheckOptions, gradgradcheck } from './check/gradcheck.js';
export { numericalGradient, type NumericalOptions } from './check/numerical.js';
export type { GradcheckElement, GradcheckReport } from './check/report.js';
export {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  type BinaryLogitsOptions,
  type BinaryOptions,
  crossEntropy,
  type CrossEntropyOptions,
  entropy,
  klDiv,
  type KlOptions,
  nllLoss,
  type NllOptions,
  oneVsRestCrossEntropy,
} from './losses/classification.js';
export {
  bernoulli,
  categorical,
  type Density,
  gaussian,
  type GaussianOptions,
  laplace,
  type LaplaceOptions,
  negativeLogLikelihood,
  type ProbsOrLogits,
} from './losses/densities.js';
export { binaryHinge, type HingeOptions, multiclassHinge } from './losses/hinge.js';
export { loss, type Loss, type LossOptions, type Reduction } from './losses/loss.js';
export { mixture } from './losses/mixture.js';
export { huberLoss, type HuberOptions, l1Loss, mseLoss } from './losses/regression.js';
export { elasticNet, l1, l2 } from './losses/regularisers.js';
export { Adadelta, adadelta, type AdadeltaOptions, type AdadeltaState } from './optim/adadelta.js';
export { Adagrad, adagrad, type AdagradOptions, type AdagradState } from './optim/adagrad.js';
export { Adam, adam, type AdamOptions, type AdamState, AdamW, adamw } from './optim/adam.js';
export { clipByGlobalNorm, clipByValue, clipGradNorm, type ClipGradNormOptions, clipGradValue, type ClipState } from './optim/clipping.js';
export type { OptimizerGroup, ParamGroup, Params } from './optim/groups.js';
export { LBFGS, lbfgs, type LBFGSOptions, type LBFGSState } from './optim/lbfgs.js';
export { minimize, type MinimizeOptions, type Minimum, trajectory, type Trajectory } from './optim/minimize.js';
export { Optimizer, type OptimizerStateDict } from './optim/optimizer.js';
export { type PlateauOptions, type PlateauSchedule, reduceOnPlateau } from './optim/plateau.js';
export { maxNorm, type MaxNormOptions } from './optim/projections.js';
export { randomSearch, type RandomSearchOptions, type RandomSearchResult } from './optim/random-search.js';
export { RMSprop, rmsprop, type RMSpropOptions, type RMSpropState } from './optim/rmsprop.js';
export type { OptimizerOptions, RuleState } from './optim/rule.js';
export {
  constantSchedule,
  cosineSchedule,
  exponentialSchedule,
  joinSchedules,
  linearSchedule,
  multiStepSchedule,
  type OneCycleOptions,
  oneCycleSchedule,
  polynomialSchedule,
  stepSchedule,
  warmupSchedule,
} from './optim/schedules.js';
export type { Numeric, Schedule, StatefulSchedule } from './optim/settings.js';
export { SGD, sgd, type SGDOptions, type SGDState } from './optim/sgd.js';
export type { ParameterState } from './optim/state.js';
export type { SavedGroup } from './optim/state-dict.js';
export { applyUpdates, chain, type GradientTransform, type Objective } from './optim/transform.js';
export { type MinibatchOptions, minibatches, splitIndices } from './data/batches.js';
export { type Cifar10, cifar10Classes, readCifar10 } from './data/cifar.js';
export { type CsvOptions, type CsvTable, readCsv } from './data/csv.js';
export {
  concatFeatures,
  type Features,
  type PolynomialFeatureOptions,
  polynomialFeatures,
  quadraticFeatures,
  separateXor,
} from './data/features.js';
export { gunzip } from './data/gzip.js';
export { DataLoader, type DataLoaderOptions } from './data/loader.js';
export { labelledImages, type LabelledImages, readIdx } from './data/idx.js';
export { colorHistogram, type HistogramFeatureOptions, hog, type HogOptions, smoothHistogram } from './data/image-features.js';
export { readNpy, writeNpy } from './data/npy.js';
export { readNpz } from './data/npz.js';
export * as safetensors from './data/safetensors.js';
export { loadState, saveState } from './data/state.js';
export {
  annulus,
  noisyPolynomial,
  type PolynomialOptions,
  type SpiralOptions,
  spirals,
  threeModes,
  type ToyData,
  type ToyOptions,
  xor,
} from './data/toy.js';
export { type ClassInfo, TrainedClassifier, type TrainedClassifierOptions } from './models/classifier.js';
export {
  LinearClassifier,
  type LinearClassifierOptions,
  LinearSVC,
  type LinearSVCOptions,
  LogisticRegression,
  SoftmaxClassifier,
} from './models/linear-classifier.js';
export { type Boundary, type Hyperplane, LinearModel, signedDistance } from './models/linear-model.js';
export {
  LinearRegression,
  type LinearRegressionOptions,
  polynomialRegression,
  type PolynomialRegressionOptions,
} from './models/linear-regression.js';
export { MLPClassifier, type MLPClassifierOptions, type MLPOptions, MLPRegressor, type MLPRegressorOptions } from './models/mlp.js';
export { type TargetInfo, TrainedRegressor, type TrainedRegressorOptions } from './models/regressor.js';
export { type Fitted, type Prepared, TrainedModel, type TrainedModelOptions, type TrainingLoss } from './models/trained-model.js';
export { EarlyStopping, type EarlyStoppingOptions } from './models/training/early-stopping.js';
export type { FitOptions, FitSyncOptions } from './models/training/fit-options.js';
export type { History, Round, TrainingState } from './models/training/state.js';
export { type Callback, type Logs, type Steps, Training, type TrainingPlan, type TrainingTask } from './models/training/training.js';
export * as init from './models/init.js';
export { type Activation, activation } from './models/layers/activation.js';
export { batchNorm1d, type BatchNormOptions, type BatchNormParams, type BatchNormState } from './models/layers/batch-norm.js';
export { dropout } from './models/layers/dropout.js';
export {
  BatchNorm1d,
  Dropout,
  FractionalMaxPool2d,
  Linear,
  ReLU,
  Residual,
  type Seeded,
  Sequential,
  Sigmoid,
  Softplus,
  Tanh,
} from './models/layers/faces.js';
export { fractionalMaxPool2d, type FractionalPoolOptions, type Pair } from './models/layers/fractional-max-pool.js';
export type { ApplyOptions, Empty, FixedLayer, InitOptions, Layer } from './models/layers/layer.js';
export { linear, type LinearOptions, type LinearParams } from './models/layers/linear.js';
export { type LoadResult, Module } from './models/layers/module.js';
export { dense, neuron, type NeuronOptions, type NeuronParams } from './models/layers/neuron.js';
export { residual, type ResidualOptions } from './models/layers/residual.js';
export { type Keyed, sequential } from './models/layers/sequential.js';
export { AvgPool1d, AvgPool2d, Conv1d, Conv2d, type ConvLayerOptions, Flatten, MaxPool1d, MaxPool2d } from './models/layers/spatial.js';
export {
  crossValidate,
  type CrossValidation,
  type CrossValidationOptions,
  crossValPredict,
  crossValScore,
  GridSearchCV,
  type GridSearchOptions,
  type ParameterGrid,
  parameterGrid,
} from './models/cross-validation.js';
export type { Estimator } from './models/estimator.js';
export type { Labels } from './models/examples.js';
export { KNeighborsClassifier, type KNeighborsOptions } from './models/k-neighbors-classifier.js';
export { KNeighborsRegressor } from './models/k-neighbors-regressor.js';
export {
  accuracy,
  classificationReport,
  type ClassScores,
  confusionMatrix,
  f1Score,
  type Label,
  meanAbsoluteError,
  meanSquaredError,
  r2Score,
  type Scorer,
} from './models/metrics.js';
export { type NeighborCache, NearestNeighbors, type NearestNeighborsOptions } from './models/nearest-neighbors.js';
export type { NeighborWeights } from './models/neighbor-weights.js';
export { type FitRest, type Fitting, type Pipeline, pipeline } from './models/pipeline.js';
export {
  type Fold,
  KFold,
  type KFoldOptions,
  type Part,
  type SplitOptions,
  type SplitResult,
  type Splitter,
  StratifiedKFold,
  type ThreeParts,
  type ThreeWayOptions,
  trainTestSplit,
  trainValidationTestSplit,
} from './models/split.js';
