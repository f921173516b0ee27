import { KingletError } from '../errors.js';
import { anyOf } from '../tokenizer/any-of.js';

/** Where guards are looked for: the noncharacters of the BMP, then its private-use area. */
const RANGES: readonly (readonly [first: number, last: number])[] = [
  [0xfdd0, 0xfdef],
  [0xe000, 0xf8ff],
];
/** One of them, or what may be one written as \uXXXX. */
const CANDIDATE = /[\ufdd0-\ufdef\ue000-\uf8ff]|\\u([ef][0-9a-f]{3})/gi;

/**
 * Keeps the special-token strings of a request from becoming special tokens: a code point that
 * occurs nowhere in the request nor in the template goes into each, behind its first character,
 * and comes out again once the rendered text was split at the special tokens.
 */
export class SpecialGuard {
  readonly #start: RegExp | null;
  readonly #fixed: readonly string[];

  /** `fixed`: texts besides the request that get into a rendered chat. */
  constructor(specialStrings: readonly string[], fixed: readonly string[]) {
    // Found by lookahead, so that of two that overlap both are broken.
    const any = specialStrings.length === 0 ? null : anyOf(specialStrings, '').source;
    this.#start = any === null ? null : new RegExp(`(?=${any})(.)`, 'gsu');
    this.#fixed = [...specialStrings, ...fixed];
  }

  /**
   * Two different code points of one UTF-16 unit each that occur nowhere in `request`, not even
   * written as \uXXXX. Throws `invalid_value` for a request that holds every candidate.
   */
  choose(request: unknown): [guard: string, mark: string] {
    const used = new Set<string>();
    for (const text of [...this.#fixed, JSON.stringify(request)]) {
      for (const [found, code] of text.matchAll(CANDIDATE)) {
        used.add(code === undefined ? found : String.fromCharCode(parseInt(code, 16)));
      }
    }
    const free: string[] = [];
    for (const [first, last] of RANGES) {
      for (let code = first; code <= last; code++) {
        const character = String.fromCharCode(code);
        if (used.has(character)) continue;
        free.push(character);
        if (free.length === 2) return [free[0], free[1]];
      }
    }
    throw new KingletError('invalid_value', 'messages use every private-use code point', {
      param: 'messages',
    });
  }

  insert(text: string, guard: string): string {
    return this.#start === null ? text : text.replace(this.#start, `$1${guard}`);
  }
}
