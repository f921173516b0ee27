/** The cores whose cycles are modelled. */

export interface Core {
  readonly name: string;
  /** Whose pipelines llvm-mca of LLVM 19 computes with. */
  readonly mcpu: string;
  /** Where that is not this core: whose they are. */
  readonly standIn?: string;
  /** Units under the names of Arm's guide, where LLVM has others. */
  readonly units?: Readonly<Record<string, string>>;
  /** qemu's CPU model, for which Kinglet chooses the same kernels. */
  readonly emulated: string;
  /** What is dispatched in a cycle at most, as Arm's Software Optimization Guide of the core says. */
  readonly instructions: number;
  readonly microOps: number;
}

export const CORES = [
  {
    name: 'cortex-a72',
    mcpu: 'cortex-a72',
    // The units, and what smull, smlal, sadalp and additions take there, are the same. Permutations take
    // three micro-operations in the A57, and fmla has two cycles more latency.
    standIn: 'Cortex-A57',
    units: { W: 'F0', X: 'F1' },
    emulated: 'cortex-a72',
    ...{ instructions: 3, microOps: 3 },
  },
  {
    name: 'cortex-a76',
    mcpu: 'neoverse-n1',
    // Its server version. To LLVM 19 the A76 itself is a Cortex-A57, without a pipe for sdot of its own; from
    // July 2026 on (pull request 211209 of llvm/llvm-project) LLVM uses the N1 for it too.
    standIn: 'Neoverse N1',
    emulated: 'cortex-a76',
    ...{ instructions: 4, microOps: 8 },
  },
  {
    name: 'cortex-a78ae',
    mcpu: 'neoverse-n2',
    // As LLVM since that pull request: it has the A78's two vector pipes and three load pipes.
    standIn: 'Neoverse N2',
    emulated: 'cortex-a76',
    ...{ instructions: 6, microOps: 12 },
  },
  {
    name: 'neoverse-v1',
    mcpu: 'neoverse-v1',
    emulated: 'max,sve=off',
    ...{ instructions: 8, microOps: 16 },
  },
] as const satisfies readonly Core[];

export type CoreName = (typeof CORES)[number]['name'];
