import { invalidValue } from '../errors/requests.js';
import type { ChatMessage, ReasoningTagPair, TextRange } from './chat-types.js';
import { KNOWN_TAGS } from './reasoning-tags.js';
import { gapsOf, unionOf } from './text-ranges.js';

/** Ends of thoughts that answers are not split by: Gemma 4's, Apriel's, Command's, Apertus's. */
const OTHER_ENDS = ['<channel|>', '[BEGIN FINAL RESPONSE]', '<|END_THINKING|>', '<|inner_suffix|>'];
/** Characters of lost text that an error repeats. */
const ECHO = 40;

export interface ShownMessage {
  readonly message: ChatMessage;
  /** Its place in the request; null: a text of Kinglet's about the request's tools. */
  readonly index: number | null;
  /**
   * The ranges of its content that the rendered text shows, and those that the template took off on
   * purpose (a separator, a prefix that it replaces).
   */
  readonly shown: readonly TextRange[];
}

/**
 * Throws `invalid_value` for the first message whose content did not get into the prompt as a
 * whole. `count`: messages of the request. Whitespace may be missing, and so may the thought of an assistant's message.
 */
export function checkWhole(
  messages: readonly ShownMessage[],
  count: number,
  tags: ReasoningTagPair | null,
): void {
  messages.forEach(({ message, index, shown }) => {
    const { content } = message;
    if (content.trim() === '') return;
    const thought = { start: 0, end: message.role === 'assistant' ? thoughtEnd(content, tags) : 0 };
    const lost = gapsOf(unionOf([thought, ...shown]), content.length).filter(
      ({ start, end }) => content.slice(start, end).trim() !== '',
    );
    const [firstLost] = lost;
    if (firstLost === undefined) return;
    if (index === null) {
      throw invalidValue('tools', "the model's chat template leaves their description out");
    }
    const param = `messages[${index}].content`;
    throw invalidValue(
      param,
      shown.every(({ start, end }) => content.slice(start, end).trim() === '')
        ? `the model's chat template leaves this message (role ` +
            `'${message.role}', number ${index + 1} of ${count}) out of the prompt`
        : `the model's chat template cuts this message, the prompt lacks ` +
            `${JSON.stringify(excerpt(content, firstLost))}`,
    );
  });
}

/** Where the thought that begins an answer is over: after its last closing tag; 0 without one. */
function thoughtEnd(content: string, tags: ReasoningTagPair | null): number {
  const known = [...KNOWN_TAGS, ...(tags === null ? [] : [tags])].map((pair) => pair.end);
  return [...known, ...OTHER_ENDS].reduce((end, tag) => {
    const at = content.lastIndexOf(tag);
    return at < 0 ? end : Math.max(end, at + tag.length);
  }, 0);
}

function excerpt(content: string, { start, end }: TextRange): string {
  const lost = content.slice(start, end).trim();
  if (lost.length <= ECHO) return lost;
  // No half of a surrogate pair.
  return `${lost.slice(0, ECHO).replace(/[\ud800-\udbff]$/, '')}…`;
}
