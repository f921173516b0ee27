/** What a server holds in memory, over all of its processes. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { family } from '../attacks/process-memory.js';
import {
  MAPPED_KINDS,
  parseSmaps,
  parseStackPointer,
  residentByKind,
  type ResidentBytes,
} from './smaps.js';

/** Throws where weights, KV pool and scratch cannot be told from the rest. */
export function residentNow(pid: number): ResidentBytes {
  const sum = family(pid)
    .map(residentOf)
    .reduce((total, bytes) => addBytes(total, bytes));
  if (sum.model > 0) return sum;
  throw new Error('--memory needs a kernel with transparent huge pages, by which it knows weights');
}

function residentOf(pid: number): ResidentBytes {
  const read = (file: string): string => readFileSync(`/proc/${pid}/${file}`, 'latin1');
  const pointers = readdirSync(`/proc/${pid}/task`)
    .map((task) => stackPointerOf(() => read(`task/${task}/syscall`)))
    .filter((pointer) => pointer !== null);
  return residentByKind(parseSmaps(read('smaps')), pointers, readlinkSync(`/proc/${pid}/exe`));
}

/** null of a thread that runs, or that has just ended. */
function stackPointerOf(read: () => string): number | null {
  try {
    return parseStackPointer(read());
  } catch {
    return null;
  }
}

function addBytes(a: ResidentBytes, b: ResidentBytes): ResidentBytes {
  return Object.fromEntries(MAPPED_KINDS.map((kind) => [kind, a[kind] + b[kind]])) as ResidentBytes;
}

export function totalOf(bytes: ResidentBytes): number {
  return MAPPED_KINDS.reduce((sum, kind) => sum + bytes[kind], 0);
}

/** Beyond weights, KV pool and scratch. */
export function beyondModel(bytes: ResidentBytes): number {
  return totalOf(bytes) - bytes.model;
}
