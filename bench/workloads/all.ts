/** Every workload, in the order of the table. */
import type { Workload } from '../workload.js';
import { elementwise } from './elementwise.js';
import { hessian } from './hessian.js';
import { knnL1, knnL2, knnL2Random } from './knn.js';
import { matmul } from './matmul.js';
import { mlpStep } from './mlp-step.js';
import { smallFunction } from './small-function.js';
import { softmaxStep } from './softmax-step.js';
import { svmStep } from './svm-step.js';
import { tape } from './tape.js';

export const workloads: readonly Workload[] = [
  tape,
  smallFunction,
  softmaxStep,
  svmStep,
  mlpStep,
  elementwise,
  matmul,
  hessian,
  knnL2,
  knnL2Random,
  knnL1,
];
