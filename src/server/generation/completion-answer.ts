import type { ChoiceDelta, RequestUsage, TokenLogprob } from '../../engine/types.js';
import { answeredName, type ServedModel } from '../served-model.js';
import type { SseBody } from '../sse-body.js';
import { ChunkWriter } from './chunk-writer.js';
import type { Collected } from './collect.js';
import { CompletionLogprobs, type ScoredToken } from './completion-logprobs.js';
import { merge } from './merge.js';
import type { GenerationEvent } from './measured-events.js';
import { ChunkUsage, NO_USAGE, sumUsage, usageObject, type UsageOptions } from './usage.js';

/** A prompt as it can be given back. */
export interface EchoablePrompt {
  readonly ids: Int32Array;
  /** The request field that it came from, for errors. */
  readonly field: string;
  /** Leading tokens that were added to it and are not in its text. */
  readonly added: number;
  readonly text: () => string;
}

/** A prompt with what was generated for it. */
export interface AnsweredPrompt extends Collected {
  readonly prompt: EchoablePrompt;
}

/** A prompt with what is being generated for it. */
export interface PromptEvents {
  readonly prompt: EchoablePrompt;
  readonly events: AsyncIterable<GenerationEvent>;
}

/** What of a completion request shapes its answer. */
export interface CompletionAnswerFields {
  model?: string;
  n?: number;
  echo?: boolean;
  logprobs?: number;
  stream_options?: UsageOptions;
}

/** Writes engine events as text_completion objects; prompt i's choices are i * n, i * n + 1, … */
export class CompletionAnswer {
  readonly #model: ServedModel;
  readonly #fields: CompletionAnswerFields;
  readonly #head;
  readonly #n: number;

  constructor(model: ServedModel, fields: CompletionAnswerFields, id: string) {
    this.#model = model;
    this.#fields = fields;
    this.#n = fields.n ?? 1;
    this.#head = {
      id,
      object: 'text_completion',
      created: Math.floor(Date.now() / 1000),
      model: answeredName(model, fields.model),
      system_fingerprint: model.fingerprint,
    };
  }

  whole(prompts: readonly AnsweredPrompt[]) {
    const choices = prompts.flatMap(({ prompt, choices, promptScores }, i) =>
      choices.map((choice, j) => {
        const tokens = [
          ...this.echoedTokens(prompt, promptScores),
          ...choice.logprobs.map((scores) => ({ id: scores.id, scores })),
        ];
        return {
          index: i * this.#n + j,
          text: this.echoedText(prompt) + choice.text,
          logprobs: this.logprobsOf(prompt)?.add(tokens) ?? null,
          finish_reason: choice.finish,
        };
      }),
    );
    const usage = prompts.reduce((sum, each) => sumUsage(sum, each.usage), NO_USAGE);
    return { ...this.#head, choices, usage: usageObject(usage) };
  }

  /** Streams chunks, in the order in which the prompts' choices gain something, last the usage. */
  async stream(body: SseBody, prompts: readonly PromptEvents[]): Promise<void> {
    const writer = new ChunkWriter(this.#head);
    const sources = prompts.map(
      ({ prompt, events }, i) =>
        [new PromptChunks(this, writer, prompt, i * this.#n), events] as const,
    );
    let usage: RequestUsage = NO_USAGE;
    await body.sendEach(merge(sources), ([chunks, event]) => {
      if (event.type === 'end') usage = sumUsage(usage, event.usage);
      return chunks.of(event);
    });
    if (this.#fields.stream_options?.include_usage === true)
      await body.send(writer.writeUsage(usageObject(usage)));
  }

  choicesPerPrompt(): number {
    return this.#n;
  }

  echoedText(prompt: EchoablePrompt): string {
    return this.#fields.echo === true ? prompt.text() : '';
  }

  /** The prompt's tokens where they are echoed; the first has no score. */
  echoedTokens({ ids }: EchoablePrompt, scores: readonly TokenLogprob[] | null): ScoredToken[] {
    if (this.#fields.echo !== true || this.#fields.logprobs === undefined) return [];
    return Array.from(ids, (id, k) => ({
      id,
      scores: k === 0 ? null : (scores?.[k - 1] ?? null),
    }));
  }

  /** Where the log-probabilities of a choice are put together, or null where none are wanted. */
  logprobsOf({ ids, added }: EchoablePrompt): CompletionLogprobs | null {
    const { logprobs, echo } = this.#fields;
    if (logprobs === undefined) return null;
    const echoed = echo === true ? ids.length : 0;
    return new CompletionLogprobs(
      this.#model.tokenizer,
      logprobs,
      (index) => index >= added && index < echoed,
    );
  }

  /** The token counts that a prompt's chunks carry. */
  chunkUsage({ ids }: EchoablePrompt): ChunkUsage {
    return new ChunkUsage(this.#fields.stream_options, ids.length);
  }
}

/** The choices of one prompt while they are streamed. */
class PromptChunks {
  readonly #answer: CompletionAnswer;
  readonly #writer: ChunkWriter;
  readonly #prompt: EchoablePrompt;
  readonly #firstIndex: number;
  readonly #logprobs;
  readonly #usage;
  readonly #open: Set<number>;
  #echoed = false;
  #scores: readonly TokenLogprob[] | null = null;

  /** `firstIndex` is the index of the prompt's first choice in the answer. */
  constructor(
    answer: CompletionAnswer,
    writer: ChunkWriter,
    prompt: EchoablePrompt,
    firstIndex: number,
  ) {
    this.#answer = answer;
    this.#writer = writer;
    this.#prompt = prompt;
    this.#firstIndex = firstIndex;
    const n = answer.choicesPerPrompt();
    this.#logprobs = Array.from({ length: n }, () => answer.logprobsOf(prompt));
    this.#usage = answer.chunkUsage(prompt);
    this.#open = new Set(this.#logprobs.keys());
  }

  /** What an event adds to the choices, as JSON. */
  of(event: GenerationEvent): string[] {
    switch (event.type) {
      case 'started':
        return [];
      case 'promptScores':
        this.#scores = event.scores;
        return [];
      case 'delta':
        return [...this.#echo(), ...this.#pieces(event.delta)];
      case 'end':
        // With max_tokens 0 there is no delta that could carry the finish.
        return [
          ...this.#echo(),
          ...Array.from(this.#open, (j) => this.#chunk(j, '', [], 'length')),
        ];
    }
  }

  #pieces(delta: ChoiceDelta): string[] {
    const { choice, text, logprobs, finish } = delta;
    this.#usage.add(delta);
    const scored = this.#logprobs[choice] !== null && logprobs.length > 0;
    if (text === '' && !scored && finish === null) return [];
    if (finish !== null) this.#open.delete(choice);
    const tokens = logprobs.map((scores) => ({ id: scores.id, scores }));
    return [this.#chunk(choice, text, tokens, finish?.reason ?? null)];
  }

  /** Once: the prompt of every choice. */
  #echo(): string[] {
    if (this.#echoed) return [];
    this.#echoed = true;
    const text = this.#answer.echoedText(this.#prompt);
    const tokens = this.#answer.echoedTokens(this.#prompt, this.#scores);
    if (text === '' && tokens.length === 0) return [];
    return Array.from(this.#logprobs.keys(), (j) => this.#chunk(j, text, tokens, null));
  }

  #chunk(j: number, text: string, tokens: readonly ScoredToken[], finish: string | null): string {
    const choice = {
      index: this.#firstIndex + j,
      text,
      logprobs: tokens.length === 0 ? null : (this.#logprobs[j]?.add(tokens) ?? null),
      finish_reason: finish,
    };
    return this.#writer.write(choice, this.#usage.of(j));
  }
}
