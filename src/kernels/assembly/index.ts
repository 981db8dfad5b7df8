// AssemblyScript: all kernels as one module.
export * from './matmul';
export * from './rows';
export * from './indexing';
export * from './random';
export * from './neighbors';
