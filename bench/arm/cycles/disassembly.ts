/** The instructions of an arm64 program. */
import { execFileSync } from 'node:child_process';

export interface Instruction {
  readonly address: number;
  /** As an assembler takes it, but for a branch's target. */
  readonly text: string;
  /** Where a branch goes that is no call, and may go on behind it. */
  readonly target?: number;
}

/** The functions that a call leads to are looked at by themselves. */
const CALL = /^(bl|blr|br|ret)\b/;
const BRANCH = /^(b|b\.\w+|cbn?z|tbn?z)\s(.*?)(?:0x)?([0-9a-f]+)$/;

/** All of a program, by address; calls are left out. */
export function disassemble(program: string): Map<number, Instruction> {
  const flags = ['-d', '--no-show-raw-insn', '--no-leading-headers', '--mattr=+all'];
  return parseDisassembly(
    execFileSync('llvm-objdump-19', [...flags, program], { encoding: 'utf8', maxBuffer: 2 ** 30 }),
  );
}

/** As `disassemble`, from what llvm-objdump prints. */
export function parseDisassembly(lines: string): Map<number, Instruction> {
  const all = new Map<number, Instruction>();
  for (const [, hex = '', rest = ''] of lines.matchAll(/^\s*([0-9a-f]+):\s+(.+)$/gm)) {
    const address = parseInt(hex, 16);
    const text = rest.replace(/\s*(<.*>|\/\/.*)$/, '').replaceAll(/\s+/g, ' ');
    if (CALL.test(text)) continue;
    const [, mnemonic, operands, target] = BRANCH.exec(text) ?? [];
    all.set(
      address,
      mnemonic === undefined || target === undefined
        ? { address, text }
        : { address, text: `${mnemonic} ${operands}`, target: parseInt(target, 16) },
    );
  }
  return all;
}
