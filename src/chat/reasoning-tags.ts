import { anyOf } from '../tokenizer/any-of.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import type { ReasoningTagPair } from './chat-types.js';

/** The most usual first. */
const KNOWN_TAGS: readonly ReasoningTagPair[] = [
  { start: '<think>', end: '</think>' },
  { start: '<thinking>', end: '</thinking>' },
  { start: '<reasoning>', end: '</reasoning>' },
  { start: '<thought>', end: '</thought>' },
  { start: '[THINK]', end: '[/THINK]' },
  { start: '<seed:think>', end: '</seed:think>' },
  { start: '◁think▷', end: '◁/think▷' },
];

/** The first known pair of which both tags are in the template or are tokens; else null. */
export function findReasoningTags(
  tokenizer: Pick<Tokenizer, 'chatTemplate' | 'idOf'>,
): ReasoningTagPair | null {
  const has = (tag: string): boolean =>
    (tokenizer.chatTemplate?.includes(tag) ?? false) || tokenizer.idOf(tag) !== null;
  return KNOWN_TAGS.find(({ start, end }) => has(start) && has(end)) ?? null;
}

/**
 * Makes the test whether a rendered prompt ends inside a thought. Only what follows the template's
 * last special token counts: that is the turn which the model goes on with, and no tag that
 * somebody wrote about in an earlier message. In a chat without special tokens nothing but
 * whitespace may follow the tag. Special tokens in messages are guarded at this point, and so not
 * taken for the template's.
 */
export function thoughtOpener(
  { start, end }: ReasoningTagPair,
  specialStrings: readonly string[],
): (rendered: string) => boolean {
  const others = specialStrings.filter((text) => text !== start && text !== end);
  const special = others.length === 0 ? null : anyOf(others, 'g');
  return (rendered) => {
    let turn = 0;
    if (special !== null) {
      for (const match of rendered.matchAll(special)) turn = match.index + match[0].length;
    }
    const tail = rendered.slice(turn);
    const begin = tail.lastIndexOf(start);
    if (begin < 0 || begin < tail.lastIndexOf(end)) return false;
    return turn > 0 || tail.slice(begin + start.length).trim() === '';
  };
}
