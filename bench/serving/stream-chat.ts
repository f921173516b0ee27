/** A client that streams one chat, on a connection of its own. */
import { request, type IncomingMessage } from 'node:http';

/** Times are those of performance.now(). `stamps` grows while the answer arrives. */
export interface Chat {
  readonly sentAt: number;
  /** When each piece of text arrived. */
  readonly stamps: number[];
  /** Once the answer has ended. */
  usage: Usage | null;
}

interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly prompt_tokens_details?: { readonly cached_tokens?: number };
}

interface Chunk {
  readonly usage?: Usage | null;
  readonly choices?: readonly {
    readonly delta?: {
      readonly content?: string | null;
      readonly reasoning_content?: string | null;
    };
  }[];
  readonly error?: { readonly message: string };
}

/** The name under which bench/server has its servers serve. */
export const MODEL_NAME = 'bench';

/**
 * Sends one message and asks for an answer of exactly `maxTokens` tokens. The chat is there at once;
 * `ended` rejects where the server answers with an error.
 */
export function streamChat(
  origin: string,
  content: string,
  maxTokens: number,
): { readonly chat: Chat; readonly ended: Promise<void> } {
  const chat: Chat = { sentAt: performance.now(), stamps: [], usage: null };
  const body = JSON.stringify({
    model: MODEL_NAME,
    messages: [{ role: 'user', content }],
    max_tokens: maxTokens,
    temperature: 0,
    ignore_eos: true,
    stream: true,
    stream_options: { include_usage: true },
  });
  const ended = new Promise<void>((resolve, reject) => {
    const call = request(`${origin}/v1/chat/completions`, {
      method: 'POST',
      agent: false,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    });
    call.on('response', (response) => {
      readAnswer(response, chat).then(resolve, reject);
    });
    call.on('error', reject);
    call.end(body);
  });
  return { chat, ended };
}

function readAnswer(response: IncomingMessage, chat: Chat): Promise<void> {
  response.setEncoding('utf8');
  let rest = '';
  return new Promise((resolve, reject) => {
    response.on('data', (text: string) => {
      const now = performance.now();
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      if (response.statusCode !== 200) return;
      try {
        for (const line of lines) {
          if (line.startsWith('data: {')) readChunk(JSON.parse(line.slice(6)) as Chunk, chat, now);
        }
      } catch (error) {
        response.destroy(error as Error);
      }
    });
    response.on('error', reject);
    response.on('end', () => {
      if (response.statusCode !== 200) {
        reject(new Error(`a chat got ${response.statusCode}: ${rest}`));
      } else if (chat.usage === null) {
        reject(new Error('an answer ended without its usage'));
      } else {
        resolve();
      }
    });
  });
}

function readChunk({ usage, choices, error }: Chunk, chat: Chat, now: number): void {
  if (error !== undefined) throw new Error(`an answer ended with an error: ${error.message}`);
  if (usage) chat.usage = usage;
  const delta = choices?.[0]?.delta;
  if (delta?.content || delta?.reasoning_content) chat.stamps.push(now);
}

/** Tokens of prompt and answer; those of the prompt without what came from the prefix cache. */
export interface ChatTokens {
  readonly prompt: number;
  readonly answer: number;
}

/** What had come by `until` of a chat that has ended since. */
export function tokensUntil({ stamps, usage }: Chat, until: number): ChatTokens {
  const come = stamps.filter((stamp) => stamp <= until).length;
  if (usage === null || come === 0) return { prompt: 0, answer: 0 };
  return {
    prompt: usage.prompt_tokens - (usage.prompt_tokens_details?.cached_tokens ?? 0),
    answer: (usage.completion_tokens * come) / stamps.length,
  };
}

/** Milliseconds to the first piece of text; NaN where none came. */
export function firstTokenMs({ sentAt, stamps: [first] }: Chat): number {
  return first === undefined ? NaN : first - sentAt;
}

/** Milliseconds between a piece of text and the one before. */
export function gapsOf({ stamps }: Chat): number[] {
  return stamps.slice(1).map((stamp, i) => stamp - (stamps[i] ?? stamp));
}
