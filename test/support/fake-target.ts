/** A target that a test answers for. */
import type { Target } from '../../src/eval/target/target.js';

interface Asked {
  readonly path: string;
  readonly body: Record<string, unknown>;
}

export interface FakeTarget extends Target {
  /** In the order in which they came. */
  readonly asked: Asked[];
  closed: boolean;
}

export function fakeTarget(
  answer: (body: Record<string, unknown>, path: string) => unknown,
  identity: Record<string, unknown> = { model: 'fake' },
): FakeTarget {
  const asked: Asked[] = [];
  return {
    model: 'fake',
    identity,
    isHere: true,
    asked,
    closed: false,
    async post(path, body) {
      asked.push({ path, body: body as Record<string, unknown> });
      await Promise.resolve();
      return answer(body as Record<string, unknown>, path);
    },
    async close() {
      this.closed = true;
    },
  };
}

/** A chat completion of these contents, each of ten tokens. */
export function chatAnswer(...contents: readonly (string | Record<string, unknown>)[]): object {
  return {
    choices: contents.map((content) => {
      const choice = { finish_reason: 'stop', message: { content } };
      return typeof content === 'string' ? choice : { ...choice, ...content };
    }),
    usage: { completion_tokens: 10 * contents.length },
  };
}

/** What a server with a token a character, and BOS where it adds one, echoes. */
export function echoAnswer(
  prompts: readonly string[],
  logprob: (character: string, before: string) => number,
  bos = false,
): object {
  const scored = (text: string) =>
    [...text].map((character, i) =>
      i === 0 && !bos ? null : logprob(character, text.slice(0, i)),
    );
  return {
    choices: prompts.map((text, index) => ({
      index,
      text,
      logprobs: { token_logprobs: bos ? [null, ...scored(text)] : scored(text) },
    })),
  };
}
