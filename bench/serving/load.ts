/** The load generator, a process of its own: load.js JOB. Prints its report as JSON. */
import { readFileSync } from 'node:fs';
import type { GapsReport, LoadJob, MixedReport, ThroughputReport } from './load-job.js';
import { sendMixed } from './mixed-load.js';
import { measurePrompt, randomWords, wordsFor, type PromptLength } from './random-prompts.js';
import { firstTokenMs, gapsOf, streamChat, type Chat } from './stream-chat.js';
import { parseToldThreads } from './thread-names.js';
import { readThreads, usedBetween } from './thread-times.js';

/** Tokens of the answers that warm the server up, and of the answer to the long prompt. */
const FEW_TOKENS = 16;

/** Runs one chat to its end. */
async function ask(job: LoadJob, words: number, maxTokens: number): Promise<Chat> {
  const { chat, ended } = streamChat(job.origin, randomWords(words), maxTokens);
  await ended;
  return chat;
}

/** Runs `work` once for each client, side by side. */
function eachClient<T>(job: LoadJob, work: (client: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: job.clients }, (_, client) => work(client)));
}

async function warmUp(job: LoadJob): Promise<PromptLength> {
  const length = await measurePrompt(job.prompt, async (words) => {
    const { usage } = await ask(job, words, 1);
    return usage?.prompt_tokens ?? NaN;
  });
  await eachClient(job, () => ask(job, length.words, Math.min(FEW_TOKENS, job.generate)));
  return length;
}

async function measureThroughput(job: LoadJob, requests: number): Promise<ThroughputReport> {
  const { words } = await warmUp(job);
  const told = parseToldThreads(readFileSync(job.threadsFile, 'utf8'));
  const before = readThreads(job.pid);
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  const perClient = await eachClient(job, async () => {
    const chats: Chat[] = [];
    for (let sent = 0; sent < requests; sent++) chats.push(await ask(job, words, job.generate));
    return chats;
  });
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const threads = [...usedBetween(before, readThreads(job.pid), told)];
  const chats = perClient.flat();
  const sum = (tokens: (chat: Chat) => number): number =>
    chats.reduce((total, chat) => total + tokens(chat), 0);
  return {
    seconds,
    answerTokens: sum(({ usage }) => usage?.completion_tokens ?? NaN),
    promptTokens: sum(
      ({ usage }) =>
        (usage?.prompt_tokens ?? NaN) - (usage?.prompt_tokens_details?.cached_tokens ?? 0),
    ),
    generatorCpu: (user + system) / 1e6,
    threads,
    firstTokens: chats.map(firstTokenMs),
    gaps: chats.flatMap(gapsOf),
  };
}

async function measureGaps(job: LoadJob, long: number): Promise<GapsReport> {
  const length = await warmUp(job);
  const chats: Chat[] = [];
  let stopped = false;
  const clients = eachClient(job, async (client) => {
    // Answers of different lengths first, so that later ones do not end together.
    let tokens = Math.ceil((job.generate * (client + 1)) / job.clients);
    for (; !stopped; tokens = job.generate) {
      const { chat, ended } = streamChat(job.origin, randomWords(length.words), tokens);
      chats.push(chat);
      await ended;
    }
  });
  await new Promise<void>((resolve, reject) => {
    clients.catch(reject);
    const allStream = (): boolean =>
      chats.length > job.clients && chats.slice(0, job.clients).every(({ stamps }) => stamps[0]);
    const timer = setInterval(() => {
      if (!allStream()) return;
      clearInterval(timer);
      resolve();
    }, 10);
  });
  const { chat: arrival, ended } = streamChat(
    job.origin,
    randomWords(wordsFor(long, length)),
    Math.min(FEW_TOKENS, job.generate),
  );
  await ended;
  stopped = true;
  await clients;
  const from = arrival.sentAt;
  const to = arrival.stamps[0] ?? NaN;
  return {
    longFirstToken: to - from,
    firstTokens: chats.filter(({ sentAt }) => sentAt >= from && sentAt <= to).map(firstTokenMs),
    gaps: chats.flatMap((chat) => gapsWithin(chat, from, to)),
  };
}

/** Those gaps of which a part lies between two times. */
function gapsWithin(chat: Chat, from: number, to: number): number[] {
  const { stamps } = chat;
  return gapsOf(chat).filter((_, i) => (stamps[i + 1] ?? from) > from && (stamps[i] ?? to) < to);
}

function run(job: LoadJob): Promise<ThroughputReport | GapsReport | MixedReport> {
  const { scenario } = job;
  switch (scenario.name) {
    case 'throughput':
      return measureThroughput(job, scenario.requests);
    case 'gaps':
      return measureGaps(job, scenario.long);
    case 'mixed':
      return sendMixed(job, scenario.requests);
  }
}

const [text = ''] = process.argv.slice(2);
console.log(JSON.stringify(await run(JSON.parse(text) as LoadJob)));
