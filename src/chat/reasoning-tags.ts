import { anyOf } from '../tokenizer/any-of.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import type { ReasoningTagPair, TextRange } from './chat-types.js';
import { overlaps } from './text-ranges.js';

/** The most usual first. */
export const KNOWN_TAGS: readonly ReasoningTagPair[] = [
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
 * last special token counts: that is the turn that the model continues. In a chat without
 * special tokens nothing but whitespace may follow the tag. `plain` (ascending, disjoint) is what
 * the request wrote: no tag or token that reaches into it counts, but for a message that is
 * continued, which the caller leaves out of `plain`.
 */
export function thoughtOpener(
  { start, end }: ReasoningTagPair,
  specialStrings: readonly string[],
): (text: string, plain: readonly TextRange[]) => boolean {
  const others = specialStrings.filter((string) => string !== start && string !== end);
  const special = others.length === 0 ? null : anyOf(others, 'g');
  return (text, plain) => {
    let turn = 0;
    if (special !== null) {
      special.lastIndex = 0;
      for (let match = special.exec(text); match !== null; match = special.exec(text)) {
        const after = match.index + match[0].length;
        if (overlaps(plain, match.index, after)) special.lastIndex = match.index + 1;
        else turn = after;
      }
    }
    const last = (tag: string): number => {
      for (let at = text.lastIndexOf(tag); at >= turn; at = text.lastIndexOf(tag, at - 1)) {
        if (!overlaps(plain, at, at + tag.length)) return at;
        // lastIndexOf takes a negative position for 0.
        if (at === 0) break;
      }
      return -1;
    };
    const begin = last(start);
    if (begin < 0 || begin < last(end)) return false;
    return turn > 0 || text.slice(begin + start.length).trim() === '';
  };
}
