import {
  CHARACTERS,
  COMMANDS,
  FUNCTIONS,
  OF_TEXT,
  RAISED,
  SILENT,
  SILENT_CHARACTERS,
  SPACES,
  WORD_COMMANDS,
} from './spellings.js';

export interface Token {
  /**
   * `digits` and `letters` are runs, letters in lower case; a `command` has its backslash, `\begin` and
   * `\end` their argument too; a `sign` is a character, or `\{`, `\}`, or `{,}`, the comma that only
   * groups digits.
   */
  readonly kind: 'digits' | 'letters' | 'command' | 'sign';
  readonly text: string;
  /** Whitespace stands before it. */
  readonly spaced: boolean;
  /** Of letters: they are words, not variables. */
  readonly isText: boolean;
}

const ALIASES = new RegExp(`[${Object.keys(CHARACTERS).join('')}]`, 'g');
const RAISED_RUN = new RegExp(`[${Object.keys(RAISED).join('')}]+`, 'g');
/** Signs of more than one character that say what another says. */
const SIGNS: Readonly<Record<string, string>> = { ',\\!': '{,}', '**': '^' };
const PIECE =
  /\s+|\\(?:begin|end)\s*\{[a-z]*\*?\}|\\(?:[A-Za-z]+|[^])|\{,\}|,\\!|\*\*|\d+|\p{L}[\p{L}\p{M}]*|[^]/gu;

/** An answer in tokens, without what says nothing (currency, percent, `$`, `\left`, thin spaces). */
export function latexTokens(text: string): Token[] {
  const plain = text
    .normalize('NFC')
    .replace(ALIASES, (character) => CHARACTERS[character] ?? character)
    .replace(RAISED_RUN, (run) => `^{${[...run].map((one) => RAISED[one] ?? '').join('')}}`);
  const tokenizer = new Tokenizer();
  for (const [piece] of plain.matchAll(PIECE)) tokenizer.take(piece);
  return tokenizer.tokens;
}

class Tokenizer {
  readonly tokens: Token[] = [];
  #spaced = false;
  /** Of each brace that is open whether it is that of a `\text`. */
  readonly #braces: boolean[] = [];
  #texts = 0;
  /** The next `{` is that of a `\text`. */
  #opensText = false;
  /** The last command was `\left` or `\right`, whose `.` is no delimiter. */
  #awaitsDelimiter = false;
  /** A full stop stands behind the last letters: those of "a.m." are one word. */
  #joins = false;

  take(piece: string): void {
    if (piece.trim() === '' || piece === '~' || SPACES.has(piece)) {
      this.#space();
      return;
    }
    const awaitsDelimiter = this.#awaitsDelimiter;
    this.#awaitsDelimiter = false;
    if (piece === '{' || piece === '}') {
      this.#brace(piece);
    } else if (OF_TEXT.has(piece)) {
      this.#opensText = true;
    } else if (SILENT.has(piece) || SILENT_CHARACTERS.has(piece)) {
      this.#awaitsDelimiter = piece === '\\left' || piece === '\\right';
    } else if (piece === '.' && awaitsDelimiter) {
      // The delimiter that isn't there.
    } else if (piece === '.' && !this.#spaced && this.tokens.at(-1)?.kind === 'letters') {
      this.#joins = true;
    } else {
      this.#visible(piece);
    }
  }

  #space(): void {
    this.#spaced = true;
    this.#joins = false;
  }

  #brace(piece: string): void {
    const isText = piece === '{' ? this.#opensText : (this.#braces.pop() ?? false);
    if (piece === '{') this.#braces.push(isText);
    this.#opensText = false;
    if (isText) {
      this.#texts += piece === '{' ? 1 : -1;
      this.#space();
    } else {
      this.#push('sign', piece);
    }
  }

  #visible(piece: string): void {
    this.#opensText = false;
    if (piece.startsWith('\\')) this.#command(COMMANDS[piece] ?? piece.replace(/\s+\{/, '{'));
    else if (/^\d/.test(piece)) this.#push('digits', piece);
    else if (/^\p{L}/u.test(piece)) this.#letters(piece.toLowerCase());
    else this.#push('sign', SIGNS[piece] ?? piece);
  }

  #command(written: string): void {
    if (!written.startsWith('\\') || written === '\\{' || written === '\\}') {
      this.#push('sign', written);
    } else if (FUNCTIONS.has(written.slice(1))) {
      this.#letters(written.slice(1));
    } else {
      this.#push('command', written);
    }
  }

  #letters(text: string): void {
    const command = WORD_COMMANDS.get(text);
    if (command === undefined) this.#push('letters', text);
    else this.#push('command', command);
  }

  #push(kind: Token['kind'], text: string): void {
    const last = this.tokens.at(-1);
    // A stop between a word and a number is that of a decimal part.
    if (this.#joins && kind === 'digits') this.tokens.push({ ...SIGN, text: '.' });
    const isText = this.#texts > 0;
    const spaced = this.#spaced;
    // A thin space, or a stop, was between them.
    const joined =
      !spaced && last?.kind === kind && (kind === 'digits' || (kind === 'letters' && this.#joins));
    if (joined) this.tokens[this.tokens.length - 1] = { ...last, text: last.text + text };
    else this.tokens.push({ kind, text, spaced, isText });
    this.#spaced = false;
    this.#joins = false;
  }
}

const SIGN = { kind: 'sign', spaced: false, isText: false } as const;
