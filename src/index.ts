/**
 * chainrule: reverse-mode automatic differentiation. Write a loss once, as a forward expression; get its gradient of any order,
 * the check that it is right, and the optimizer that trains with it.
 * @packageDocumentation
 */
import './ops/methods.js';

export { type ArrayData, type NumericArray, tensor, type TensorLike, type TensorOptions } from './graph/create.js';
export type { DType, TypedArray } from './graph/dtype.js';
export {
  ChainruleError,
  DataError,
  DTypeError,
  GradcheckError,
  GradError,
  NotFittedError,
  ShapeError,
  UsageError,
} from './graph/errors.js';
export type { NestedArray } from './graph/format.js';
export { Parameter } from './graph/parameter.js';
export type { Axes, Shape } from './graph/shape.js';
export type { Broadcast, Fits, MatMul, ShapeMismatch, ShowShape, Transposed } from './graph/shape-types.js';
export { Tape } from './graph/tape.js';
export { type Entry, type Node, type OpLike, Tensor } from './graph/tensor.js';
export type { Loop1, Loop2, ScalarFunction } from './kernels/elementwise.js';
export type { NdArray } from './kernels/nd.js';
export type { Metric } from './kernels/distances.js';
export type { NeighborAttrs } from './kernels/neighbors.js';
export type { StreamPosition } from './kernels/random.js';
export * from './ops/functions.js';
export type { TensorMethods } from './ops/methods.js';
export { parameter } from './ops/parameter.js';
export {
  type Context,
  defineOp,
  type Definition,
  distinct,
  type Domain,
  type Draw,
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
export { type CustomVjp, customVjp, noGrad } from './transforms/custom.js';
export { grad, valueAndGrad } from './transforms/grad.js';
export { hessian, hvp, jacfwd, type Jacobian, jacobian, jacrev } from './transforms/jacobian.js';
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
export { allclose } from './check/allclose.js';
export { gradcheck, type GradcheckElement, type GradcheckOptions, type GradcheckReport, gradgradcheck } from './check/gradcheck.js';
export { numericalGradient, type NumericalOptions } from './check/numerical.js';
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
export { binaryHinge, type HingeOptions, multiclassHinge } from './losses/hinge.js';
export { loss, type Loss, type LossOptions, type Reduction } from './losses/loss.js';
export { huberLoss, type HuberOptions, l1Loss, mseLoss } from './losses/regression.js';
export { elasticNet, l1, l2 } from './losses/regularisers.js';
export { Optimizer } from './optim/optimizer.js';
export { SGD, sgd, type SGDOptions, type SGDState } from './optim/sgd.js';
export { applyUpdates, chain, type GradientTransform } from './optim/transform.js';
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
export { type ClassificationLoss, LinearClassifier, type LinearClassifierOptions } from './models/linear-classifier.js';
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
export { type Pipeline, pipeline } from './models/pipeline.js';
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
