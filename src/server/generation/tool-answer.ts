import type { ChoiceDelta, FinishReason } from '../../engine/types.js';
import { CallParser } from '../../tools/parse/call-parser.js';
import type { CallEvent } from '../../tools/parse/reader.js';
import type { ToolPlan } from '../../tools/tool-plan.js';
import { newId } from './request.js';

/** A part of an answer, in its order; `index` counts the calls. */
export type AnswerPiece =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'call'; readonly index: number; readonly id: string; readonly name: string }
  | { readonly type: 'arguments'; readonly index: number; readonly text: string }
  | { readonly type: 'end'; readonly index: number; readonly whole: boolean };

/** The text of one choice, taken apart into words and calls while it comes. */
export class ToolAnswer {
  readonly #parser: CallParser | null;
  #calls = 0;

  /** Without a plan all is words. */
  constructor(plan: ToolPlan | null) {
    this.#parser =
      plan === null
        ? null
        : new CallParser({
            format: plan.family.format,
            names: new Set(plan.callable.map(({ name }) => name)),
            parallel: plan.parallel,
          });
  }

  /** The model has called a tool. */
  get called(): boolean {
    return this.#calls > 0;
  }

  /** What a step made certain; with the choice's finish, all that is left. */
  read({ text, finish }: Pick<ChoiceDelta, 'text' | 'finish'>): AnswerPiece[] {
    const parser = this.#parser;
    if (parser === null) return text === '' ? [] : [{ type: 'text', text }];
    const events = parser.push(text);
    if (finish !== null) events.push(...parser.finish());
    return events.map((event) => this.#piece(event));
  }

  #piece(event: CallEvent): AnswerPiece {
    switch (event.type) {
      case 'text':
        return event;
      case 'call':
        return { type: 'call', index: this.#calls++, id: newId('call'), name: event.name };
      case 'arguments':
        return { type: 'arguments', index: this.#calls - 1, text: event.text };
      case 'end':
        return { type: 'end', index: this.#calls - 1, whole: event.whole };
    }
  }
}

/** A call of an answer that is there as a whole. */
export interface AnsweredCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

/** An answer's words and calls. */
export interface AnsweredParts {
  readonly text: string;
  readonly calls: readonly AnsweredCall[];
}

/** Takes a whole answer apart. */
export function answeredParts(
  plan: ToolPlan | null,
  { text, finish }: { readonly text: string; readonly finish: FinishReason },
): AnsweredParts {
  const whole = { text, finish: { reason: finish, matched: null, repetition: false } };
  return joinedParts(new ToolAnswer(plan).read(whole));
}

/** Pieces put together. */
export function joinedParts(pieces: readonly AnswerPiece[]): AnsweredParts {
  let text = '';
  const calls: { id: string; name: string; arguments: string }[] = [];
  for (const piece of pieces) {
    if (piece.type === 'text') text += piece.text;
    else if (piece.type === 'call') calls.push({ id: piece.id, name: piece.name, arguments: '' });
    else if (piece.type === 'arguments') {
      const call = calls[piece.index];
      if (call !== undefined) call.arguments += piece.text;
    }
  }
  return { text, calls };
}
