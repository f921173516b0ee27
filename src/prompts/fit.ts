import { KingletError } from '../errors.js';

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
  return new KingletError(
    'context_length_exceeded',
    `This model's maximum context length is ${contextLength} tokens. However, your prompt of ` +
      `${bytes} bytes has at least ${atLeast} tokens. Please shorten the ${field}.`,
    { param: field },
  );
}
