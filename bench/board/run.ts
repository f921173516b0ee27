/**
 * One answer and then another, streamed by a server as a client has them, for script/board-report:
 * run.js MODEL [flags of kinglet serve]
 */
import { ServerProcess } from '../../test/support/server-process.js';
import { median } from '../../src/cli/bench.js';
import { firstTokenMs, gapsOf, MODEL_NAME, streamChat, type Chat } from '../serving/stream-chat.js';

const ANSWER_TOKENS = 64;
const QUESTIONS = [
  'What is gravity? Explain it to somebody who has never heard of physics.',
  'Write a short story about a small bird that lives at a river and never sleeps.',
];

/** A line with what the client saw. */
function summary(chat: Chat): string {
  const { usage, stamps } = chat;
  const gaps = gapsOf(chat);
  const streamed = ((stamps.at(-1) ?? NaN) - (stamps[0] ?? NaN)) / 1e3;
  const tokens = usage?.completion_tokens ?? NaN;
  return [
    `prompt of ${usage?.prompt_tokens ?? 0} tokens, answer of ${tokens}`,
    `first text after ${firstTokenMs(chat).toFixed(0)} ms`,
    `then ${((tokens - 1) / streamed).toFixed(1)} tokens/s`,
    `gaps ${median(gaps).toFixed(1)} ms (median), ${Math.max(...gaps).toFixed(1)} ms (largest)`,
  ].join('; ');
}

async function main(model: string, flags: readonly string[]): Promise<void> {
  const server = await ServerProcess.spawn(model, ['--served-model-name', MODEL_NAME, ...flags]);
  try {
    await server.ready();
    console.log(`ready after ${((Date.now() - server.spawnedAt) / 1e3).toFixed(1)} s`);
    for (const question of QUESTIONS) {
      const { chat, ended } = streamChat(server.origin, question, ANSWER_TOKENS);
      await ended;
      console.log(summary(chat));
    }
  } finally {
    await server.stop();
  }
}

const [model = '', ...flags] = process.argv.slice(2);
await main(model, flags);
