/** The load generator, a process of its own: load.js JOB. Prints its report as JSON. */
import { readFileSync } from 'node:fs';
import type { GapsReport, LoadJob, MixedReport, ThroughputReport } from './load-job.js';
import { sendMixed } from './mixed-load.js';
import { measurePrompt, randomWords, wordsFor, type PromptLength } from './random-prompts.js';
import { firstTokenMs, gapsOf, streamChat, tokensUntil, type Chat } from './stream-chat.js';
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

/**
 * Every client goes on until the last has had its answers, and time ends then: at no time do fewer
 * clients stream. Two chats of each come before, so that the KV pool has been used once.
 */
async function measureThroughput(job: LoadJob, requests: number): Promise<ThroughputReport> {
  const { words } = await warmUp(job);
  for (let chats = 0; chats < 2; chats++) {
    await eachClient(job, () => ask(job, words, job.generate));
  }
  const told = parseToldThreads(readFileSync(job.threadsFile, 'utf8'));
  const before = readThreads(job.pid);
  const cpuBefore = process.cpuUsage();
  const began = performance.now();
  const used = () => {
    const until = performance.now();
    const { user, system } = process.cpuUsage(cpuBefore);
    return {
      until,
      generatorCpu: (user + system) / 1e6,
      threads: [...usedBetween(before, readThreads(job.pid), told)],
    };
  };
  const chats: Chat[] = [];
  let clientsLeft = job.clients;
  let end: ReturnType<typeof used> | null = null;
  await eachClient(job, async () => {
    for (let answers = 1; clientsLeft > 0; answers++) {
      const { chat, ended } = streamChat(job.origin, randomWords(words), job.generate);
      chats.push(chat);
      await ended;
      if (answers === requests && --clientsLeft === 0) end = used();
    }
  });
  const { until, generatorCpu, threads } = end ?? used();
  const come = chats.map((chat) => tokensUntil(chat, until));
  return {
    seconds: (until - began) / 1000,
    answerTokens: come.reduce((sum, { answer }) => sum + answer, 0),
    promptTokens: come.reduce((sum, { prompt }) => sum + prompt, 0),
    generatorCpu,
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
