/** What the heaps of a server's JavaScript threads take, as tell-heaps.cts has them tell it. */
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { MeasuredServer } from './checkout.js';
import { parseToldThreads, roleOf, type ToldThreads } from './thread-names.js';

/** Bytes. */
export interface Heap {
  /** V8's pages, as far as they were ever touched. */
  readonly resident: number;
  /** What of these is the young generation. */
  readonly young: number;
  /** Objects, garbage that was not collected yet among them. */
  readonly used: number;
  /** Of ArrayBuffers that the thread has made, touched or not. */
  readonly arrayBuffers: number;
}

interface ToldHeap extends Heap {
  /** Which question it answers, counted from 1. */
  readonly asked: number;
  readonly task: number;
}

/** The answers to one question; a line that is still being written is left out. */
export function parseToldHeaps(text: string, asked: number): ToldHeap[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as ToldHeap)
    .filter((heap) => heap.asked === asked);
}

/** Heaps of threads by role; those of one role are added up. */
export function heapsByRole(told: readonly ToldHeap[], threads: ToldThreads): Map<string, Heap> {
  const heaps = new Map<string, Heap>();
  for (const { task, resident, young, used, arrayBuffers } of told) {
    const role = roleOf(task, '', threads);
    const sum = heaps.get(role) ?? { resident: 0, young: 0, used: 0, arrayBuffers: 0 };
    heaps.set(role, {
      resident: sum.resident + resident,
      young: sum.young + young,
      used: sum.used + used,
      arrayBuffers: sum.arrayBuffers + arrayBuffers,
    });
  }
  return heaps;
}

const PATIENCE_MS = 30_000;

/** Asks a server for the `asked`th time, from 1 on. Throws where a thread doesn't answer. */
export async function askHeaps(
  { process: server, threadsFile, heapsFile }: MeasuredServer,
  asked: number,
): Promise<Map<string, Heap>> {
  server.kill('SIGUSR2');
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const threads = parseToldThreads(readFileSync(threadsFile, 'utf8'));
    const workers = [...threads.workers.keys()];
    const alive = workers.filter((task) => existsSync(`/proc/${server.pid}/task/${task}`));
    const text = existsSync(heapsFile) ? readFileSync(heapsFile, 'utf8') : '';
    const told = parseToldHeaps(text, asked);
    if (told.length > alive.length) return heapsByRole(told, threads);
    if (performance.now() > deadline) {
      throw new Error(`${told.length} of ${alive.length + 1} threads told what their heaps take`);
    }
    await pause(10);
  }
}
