// AssemblyScript: all kernels as one module.
export * from './matmul';
export * from './rows';
export * from './indexing';
export * from './random';
export * from './neighbors';
export * from './windows';
export * from './linear-algebra';
export * from './sorting';
