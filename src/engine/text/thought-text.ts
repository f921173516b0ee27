const WHITESPACE = new Set([' ', '\t', '\n', '\r']);

export function isWhitespace(character: string): boolean {
  return WHITESPACE.has(character);
}

/**
 * A thought's text without the whitespace around it, as a stream: models write "<think>\n…\n
 * </think>", and templates put that whitespace back themselves.
 */
export class ThoughtText {
  #begun = false;
  /** Whitespace that comes out only if something follows it. */
  #space = '';

  push(text: string): string {
    let begin = 0;
    if (!this.#begun) {
      while (isWhitespace(text.charAt(begin))) begin++;
      if (begin === text.length) return '';
      this.#begun = true;
    }
    let end = text.length;
    while (isWhitespace(text.charAt(end - 1))) end--;
    if (end === begin) {
      this.#space += text;
      return '';
    }
    const out = this.#space + text.slice(begin, end);
    this.#space = text.slice(end);
    return out;
  }
}
