import { RowStatus, type StepResults } from '../native/addon.js';
import { readTop } from './read-top.js';
import type { Sequence } from './sequence.js';
import type { Draft } from './speculation/draft-source.js';
import type { TextPhase } from './text/sequence-text.js';
import { finishAt, NO_MORE_TOKENS, stopped, stuck } from './text/stop-rules.js';
import type { ChoiceDelta, Finish } from './types.js';

/** What a choice gained in a step. */
export interface ChoiceGain {
  readonly sequence: Sequence;
  readonly delta: ChoiceDelta;
  /** So many of the delta's tokens were drawn; those behind them were written in the model's place. */
  readonly drawn: number;
  /** Where the text was behind each of the delta's tokens. */
  readonly phases: readonly TextPhase[];
}

/**
 * Takes the draws from `first` on into a sequence's text: its next token, and those behind it as long as
 * the draft agrees. Where a thought has to end, what ends it is written in the model's place: behind the
 * token that was its last, or instead of one that came after it.
 */
export function acceptDraws(
  sequence: Sequence,
  draft: Draft | null,
  results: StepResults,
  first: number,
): ChoiceGain {
  const gain = new GrowingGain(sequence);
  if (gain.closeThought()) return gain;
  const drafted = draft?.tokens ?? [];
  for (let i = 0; ; i++) {
    const token = gain.takeDraw(results, first + i);
    if (gain.ended || gain.closeThought() || token !== drafted[i]) return gain;
    // Fails in the next step, whose first draw it will be.
    if (results.drawStatus[first + i + 1] !== RowStatus.ok) return gain;
  }
}

/** A request for no tokens ends with its prompt. */
export function endedPrompt(sequence: Sequence): ChoiceGain {
  const gain = new GrowingGain(sequence);
  gain.delta.finish = NO_MORE_TOKENS;
  return gain;
}

type Growing<T> = {
  -readonly [Key in keyof T]: T[Key] extends readonly (infer E)[] ? E[] : T[Key];
};

class GrowingGain implements ChoiceGain {
  readonly sequence: Sequence;
  readonly delta: Growing<ChoiceDelta>;
  drawn = 0;
  readonly phases: TextPhase[] = [];

  constructor(sequence: Sequence) {
    this.sequence = sequence;
    this.delta = {
      choice: sequence.choice,
      text: '',
      reasoning: '',
      tokenIds: [],
      logprobs: [],
      thoughtEnd: null,
      finish: null,
    };
  }

  get ended(): boolean {
    return this.delta.finish !== null;
  }

  /** Tokens of the choice, with those of this step. */
  get #generated(): number {
    return this.sequence.generated.length + this.delta.tokenIds.length;
  }

  /** Takes draw `d`; the token that it is. */
  takeDraw(results: StepResults, d: number): number {
    const token = results.drawTokens[d]!;
    const { text, rules, grammar } = this.sequence;
    const before = text.phase;
    // A grammar lets an end through only where the answer may end, however few its tokens.
    const whole = grammar?.begun === true && rules.eosIds.includes(token);
    const byId = whole ? stopped(null) : finishAt(rules, token, this.#generated + 1);
    // A token that ends the answer by its id is no text.
    const matched = byId?.reason === 'stop' ? null : this.#read(token);
    this.#addLogprobs(results, d, token);
    this.#push(token);
    this.drawn++;
    if (before === 'thought' && text.phase === 'thought') this.sequence.thought?.drawn();
    let finish = matched === null ? byId : stopped(matched);
    if (this.sequence.repetition?.push(token) === true) finish ??= this.#stuck();
    if (finish !== null) this.#finish(finish);
    this.#noteThought(before, finish);
    return token;
  }

  /** Ends a thought that has to end here; whether it did. */
  closeThought(): boolean {
    const { thought, repetition, rules, text, request } = this.sequence;
    const by = thought?.due(this.#generated) ?? null;
    if (thought === null || by === null) return false;
    for (const token of thought.closing(this.#generated)) {
      this.#read(token);
      repetition?.push(token);
      this.#push(token);
      // It was certain.
      const certain = { id: token, logprob: 0, top: [], part: text.part };
      if (request.generation.topLogprobs !== null) this.delta.logprobs.push(certain);
    }
    this.delta.thoughtEnd = { by, tokens: thought.tokens };
    if (this.#generated >= rules.maxTokens) this.#finish(NO_MORE_TOKENS);
    return true;
  }

  #push(token: number): void {
    this.delta.tokenIds.push(token);
    this.phases.push(this.sequence.text.phase);
  }

  /** Gives a token to the text; the stop string that it completed. */
  #read(token: number): string | null {
    const { text, reasoning, stopMatched } = this.sequence.text.accept(token);
    this.delta.text += text;
    this.delta.reasoning += reasoning;
    return stopMatched;
  }

  /** A thought that is stuck has to end, an answer ends with it; null: nothing ends yet. */
  #stuck(): Finish | null {
    const { text, thought, rules, grammar } = this.sequence;
    if (text.phase === 'thought' && thought?.ask('repetition') === true) return null;
    return this.#generated > rules.minTokens ? stuck(grammar !== null) : null;
  }

  #finish(finish: Finish): void {
    const { text, reasoning, stopMatched } = this.sequence.text.finish();
    this.delta.text += text;
    this.delta.reasoning += reasoning;
    this.delta.finish = stopMatched === null ? finish : stopped(stopMatched);
  }

  /** What the choice's last token did to its thought; `before` it the text was in that phase. */
  #noteThought(before: TextPhase, finish: Finish | null): void {
    const { text, thought } = this.sequence;
    const { phase } = text;
    const inside = phase === 'thought';
    if (thought === null || (inside ? finish === null : !opens(before) || !behind(phase))) return;
    if (text.reasoningTokens === 0) return;
    const spent = inside && finish?.reason === 'length';
    this.delta.thoughtEnd = { by: spent ? 'budget' : 'model', tokens: thought.tokens };
  }

  #addLogprobs(results: StepResults, d: number, id: number): void {
    const { topLogprobs } = this.sequence.request.generation;
    if (topLogprobs === null) return;
    const { drawLogprobs, drawTopIds, drawTopLogprobs } = results;
    this.delta.logprobs.push({
      id,
      logprob: drawLogprobs[d]!,
      top: readTop(drawTopIds, drawTopLogprobs, d, topLogprobs),
      part: this.sequence.text.part,
    });
  }
}

/** A thought is open, or may be opened. */
const opens = (phase: TextPhase): boolean => phase === 'thought' || phase === 'lead';
/** A thought that there was is over. */
const behind = (phase: TextPhase): boolean => phase === 'gap' || phase === 'answer';
