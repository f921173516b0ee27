/**
 * Requests that cost their sender little and a careless server much. Each attack lasts for as long as
 * the server takes to get rid of it, `seconds` where it would go on for ever.
 */
import {
  chatBody,
  completionBody,
  dial,
  dialWebsocket,
  pause,
  post,
  textFrame,
  type Outcome,
  type Target,
} from './client.js';

export interface Attack {
  readonly name: string;
  /** Resolves with the answers, where it waits for any. */
  readonly run: (target: Target, seconds: number) => Promise<readonly Outcome[]>;
}

const MIB = 2 ** 20;
/** Just below the largest body that is taken by default. */
const LARGE = 4 * MIB - 1024;

const times = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

/** The same body from many clients at once. */
const together =
  (count: number, path: string, body: (target: Target) => string): Attack['run'] =>
  (target) => {
    const text = Buffer.from(body(target));
    return Promise.all(times(count, () => post(target, path, text)));
  };

const completions = (count: number, prompt: () => unknown, more: object = {}): Attack['run'] =>
  together(count, '/v1/completions', ({ model }) => completionBody(model, prompt(), more));

/** Text of a size that is one pre-token or many, of few tokens or many. */
const FILLERS: Readonly<Record<string, string>> = {
  digits: '7',
  letters: 'a',
  spaces: ' ',
  newlines: '\n',
  emoji: '\u{1f600}',
  'combining marks': 'a\u0301',
  'special tokens': '<|im_end|>',
  words: 'the cat sat on the mat ',
};

export const ATTACKS: readonly Attack[] = [
  ...Object.entries(FILLERS).map(([name, filler]): Attack => ({
    name: `6 prompts of 4 MiB: ${name}`,
    run: completions(6, () => filler.repeat(Math.floor(LARGE / Buffer.byteLength(filler)))),
  })),
  {
    name: '6 prompts of 4 MiB, and the clients leave',
    run: async (target) => {
      const body = Buffer.from(completionBody(target.model, '7'.repeat(LARGE)));
      return Promise.all(
        times(6, () => post(target, '/v1/completions', body, { leaveAfterMs: 200 })),
      );
    },
  },
  { name: '4 prompts of 2 MB', run: completions(4, () => 'lorem ipsum dolor '.repeat(111_111)) },
  {
    name: '12 chats of 40,000 messages',
    run: together(12, '/v1/chat/completions', ({ model }) =>
      JSON.stringify({
        model,
        max_tokens: 1,
        messages: times(40_000, (i) => ({
          role: i % 2 === 0 ? 'user' : 'assistant',
          content: 'hello',
        })),
      }),
    ),
  },
  {
    name: '12 chats of 4 MiB of text in parts',
    run: together(12, '/v1/chat/completions', ({ model }) =>
      JSON.stringify({
        model,
        max_tokens: 1,
        messages: [
          { role: 'user', content: times(80_000, () => ({ type: 'text', text: 'lorem ipsum' })) },
        ],
      }),
    ),
  },
  {
    name: '6 chats of 4 MiB in one message',
    run: together(6, '/v1/chat/completions', ({ model }) =>
      chatBody(model, '7'.repeat(LARGE - 256)),
    ),
  },
  {
    name: '24 chats of 128 tools of 4 KiB',
    run: together(24, '/v1/chat/completions', ({ model }) => {
      const parameters = { type: 'object', enum: times(440, (i) => `<tool_call>${i}`.slice(-6)) };
      const tools = times(128, (i) => ({
        type: 'function',
        function: { name: `f${i}`, parameters },
      }));
      return chatBody(model, 'hi', { tools });
    }),
  },
  {
    name: '12 histories of 16,000 calls',
    run: together(12, '/v1/chat/completions', ({ model }) => {
      const call = {
        id: 'a',
        type: 'function',
        function: { name: 'f', arguments: '{"a": [[1]]}' },
      };
      const calling = { role: 'assistant', content: null, tool_calls: times(8, () => call) };
      const result = { role: 'tool', tool_call_id: 'a', content: 'lorem ipsum' };
      return JSON.stringify({
        model,
        max_tokens: 1,
        messages: times(4000, (i) => (i % 2 === 0 ? calling : result)),
      });
    }),
  },
  {
    name: '6 texts of 4 MiB to /tokenize',
    run: together(6, '/tokenize', () => JSON.stringify({ prompt: 'x7 '.repeat(LARGE / 3 - 10) })),
  },
  {
    name: '6 lists of a million ids to /detokenize',
    run: together(6, '/detokenize', () =>
      JSON.stringify({ tokens: times(1_000_000, (i) => i % 1000) }),
    ),
  },
  { name: '6 prompts of a million -1', run: completions(6, () => times(1_000_000, () => -1)) },
  {
    name: '6 prompts of 128 long lists of ids',
    run: completions(6, () => times(128, () => times(7000, () => 17)), { echo: true, logprobs: 5 }),
  },
  {
    name: '6 bodies of a million unknown fields',
    run: together(
      6,
      '/v1/completions',
      ({ model }) => `{"model":"${model}",${times(350_000, (i) => `"k${i}":1`).join(',')}}`,
    ),
  },
  {
    name: '6 bodies of a million empty objects',
    run: together(
      6,
      '/v1/chat/completions',
      ({ model }) => `{"model":"${model}","messages":[${times(1_000_000, () => '{}').join(',')}]}`,
    ),
  },
  {
    name: '6 bodies nested 2 million deep',
    run: together(
      6,
      '/v1/chat/completions',
      ({ model }) =>
        `{"model":"${model}","messages":${'['.repeat(2 * MIB - 64)}${']'.repeat(2 * MIB - 64)}}`,
    ),
  },
  {
    name: '6 bodies nested deep in template arguments',
    run: together(
      6,
      '/v1/chat/completions',
      ({ model }) =>
        `{"model":"${model}","messages":[{"role":"user","content":"a"}],"chat_template_kwargs":{"a":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}}`,
    ),
  },
  { name: '64 prompts of 64 KiB', run: completions(64, () => 'lorem ipsum dolor '.repeat(3600)) },
  {
    name: '400 uploads of 4 MiB that never end',
    run: async (target, seconds) => {
      const head =
        `POST /v1/completions HTTP/1.1\r\nhost: ${new URL(target.origin).host}\r\n` +
        `content-type: application/json\r\ncontent-length: ${LARGE}\r\n\r\n`;
      const part = Buffer.alloc(LARGE - 4096, '[');
      const sockets = await Promise.all(times(400, () => dial(target, head)));
      for (const socket of sockets) socket?.write(part);
      await pause(seconds * 1000);
      for (const socket of sockets) socket?.destroy();
      return [];
    },
  },
  {
    name: '2000 connections that say nothing',
    run: async (target, seconds) => {
      const sockets = await Promise.all(times(2000, () => dial(target, '')));
      await pause(seconds * 1000);
      for (const socket of sockets) socket?.destroy();
      return [];
    },
  },
  {
    name: 'websocket: garbage frames, nothing read',
    run: async (target, seconds) => {
      const socket = await dialWebsocket(target);
      const frames = Buffer.concat(times(10_000, () => textFrame('garbage')));
      for (const until = Date.now() + seconds * 1000; Date.now() < until && socket !== null;) {
        if (socket.destroyed) break;
        if (socket.write(frames)) continue;
        await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), pause(200)]);
      }
      socket?.destroy();
      return [];
    },
  },
  {
    name: 'websocket: 150 creates of 3.9 MB, nothing read',
    run: async (target, seconds) => {
      const socket = await dialWebsocket(target);
      const frame = textFrame(
        JSON.stringify({ type: 'response.create', input: '7'.repeat(3_900_000) }),
      );
      for (let i = 0; i < 150 && socket !== null && !socket.destroyed; i++) socket.write(frame);
      await pause(seconds * 1000);
      socket?.destroy();
      return [];
    },
  },
  {
    name: 'websocket: 16 connections with 250 small creates each',
    run: async (target, seconds) => {
      const sockets = await Promise.all(times(16, () => dialWebsocket(target)));
      const frame = textFrame(
        JSON.stringify({ type: 'response.create', input: 'hi', max_output_tokens: 16 }),
      );
      for (const socket of sockets) {
        socket?.resume();
        for (let i = 0; i < 250; i++) socket?.write(frame);
      }
      await pause(seconds * 1000);
      for (const socket of sockets) socket?.destroy();
      return [];
    },
  },
];
