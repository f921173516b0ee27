/** What an idle server uses, and what its first token costs after a pause. */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { median } from '../../src/cli/bench.js';
import { withServer, type MeasuredServer } from './checkout.js';
import { LARGE_POOL } from './kv-pool.js';
import { randomWords } from './random-prompts.js';
import { progress, type Settings } from './settings.js';
import { firstTokenMs, streamChat } from './stream-chat.js';
import { measuresTable, type Column, type Measure } from './table.js';
import { parseToldThreads, ROLES } from './thread-names.js';
import { readThreads, usedBetween, type ThreadTimes } from './thread-times.js';

/** Chats without a pause, before they count and then counted. */
const WARM_CHATS = 3;
const COUNTED_CHATS = 7;
/** After the last work, so that what ends with it is not counted. */
const SETTLE_MS = 1000;
const WORDS = 16;
const ANSWER_TOKENS = 8;

interface Idle {
  /** Of seconds without a request, by role. */
  readonly used: ReadonlyMap<string, ThreadTimes>;
  readonly seconds: number;
}

interface Round {
  /** After the start, and after requests. */
  readonly fresh: Idle;
  readonly served: Idle;
  /** Milliseconds. */
  readonly firstToken: number;
  readonly firstTokenAfterPause: number;
}

/** Measures pauses of `seconds` and prints a table of medians. */
export async function idle(settings: Settings, seconds: number): Promise<void> {
  const { model, serveFlags } = settings;
  const rounds = new Map(settings.checkouts.map((checkout) => [checkout, [] as Round[]]));
  for (let round = 0; round < settings.rounds; round++) {
    progress(`pauses of ${seconds} s`, round, settings);
    for (const [checkout, list] of rounds) {
      const flags = [...LARGE_POOL, ...serveFlags];
      list.push(await withServer(checkout, model, flags, (server) => measure(server, seconds)));
    }
  }
  const columns = [...rounds].map(([{ name }, measured]) => ({ head: name, measured }));
  console.log(
    `\nPauses of ${seconds} s:\n\n` +
      measuresTable(measuresOf(columns), columns, { ratio: columns.length > 1 }),
  );
}

async function measure(server: MeasuredServer, seconds: number): Promise<Round> {
  const ask = async (): Promise<number> => {
    const { chat, ended } = streamChat(server.process.origin, randomWords(WORDS), ANSWER_TOKENS);
    await ended;
    return firstTokenMs(chat);
  };
  const fresh = await idleFor(server, seconds);
  for (let chats = 0; chats < WARM_CHATS; chats++) await ask();
  const firstTokens: number[] = [];
  for (let chats = 0; chats < COUNTED_CHATS; chats++) firstTokens.push(await ask());
  const served = await idleFor(server, seconds);
  return { fresh, served, firstToken: median(firstTokens), firstTokenAfterPause: await ask() };
}

async function idleFor(
  { process: { pid }, threadsFile }: MeasuredServer,
  seconds: number,
): Promise<Idle> {
  await pause(SETTLE_MS);
  const told = parseToldThreads(readFileSync(threadsFile, 'utf8'));
  const before = readThreads(pid);
  const started = performance.now();
  await pause(seconds * 1000);
  const took = (performance.now() - started) / 1000;
  return { used: usedBetween(before, readThreads(pid), told), seconds: took };
}

function measuresOf(columns: readonly Column<readonly Round[]>[]): Measure<readonly Round[]>[] {
  const all = columns.flatMap(({ measured }) => measured).flatMap((r) => [r.fresh, r.served]);
  const roles = new Set([...ROLES, ...all.flatMap(({ used }) => [...used.keys()])]);
  const middle = (rounds: readonly Round[], of: (round: Round) => number): number =>
    median(rounds.map(of));
  const percentCpu = ({ used, seconds }: Idle): number =>
    [...used.values()].reduce((sum, { cpu }) => sum + (100 * cpu) / seconds, 0);
  const wakeups = ({ used, seconds }: Idle, role: string): number =>
    (used.get(role)?.wakeups ?? 0) / seconds;
  return [
    {
      name: '% of a CPU after the start',
      digits: 3,
      of: (rounds) => middle(rounds, ({ fresh }) => percentCpu(fresh)),
    },
    {
      name: '% of a CPU after requests',
      digits: 3,
      of: (rounds) => middle(rounds, ({ served }) => percentCpu(served)),
    },
    ...[...roles].map((role) => ({
      name: `wakeups a second after requests: ${role}`,
      digits: 2,
      of: (rounds: readonly Round[]) => middle(rounds, ({ served }) => wakeups(served, role)),
    })),
    {
      name: 'first token, ms',
      digits: 2,
      of: (rounds) => middle(rounds, ({ firstToken }) => firstToken),
    },
    {
      name: 'first token after the pause, ms',
      digits: 2,
      of: (rounds) => middle(rounds, (round) => round.firstTokenAfterPause),
    },
  ];
}
