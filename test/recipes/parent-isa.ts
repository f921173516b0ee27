/**
 * What the recipe's instruction set starts from: the first on this machine that has kernels of its
 * own, since none may leave attention to scalar.
 */
export const PARENT_ISA = process.arch === 'arm64' ? 'neon' : 'avx2';
