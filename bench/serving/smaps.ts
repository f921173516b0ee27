/** What the memory of a process is mapped for: /proc/PID/smaps (proc(5)). */
import { basename } from 'node:path';

export interface Mapping {
  readonly start: number;
  readonly end: number;
  /** "rw-p" */
  readonly permissions: string;
  /** '' for memory that no file backs; "[heap]", "[stack]" and the like. */
  readonly path: string;
  /** Resident bytes, of which other processes may share some. */
  readonly resident: number;
  /** Asked for in huge pages, as only Kinglet's addon asks: weights, KV pool and scratch. */
  readonly hugePages: boolean;
}

const HEADER = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \S+ *(.*)$/;

export function parseSmaps(text: string): Mapping[] {
  const mappings: { -readonly [Key in keyof Mapping]: Mapping[Key] }[] = [];
  for (const line of text.split('\n')) {
    const [, start, end, permissions = '', path = ''] = HEADER.exec(line) ?? [];
    if (start !== undefined && end !== undefined) {
      mappings.push({
        ...{ start: parseInt(start, 16), end: parseInt(end, 16), permissions, path },
        ...{ resident: 0, hugePages: false },
      });
      continue;
    }
    const mapping = mappings.at(-1);
    if (mapping === undefined) continue;
    const [key, value = ''] = line.split(/:\s*/, 2);
    if (key === 'Rss') mapping.resident = parseInt(value, 10) * 1024;
    if (key === 'VmFlags') mapping.hugePages = value.split(' ').includes('hg');
  }
  return mappings;
}

/** What a mapping can be. `anonymous` is what remains: V8's pages, and large blocks of malloc's. */
export const MAPPED_KINDS = [
  'model',
  'node',
  'addon',
  'other files',
  'stacks',
  'arenas',
  'anonymous',
] as const;
type MappedKind = (typeof MAPPED_KINDS)[number];
export type ResidentBytes = Record<MappedKind, number>;

/** glibc's HEAP_MAX_SIZE: an arena but the first lies in heaps that begin at a multiple of this. */
const ARENA_HEAP_BYTES = 64 << 20;

/**
 * Resident bytes by kind. A stack is known by a thread's stack pointer that lies in it. `program` is
 * the path of the process's executable.
 */
export function residentByKind(
  mappings: readonly Mapping[],
  stackPointers: readonly number[],
  program: string,
): ResidentBytes {
  const bytes = Object.fromEntries(MAPPED_KINDS.map((kind) => [kind, 0])) as ResidentBytes;
  for (const [i, mapping] of mappings.entries()) {
    const kind = kindOf(mapping, mappings[i + 1], stackPointers, program);
    bytes[kind] += mapping.resident;
  }
  return bytes;
}

function kindOf(
  mapping: Mapping,
  next: Mapping | undefined,
  stackPointers: readonly number[],
  program: string,
): MappedKind {
  const { path, start, end, hugePages } = mapping;
  if (hugePages) return 'model';
  if (path === program) return 'node';
  if (basename(path) === 'kinglet.node') return 'addon';
  if (path.startsWith('/')) return 'other files';
  if (path === '[heap]') return 'arenas';
  if (path === '[stack]' || stackPointers.some((at) => at >= start && at < end)) return 'stacks';
  return path === '' && isArenaHeap(mapping, next) ? 'arenas' : 'anonymous';
}

/** What of an arena's heap is not in use yet follows it as a mapping that nobody may touch. */
function isArenaHeap({ start, end }: Mapping, next: Mapping | undefined): boolean {
  if (start % ARENA_HEAP_BYTES !== 0) return false;
  if (end === start + ARENA_HEAP_BYTES) return true;
  return (
    next?.permissions === '---p' && next.start === end && next.end === start + ARENA_HEAP_BYTES
  );
}

/** The stack pointer in /proc/PID/task/TID/syscall; null of a thread that runs. */
export function parseStackPointer(syscall: string): number | null {
  const pointer = syscall.trim().split(' ').at(-2);
  return pointer?.startsWith('0x') ? parseInt(pointer, 16) : null;
}
