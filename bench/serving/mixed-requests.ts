/** A mix of all that clients send: what bench/server --memory asks of a server. */
import { randomWords, wordsFor, type PromptLength } from './random-prompts.js';
import { MODEL_NAME } from './stream-chat.js';

/** Tokens of prompts, each length as likely as twice of it; and of answers. */
const LEAST_PROMPT = 5;
const MOST_PROMPT = 1000;
const MOST_ANSWER = 32;
/** One prompt in so many goes on from one of the last few. */
const CONTINUED = 4;
const REMEMBERED = 64;

export interface HttpRequest {
  readonly kind: 'http';
  readonly path: string;
  readonly contentType: string;
  readonly body: string;
  /** The answer's status. */
  readonly expected: number;
  /** When the client goes: never, once a piece of the answer is there, or after milliseconds. */
  readonly leaves: 'never' | 'first piece' | number;
}

export interface WebsocketRequest {
  readonly kind: 'websocket';
  /** Sent one after the other's answer. */
  readonly frames: readonly string[];
}

type MixedRequest = HttpRequest | WebsocketRequest;

/** Of a hundred requests, how many are of a kind. */
const SHARES = {
  chat: 15,
  'streamed chat': 18,
  completion: 9,
  'streamed completion': 9,
  'several choices': 6,
  'log-probabilities': 8,
  'stop strings': 6,
  'left while it streamed': 5,
  'left before the answer': 3,
  websocket: 6,
  tokenize: 5,
  detokenize: 4,
  refused: 6,
} as const;
type MixedKind = keyof typeof SHARES;

const ORDER = Object.entries(SHARES).flatMap(([kind, share]) =>
  Array.from({ length: share }, () => kind as MixedKind),
);
/** Has no factor in common with their number, so that each hundred requests have every share. */
const STRIDE = 37;

export class RequestMix {
  readonly #length: PromptLength;
  readonly #prompts: string[] = [];
  #refused = 0;

  /** `length` says how words become tokens. */
  constructor(length: PromptLength) {
    this.#length = length;
  }

  /** Request `index`, from 0 on. */
  at(index: number): MixedRequest {
    const kind = ORDER[(index * STRIDE) % ORDER.length] ?? 'chat';
    return this.#make(kind);
  }

  #make(kind: MixedKind): MixedRequest {
    switch (kind) {
      case 'chat':
        return this.#chat({});
      case 'streamed chat':
        return this.#chat({ stream: true, stream_options: { include_usage: true } });
      case 'completion':
        return this.#completion({});
      case 'streamed completion':
        return this.#completion({ stream: true });
      case 'several choices':
        return this.#chat({ n: between(2, 4), stream: chance(), temperature: 1 });
      case 'log-probabilities':
        return chance()
          ? this.#chat({ logprobs: true, top_logprobs: 5, stream: chance() })
          : this.#completion({ logprobs: 3, echo: chance() });
      case 'stop strings':
        return this.#chat({ stop: ['e', ' the', '\n\n'], ignore_eos: false, stream: chance() });
      case 'left while it streamed':
        return { ...this.#chat({ stream: true }), leaves: 'first piece' };
      case 'left before the answer':
        return { ...this.#chat({}), leaves: between(0, 100) };
      case 'websocket':
        return this.#websocket();
      case 'tokenize':
        return post('/tokenize', { prompt: this.#prompt(), return_token_strs: chance() });
      case 'detokenize':
        return post('/detokenize', {
          tokens: Array.from({ length: between(1, MOST_PROMPT) }, () => between(0, 255)),
        });
      case 'refused':
        return this.#refusedRequest();
    }
  }

  #chat(fields: Readonly<Record<string, unknown>>): HttpRequest {
    return post('/v1/chat/completions', {
      messages: [
        ...(chance() ? [{ role: 'system', content: 'You answer.' }] : []),
        { role: 'user', content: this.#prompt() },
      ],
      ...answerFields(),
      ...fields,
    });
  }

  #completion(fields: Readonly<Record<string, unknown>>): HttpRequest {
    return post('/v1/completions', { prompt: this.#prompt(), ...answerFields(), ...fields });
  }

  #websocket(): WebsocketRequest {
    const frames = Array.from({ length: between(1, 3) }, () =>
      JSON.stringify({
        type: 'response.create',
        model: MODEL_NAME,
        input: this.#prompt(),
        max_output_tokens: between(1, MOST_ANSWER),
      }),
    );
    return { kind: 'websocket', frames };
  }

  /** Random words, a quarter of the time behind an earlier prompt's. */
  #prompt(): string {
    const tokens = LEAST_PROMPT * (MOST_PROMPT / LEAST_PROMPT) ** Math.random();
    const words = wordsFor(Math.round(tokens), this.#length);
    const earlier = between(1, CONTINUED) === 1 ? this.#prompts[between(0, REMEMBERED - 1)] : '';
    const known = (earlier ?? '')
      .split(' ')
      .slice(0, Math.floor(words / 2))
      .join(' ');
    const prompt = `${known} ${randomWords(words - (known === '' ? 0 : Math.floor(words / 2)))}`;
    this.#prompts[between(0, REMEMBERED - 1)] = prompt;
    return prompt.trim();
  }

  /** A body that is told no, each time for another reason. */
  #refusedRequest(): HttpRequest {
    const messages = [{ role: 'user', content: this.#prompt() }];
    const chat = (fields: Readonly<Record<string, unknown>>): HttpRequest => ({
      ...post('/v1/chat/completions', { messages, ...fields }),
      expected: 400,
    });
    const refusals: (() => HttpRequest)[] = [
      () => ({ ...chat({}), body: JSON.stringify({ messages }).slice(0, -1) }),
      () => chat({ [randomWords(1)]: randomWords(1000) }),
      () => chat({ messages: [] }),
      () => chat({ messages: [{ role: 'user', content: 7 }] }),
      () => chat({ temperature: 'hot' }),
      () => chat({ max_tokens: 2 ** 30 }),
      () => chat({ tools: [{ type: 'custom', custom: { name: randomWords(1) } }] }),
      () => ({ ...chat({}), body: '['.repeat(1000) }),
      () => ({ ...chat({ model: randomWords(2) }), expected: 404 }),
      () => ({ ...chat({}), contentType: 'text/plain', expected: 415 }),
    ];
    const refusal = refusals[this.#refused++ % refusals.length];
    return refusal === undefined ? chat({ n: 0 }) : refusal();
  }
}

function answerFields(): Record<string, unknown> {
  return {
    max_tokens: between(1, MOST_ANSWER),
    ignore_eos: true,
    temperature: chance() ? 0 : 0.8,
  };
}

function post(path: string, body: Readonly<Record<string, unknown>>): HttpRequest {
  return {
    ...{ kind: 'http', path, contentType: 'application/json', expected: 200, leaves: 'never' },
    body: JSON.stringify({ model: MODEL_NAME, ...body }),
  };
}

const chance = (): boolean => Math.random() < 0.5;

/** An integer from `least` to `most`, both included. */
function between(least: number, most: number): number {
  return least + Math.floor(Math.random() * (most - least + 1));
}
