/** The loops of what was executed, each without the loops inside it. */
import type { Instruction } from './disassembly.js';

export interface Region {
  /** In the order of their addresses; ends with the branch back. */
  readonly instructions: readonly Instruction[];
  /** How often it ran. */
  readonly times: number;
}

/** How often each instruction ran, by its address. */
export type Executions = ReadonlyMap<number, number>;

type Code = ReadonlyMap<number, Instruction>;

/** From the first instruction to the branch back to it. */
interface Loop {
  readonly top: number;
  readonly bottom: number;
  readonly times: number;
}

/** A loop inside another one counts as such where it has so much of what that one executes. */
const LEAST_INSIDE = 0.1;
/** Loops with less of all that was executed are left out. */
const LEAST_OF_ALL = 0.01;
/** Bytes of an instruction. */
const SIZE = 4;

/** The loops in which time is spent, the largest first. */
export function regionsOf(code: Code, executions: Executions): Region[] {
  const loops = loopsOf(code, executions);
  const least = LEAST_OF_ALL * executed(executions, 0, Infinity);
  return loops
    .map((loop) => ({
      instructions: ownInstructions(loop, loops, code, executions),
      times: loop.times,
    }))
    .filter((region) => sizeOf(region) >= least)
    .sort((a, b) => sizeOf(b) - sizeOf(a));
}

/** Instructions that were executed in a region. */
export function sizeOf({ instructions, times }: Region): number {
  return instructions.length * times;
}

/** Instructions that were executed from one address up to another. */
export function executed(executions: Executions, from: number, to: number): number {
  let sum = 0;
  for (const [address, times] of executions) if (from <= address && address <= to) sum += times;
  return sum;
}

/** Of each address that is branched back to, the loop that ran most often. */
function loopsOf(code: Code, executions: Executions): Loop[] {
  const byTop = new Map<number, Loop>();
  for (const [bottom, times] of executions) {
    const top = code.get(bottom)?.target;
    if (top === undefined || top > bottom || !executions.has(top)) continue;
    if (times > (byTop.get(top)?.times ?? 0)) byTop.set(top, { top, bottom, times });
  }
  const all = [...byTop.values()];
  return all.filter((loop) => {
    const [around] = all
      .filter((other) => holds(other, loop))
      .sort((a, b) => a.bottom - a.top - (b.bottom - b.top));
    if (around === undefined) return true;
    const own = executed(executions, loop.top, loop.bottom);
    return own >= LEAST_INSIDE * executed(executions, around.top, around.bottom);
  });
}

function holds(outer: Loop, inner: Loop): boolean {
  return outer !== inner && outer.top <= inner.top && inner.bottom <= outer.bottom;
}

/** Those of a round that are in no loop inside; what runs in less than half of the rounds is beside the loop. */
function ownInstructions(
  loop: Loop,
  loops: readonly Loop[],
  code: Code,
  executions: Executions,
): Instruction[] {
  const inside = loops.filter((other) => holds(loop, other));
  const own: Instruction[] = [];
  for (let address = loop.top; address <= loop.bottom; address += SIZE) {
    const instruction = code.get(address);
    if (instruction === undefined || (executions.get(address) ?? 0) < loop.times / 2) continue;
    if (inside.some(({ top, bottom }) => top <= address && address <= bottom)) continue;
    own.push(instruction);
  }
  return own;
}
