/** A client that streams an answer and notes how fast it came. */
import { MODEL_NAME } from '../serving/stream-chat.js';
import type { Task } from './tasks.js';

export interface TimedAnswer {
  readonly text: string;
  /** From the request to the end of the stream. */
  readonly tokensPerSecond: number;
}

interface Chunk {
  readonly choices: readonly { readonly delta: { readonly content?: string | null } }[];
  readonly usage?: { readonly completion_tokens: number } | null;
}

/** Throws where the server answers with an error. */
export async function ask(
  origin: string,
  { messages, temperature }: Task,
  maxTokens: number,
  seed: number,
): Promise<TimedAnswer> {
  const sentAt = performance.now();
  const goesOn = messages.at(-1)?.role === 'assistant';
  const response = await fetch(`${origin}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...{ model: MODEL_NAME, messages, temperature, seed, max_tokens: maxTokens },
      ...(goesOn ? { continue_final_message: true, add_generation_prompt: false } : {}),
      stream: true,
      stream_options: { include_usage: true },
    }),
  });
  if (!response.ok || response.body === null) {
    throw new Error(`a chat got ${response.status}: ${await response.text()}`);
  }
  let [text, rest, tokens] = ['', '', 0];
  for await (const bytes of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + bytes).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines.filter((each) => each.startsWith('data: {'))) {
      const { choices, usage } = JSON.parse(line.slice(6)) as Chunk;
      tokens = usage?.completion_tokens ?? tokens;
      text += choices[0]?.delta.content ?? '';
    }
  }
  if (tokens === 0) throw new Error('an answer has no tokens');
  return { text, tokensPerSecond: (tokens * 1000) / (performance.now() - sentAt) };
}
