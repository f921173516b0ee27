import type { ReasoningField } from '../../config.js';
import type { ChoiceDelta, ThoughtEnd } from '../../engine/types.js';
import type { Tokenizer } from '../../tokenizer/tokenizer.js';
import type { ToolPlan } from '../../tools/tool-plan.js';
import type { VotedEvent } from '../voting/voted-events.js';
import type { CallShape } from './call-shape.js';
import { chatLogprobs } from './chat-logprobs.js';
import type { ChunkWriter } from './chunk-writer.js';
import { endingFields } from './ending-fields.js';
import { type AnswerPiece, ToolAnswer } from './tool-answer.js';
import { usageObject, type ChunkUsage } from './usage.js';

/** A thought under the names that --reasoning-field asks for. */
export function reasoningFields(field: ReasoningField, text: string): Record<string, string> {
  return {
    ...(field !== 'reasoning' && { reasoning_content: text }),
    ...(field !== 'reasoning_content' && { reasoning: text }),
  };
}

export interface ChatChunkOptions {
  readonly reasoningField: ReasoningField;
  /** Of the model where log-probabilities are wanted, else null. */
  readonly scoredWith: Tokenizer | null;
  /** Whether the last chunk has the usage. */
  readonly usageAtEnd: boolean;
  readonly tools: ToolPlan | null;
  readonly calls: CallShape;
}

/** Engine events as chat.completion.chunk objects, written as JSON. */
export class ChatChunks {
  readonly #writer: ChunkWriter;
  readonly #usage: ChunkUsage;
  readonly #options: ChatChunkOptions;
  /** By choice. */
  readonly #answers = new Map<number, ToolAnswer>();
  /** By choice: how its thought ended. */
  readonly #thoughtEnds = new Map<number, ThoughtEnd>();

  constructor(writer: ChunkWriter, usage: ChunkUsage, options: ChatChunkOptions) {
    this.#writer = writer;
    this.#usage = usage;
    this.#options = options;
  }

  /** What a choice begins with. */
  role(index: number): string {
    return this.#chunk(index, { role: 'assistant', content: '', refusal: null });
  }

  of(event: VotedEvent): string[] {
    switch (event.type) {
      case 'delta':
        return this.#pieces(event.delta);
      case 'end':
        return this.#options.usageAtEnd ? [this.#writer.writeUsage(usageObject(event.usage))] : [];
      case 'voteProgress':
      case 'vote':
        return [this.#writer.writeVote(event.vote, this.#usage.of(0))];
      case 'started':
      case 'promptScores':
        return [];
    }
  }

  #pieces(delta: ChoiceDelta): string[] {
    const { choice, reasoning, thoughtEnd, finish } = delta;
    this.#usage.add(delta);
    if (thoughtEnd !== null) this.#thoughtEnds.set(choice, thoughtEnd.by);
    const answer = this.#answerOf(choice);
    const logprobs = this.#logprobs(delta);
    const deltas = this.#deltas(reasoning, answer.read(delta));
    if (deltas.length === 0 && logprobs !== null) deltas.push({ content: '' });
    const pieces = deltas.map((each, i) => this.#chunk(choice, each, i === 0 ? logprobs : null));
    if (finish !== null) {
      const reason = this.#options.calls.finishReason(finish.reason, answer.called);
      const ending = endingFields(finish.repetition, this.#thoughtEnds.get(choice) ?? null);
      pieces.push(this.#chunk(choice, {}, null, reason, ending));
    }
    return pieces;
  }

  #answerOf(choice: number): ToolAnswer {
    const known = this.#answers.get(choice);
    if (known !== undefined) return known;
    const answer = new ToolAnswer(this.#options.tools);
    this.#answers.set(choice, answer);
    return answer;
  }

  /** A chunk for each piece; words go with the thought before them. */
  #deltas(reasoning: string, pieces: readonly AnswerPiece[]): object[] {
    const { reasoningField, calls } = this.#options;
    const thought = reasoning === '' ? null : reasoningFields(reasoningField, reasoning);
    const deltas = pieces.flatMap((piece) =>
      piece.type === 'text' ? [{ content: piece.text }] : calls.piece(piece),
    );
    if (thought === null) return deltas;
    const [first] = pieces;
    return first?.type === 'text'
      ? [{ ...thought, content: first.text }, ...deltas.slice(1)]
      : [thought, ...deltas];
  }

  #logprobs({ logprobs }: ChoiceDelta): object | null {
    const { scoredWith } = this.#options;
    return scoredWith === null || logprobs.length === 0 ? null : chatLogprobs(scoredWith, logprobs);
  }

  #chunk(
    index: number,
    delta: object,
    logprobs: object | null = null,
    finishReason: string | null = null,
    ending: object = {},
  ): string {
    const choice = { index, delta, logprobs, finish_reason: finishReason, ...ending };
    return this.#writer.write(choice, this.#usage.of(index));
  }
}
