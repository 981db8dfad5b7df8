/** Every workload, in the order of the table. */
import type { Workload } from '../workload.js';
import { elementwise, elementwiseResident } from './elementwise.js';
import { hessian } from './hessian.js';
import { knnL1, knnL2, knnL2Random } from './knn.js';
import { matmul1024, matmul512 } from './matmul.js';
import { mlpStep } from './mlp-step.js';
import { smallFunction } from './small-function.js';
import { softmaxStep } from './softmax-step.js';
import { svmStep } from './svm-step.js';
import { tape } from './tape.js';

export const workloads: readonly Workload[] = [
  matmul512,
  matmul1024,
  softmaxStep,
  svmStep,
  mlpStep,
  tape,
  smallFunction,
  hessian,
  elementwise,
  elementwiseResident,
  knnL2,
  knnL2Random,
  knnL1,
];
