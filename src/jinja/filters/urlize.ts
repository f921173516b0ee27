import type { RenderState } from '../render-state.js';
import { forceEscape } from '../text/escape.js';
import { isSafe, type Str, textOf, sliceStr } from '../text/text.js';
import { TextBuilder } from '../text/text-builder.js';
import { WHITESPACE } from '../text/whitespace.js';

export interface Links {
  /** Longer addresses are shown cut. */
  readonly limit: number | null;
  readonly nofollow: boolean;
  readonly target: string | null;
  readonly rel: string | null;
}

const WEB =
  /^(?:https?:\/\/|www\.)(?:[^\s/?#.]+\.)*[^\s/?#.]+(?::\d{1,5})?(?:[/?#]\S*)?$|^[\w-]+(?:\.[\w-]+)*\.(?:com|net|int|edu|gov|org|info|mil)(?::\d{1,5})?(?:[/?#]\S*)?$/i;
const MAIL = /^(?:mailto:)?[^\s@]+@[\w.-]+\.[\w]+$/;
const HEAD = /^(?:[(<]|&lt;)+/;

/** jinja2's urlize: web and mail addresses in escaped text become links. */
export function urlize(state: RenderState, value: Str, links: Links): Str {
  const escaped = isSafe(value) ? value : forceEscape(state, value);
  const text = textOf(escaped);
  state.chargeText(32 * text.length);
  const rels = new Set((links.rel ?? '').split(/\s+/).filter(Boolean));
  if (links.nofollow) rels.add('nofollow');
  rels.add('noopener');
  const rel = ` rel="${[...rels].sort().join(' ')}"`;
  const target = links.target === null ? '' : ` target="${links.target}"`;
  const out = new TextBuilder(state);
  for (const match of text.matchAll(new RegExp(`[${WHITESPACE}]+|[^${WHITESPACE}]+`, 'g'))) {
    const [word] = match;
    const head = HEAD.exec(word)?.[0].length ?? 0;
    const tail = tailLength(word, head);
    const from = match.index + head;
    const to = match.index + word.length - tail;
    const middle = text.slice(from, to);
    out.range(escaped, match.index, from);
    const href = address(middle);
    if (href === null) {
      out.range(escaped, from, to);
    } else {
      const mail = href.startsWith('mailto:');
      out.plain(`<a href="${href}"${mail ? '' : rel + target}>`);
      const shown = middle.startsWith('mailto:') ? from + 'mailto:'.length : from;
      const cut = !mail && links.limit !== null && to - shown > links.limit;
      // Python's [:limit], which counts a negative one from the end.
      const end = !cut ? to : links.limit >= 0 ? shown + links.limit : to + links.limit;
      out.append(sliceStr(escaped, shown, Math.max(shown, end)));
      out.plain(cut ? '...</a>' : '</a>');
    }
    out.range(escaped, to, match.index + word.length);
  }
  return out.finish(state.autoescape);
}

/** How much punctuation ends the word, which starts at `from`. */
function tailLength(word: string, from: number): number {
  let end = word.length;
  while (end > from) {
    if (')>.,'.includes(word.charAt(end - 1))) end--;
    else if (end - 4 >= from && word.startsWith('&gt;', end - 4)) end -= 4;
    else break;
  }
  return word.length - end;
}

/** What a word links to; null for one that is no address. */
function address(word: string): string | null {
  if (WEB.test(word)) return /^https?:\/\//i.test(word) ? word : `https://${word}`;
  if (word.startsWith('mailto:') && MAIL.test(word)) return word;
  return MAIL.test(word) && !word.includes(':') ? `mailto:${word}` : null;
}
