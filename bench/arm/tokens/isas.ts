/** The kinds of Arm CPU that instructions are counted on. */

export interface Isa {
  readonly name: string;
  /** qemu's CPU model, for which Kinglet chooses its kernels. SVE is off: llama.cpp is built without it. */
  readonly cpu: string;
  /** The instruction with the most products of int8 that a vector and a matrix can use. */
  readonly vector: { readonly name: string; readonly products: number };
  readonly matrix: { readonly name: string; readonly products: number };
}

const smlal = { name: 'smlal', products: 8 };
const sdot = { name: 'sdot', products: 16 };

/** bench/peer-engines/install-llama-bench has the same names. */
export const ISAS: readonly Isa[] = [
  { name: 'neon', cpu: 'cortex-a72', vector: smlal, matrix: smlal },
  { name: 'dotprod', cpu: 'cortex-a76', vector: sdot, matrix: sdot },
  // Of the 32 products of an smmla a single row of activations uses 16.
  { name: 'i8mm', cpu: 'max,sve=off', vector: sdot, matrix: { name: 'smmla', products: 32 } },
];
