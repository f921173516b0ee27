import type { KingletError } from '../errors.js';
import { contextLengthExceeded } from '../errors/requests.js';

/** What is known of a text that doesn't fit into the context. */
export interface Oversize {
  /** UTF-8 bytes of the text. */
  readonly bytes: number;
  /** Tokens that it has, at least. */
  readonly atLeast: number;
  readonly contextLength: number;
  /** The request field that it came from. */
  readonly field: string;
}

/** The error of a prompt that is too long for the context, of which not every token was counted. */
export function contextExceeded({ bytes, atLeast, contextLength, field }: Oversize): KingletError {
  return contextLengthExceeded(
    contextLength,
    `your prompt of ${bytes} bytes has at least ${atLeast} tokens`,
    { promptField: field, answerField: null },
  );
}
