/** What a server holds in memory beyond weights, KV pool and scratch, and what requests leave behind. */
import { setTimeout as pause } from 'node:timers/promises';
import { load, withServer, type Checkout, type MeasuredServer } from './checkout.js';
import { largest } from './figures.js';
import { askHeaps, type Heap } from './heaps.js';
import { LARGE_POOL } from './kv-pool.js';
import type { MixedReport } from './load-job.js';
import { beyondModel, residentNow, totalOf } from './resident.js';
import type { Settings } from './settings.js';
import type { ResidentBytes } from './smaps.js';
import { measuresTable, type Column, type Measure } from './table.js';
import { tokenizerBytes } from './tokenizer-bytes.js';

/** Until what ends with the start, or with the last request, has ended. */
const SETTLE_MS = 1000;
const SAMPLE_MS = 250;
const MEGABYTE = 1e6;
const JS_ROLES = ['event loop', 'engine', 'prompt threads'] as const;

interface Snapshot {
  readonly resident: ResidentBytes;
  /** null where they were not asked for. */
  readonly heaps: ReadonlyMap<string, Heap> | null;
  readonly tokenizer: number;
}

/** Measures one server of each checkout, and prints a table. */
export async function memory(settings: Settings): Promise<void> {
  const columns: Column<Snapshot>[] = [];
  for (const checkout of settings.checkouts) {
    const measured = await measure(checkout, settings);
    const several = settings.checkouts.length > 1;
    for (const [head, snapshot] of measured) {
      columns.push({ head: several ? `${checkout.name}, ${head}` : head, measured: snapshot });
    }
  }
  console.log(`\nMB (millions of bytes):\n\n${measuresTable(MEASURES, columns, { ratio: false })}`);
}

type Named = readonly [head: string, snapshot: Snapshot];

/** What is measured when, by the column's head. */
async function measure(checkout: Checkout, settings: Settings): Promise<readonly Named[]> {
  const { model, serveFlags } = settings;
  const tokenizer = await tokenizerBytes(checkout, model);
  return withServer(
    checkout,
    model,
    [...LARGE_POOL, ...serveFlags],
    async (server) => {
      const peak = new Peak(server.process.pid);
      try {
        return await watch(server, settings, { name: checkout.name, tokenizer, peak });
      } finally {
        peak.end();
      }
    },
    { tellHeaps: true },
  );
}

async function watch(
  server: MeasuredServer,
  settings: Settings,
  { name, tokenizer, peak }: { readonly name: string; readonly tokenizer: number; peak: Peak },
): Promise<readonly Named[]> {
  const { mixedRequests, pauseSeconds, prompt, generate } = settings;
  const half = Math.ceil(mixedRequests / 2);
  let asked = 0;
  const look = async (): Promise<Snapshot> => {
    const resident = residentNow(server.process.pid);
    return { resident, heaps: await askHeaps(server, ++asked), tokenizer };
  };
  const send = async (requests: number): Promise<Snapshot> => {
    const { seconds } = await load<MixedReport>(server, {
      ...{ clients: largest(settings.clients), prompt, generate },
      scenario: { name: 'mixed', requests },
    });
    console.error(`${name}: ${requests} requests took ${seconds.toFixed(0)} s`);
    await pause(SETTLE_MS);
    return look();
  };
  await pause(SETTLE_MS);
  const started = await look();
  peak.begin();
  const middle = await send(half);
  const end = await send(mixedRequests - half);
  const resident = peak.end();
  await pause(pauseSeconds * 1000);
  return [
    ['after the start', started],
    ['peak', { resident, heaps: null, tokenizer }],
    [`after ${half}`, middle],
    [`after ${mixedRequests}`, end],
    [`${pauseSeconds} s later`, await look()],
  ];
}

/** Looks again and again, and keeps the most that was beyond weights, KV pool and scratch. */
class Peak {
  readonly #pid: number;
  #timer: NodeJS.Timeout | undefined;
  #most: ResidentBytes;

  constructor(pid: number) {
    this.#pid = pid;
    this.#most = residentNow(pid);
  }

  begin(): void {
    this.#timer = setInterval(() => this.#look(), SAMPLE_MS);
  }

  /** No more looks. */
  end(): ResidentBytes {
    clearInterval(this.#timer);
    return this.#most;
  }

  #look(): void {
    try {
      const now = residentNow(this.#pid);
      if (beyondModel(now) > beyondModel(this.#most)) this.#most = now;
    } catch {
      // A server that has ended fails its clients, and they tell why.
    }
  }
}

/** Whether a row says what the heaps of a role take. */
const isListed = (role: string): boolean => JS_ROLES.some((listed) => listed === role);

const sumOf = (heaps: ReadonlyMap<string, Heap>, of: (heap: Heap) => number): number =>
  [...heaps.values()].reduce((sum, heap) => sum + of(heap), 0);

/** A row; `of` gives bytes. */
function megabytes(
  name: string,
  of: (snapshot: Snapshot) => number | undefined,
): Measure<Snapshot> {
  return { name, digits: 1, of: (snapshot) => (of(snapshot) ?? NaN) / MEGABYTE };
}

const MEASURES: readonly Measure<Snapshot>[] = [
  megabytes('resident, all processes', ({ resident }) => totalOf(resident)),
  megabytes('weights, KV pool, scratch', ({ resident }) => resident.model),
  megabytes('**beyond these**', ({ resident }) => beyondModel(resident)),
  ...JS_ROLES.map((role) =>
    megabytes(`V8 heap: ${role}`, ({ heaps }) => heaps?.get(role)?.resident),
  ),
  megabytes('V8 heap: others', ({ heaps }) =>
    heaps === null
      ? undefined
      : [...heaps].reduce((sum, [role, heap]) => sum + (isListed(role) ? 0 : heap.resident), 0),
  ),
  megabytes("the tokenizer's tables", ({ heaps, tokenizer }) => (heaps ? tokenizer : NaN)),
  megabytes('other memory of malloc and V8', ({ resident, heaps, tokenizer }) =>
    heaps === null
      ? undefined
      : resident.arenas + resident.anonymous - tokenizer - sumOf(heaps, (heap) => heap.resident),
  ),
  megabytes('stacks', ({ resident }) => resident.stacks),
  megabytes("Node's binary", ({ resident }) => resident.node),
  megabytes('the addon', ({ resident }) => resident.addon),
  megabytes('other libraries', ({ resident }) => resident['other files']),
  ...JS_ROLES.map((role) =>
    megabytes(`of the heap the young generation: ${role}`, ({ heaps }) => heaps?.get(role)?.young),
  ),
  ...JS_ROLES.map((role) =>
    megabytes(`of the heap in use: ${role}`, ({ heaps }) => heaps?.get(role)?.used),
  ),
  ...JS_ROLES.map((role) =>
    megabytes(
      `ArrayBuffers, touched or not: ${role}`,
      ({ heaps }) => heaps?.get(role)?.arrayBuffers,
    ),
  ),
  megabytes("malloc's arenas, in the rows above", ({ resident }) => resident.arenas),
];
