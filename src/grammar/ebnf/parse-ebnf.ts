/**
 * Reads grammars as llama.cpp's GBNF and vLLM's documentation write them: rules `name ::= ...` of
 * literals, classes of characters, names, groups, alternatives and repetitions. The first text is
 * the rule `root`.
 */
import {
  complement,
  isInSurrogates,
  NO_CODE_POINT,
  range,
  unionOf,
  type CodePointSet,
} from '../../tokenizer/unicode/code-point-set.js';
import { malformed, tooComplex, type GrammarError } from '../grammar-error.js';
import type { RegexNode } from '../regex/syntax.js';

/** What a rule says: a regular expression whose parts may be rules. */
export type EbnfNode =
  | Extract<RegexNode, { readonly kind: 'set' }>
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly EbnfNode[] }
  | {
      readonly kind: 'repeat';
      readonly node: EbnfNode;
      readonly least: number;
      /** Infinity where there is no bound. */
      readonly most: number;
    }
  | { readonly kind: 'rule'; readonly name: string };

export type EbnfRules = ReadonlyMap<string, EbnfNode>;

const MAX_DEPTH = 100;
const MAX_COUNT = 100_000;
const NAME = /[A-Za-z_][A-Za-z0-9_-]*/y;
const ESCAPES: ReadonlyMap<string, number> = new Map([
  ['n', 0x0a],
  ['r', 0x0d],
  ['t', 0x09],
]);
const HEX_DIGITS: ReadonlyMap<string, number> = new Map([
  ['x', 2],
  ['u', 4],
  ['U', 8],
]);

/** Half of a surrogate pair is no character, and no text has it. */
const setOf = (set: CodePointSet): EbnfNode => ({
  kind: 'set',
  set: isInSurrogates(set) ? NO_CODE_POINT : set,
});
const single = (code: number): EbnfNode => setOf(range(code, code));

/** Throws `GrammarError` with the line of the fault. */
export function parseEbnf(source: string): EbnfRules {
  const rules = new EbnfParser(source).parse();
  if (!rules.has('root')) throw malformed('the grammar has no rule "root"');
  for (const [name, node] of rules) {
    for (const used of rulesOf(node)) {
      if (!rules.has(used)) throw malformed(`there is no rule "${used}"`, name);
    }
  }
  return rules;
}

/** Names of the rules in a node. */
export function* rulesOf(node: EbnfNode): Generator<string> {
  switch (node.kind) {
    case 'rule':
      yield node.name;
      return;
    case 'repeat':
      yield* rulesOf(node.node);
      return;
    case 'sequence':
    case 'choice':
      for (const part of node.parts) yield* rulesOf(part);
      return;
    case 'set':
      return;
  }
}

class EbnfParser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): EbnfRules {
    const rules = new Map<string, EbnfNode>();
    for (this.#skip(true); this.#at < this.#text.length; this.#skip(true)) {
      const name = this.#name();
      if (name === null) throw this.#fault("a rule's name is missing");
      this.#skip(true);
      if (!this.#take('::=')) throw this.#fault(`"::=" is missing behind "${name}"`);
      if (rules.has(name)) throw this.#fault(`the rule "${name}" is there twice`);
      this.#skip(true);
      rules.set(name, this.#choice(false));
    }
    return rules;
  }

  #fault(what: string): GrammarError {
    const line = this.#text.slice(0, this.#at).split('\n').length;
    return malformed(`${what} (line ${line})`);
  }

  #take(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  /** Passes spaces and comments; with `lines` the ends of lines too. */
  #skip(lines: boolean): void {
    const space = lines ? /(?:[ \t\r\n]|#[^\n]*)*/y : /(?:[ \t]|#[^\n]*)*/y;
    space.lastIndex = this.#at;
    this.#at += space.exec(this.#text)![0].length;
  }

  #name(): string | null {
    NAME.lastIndex = this.#at;
    const found = NAME.exec(this.#text);
    if (found === null) return null;
    this.#at += found[0].length;
    return found[0];
  }

  /** Within a group a line's end ends nothing; outside it ends the rule, unless | follows. */
  #choice(inGroup: boolean): EbnfNode {
    if (++this.#depth > MAX_DEPTH) throw tooComplex(`parentheses more than ${MAX_DEPTH} deep`);
    const parts = [this.#sequence(inGroup)];
    for (;;) {
      const before = this.#at;
      this.#skip(true);
      if (!this.#take('|')) {
        if (!inGroup) this.#at = before;
        break;
      }
      this.#skip(true);
      parts.push(this.#sequence(inGroup));
    }
    this.#depth--;
    return parts.length === 1 ? parts[0]! : { kind: 'choice', parts };
  }

  #sequence(inGroup: boolean): EbnfNode {
    const parts: EbnfNode[] = [];
    for (;;) {
      this.#skip(inGroup);
      const atom = this.#atom();
      if (atom === null) break;
      parts.push(this.#repeated(atom));
    }
    return parts.length === 1 ? parts[0]! : { kind: 'sequence', parts };
  }

  #atom(): EbnfNode | null {
    if (this.#take('"')) return this.#literal();
    if (this.#take('[')) return setOf(this.#class());
    if (this.#take('.')) return setOf(complement(NO_CODE_POINT));
    if (this.#take('(')) {
      this.#skip(true);
      const node = this.#choice(true);
      this.#skip(true);
      if (!this.#take(')')) throw this.#fault('a ( has no )');
      return node;
    }
    const before = this.#at;
    const name = this.#name();
    if (name === null) return null;
    const behind = this.#at;
    this.#skip(true);
    // What is being defined is the next rule.
    if (this.#take('::=')) {
      this.#at = before;
      return null;
    }
    this.#at = behind;
    return { kind: 'rule', name };
  }

  #repeated(node: EbnfNode): EbnfNode {
    let repeated = node;
    for (;;) {
      let least: number;
      let most: number;
      if (this.#take('*')) [least, most] = [0, Infinity];
      else if (this.#take('+')) [least, most] = [1, Infinity];
      else if (this.#take('?')) [least, most] = [0, 1];
      else if (this.#text[this.#at] === '{') [least, most] = this.#interval();
      else return repeated;
      repeated =
        most === 0
          ? { kind: 'sequence', parts: [] }
          : { kind: 'repeat', node: repeated, least, most };
    }
  }

  #interval(): [least: number, most: number] {
    const interval = /\{\s*(\d*)\s*(,\s*(\d*)\s*)?\}/y;
    interval.lastIndex = this.#at;
    const match = interval.exec(this.#text);
    if (match === null || (match[1] === '' && (match[3] ?? '') === '')) {
      throw this.#fault('a { is no count of repetitions');
    }
    this.#at += match[0].length;
    const least = Number(match[1]);
    const most = match[2] === undefined ? least : match[3] === '' ? Infinity : Number(match[3]);
    if (most < least) throw this.#fault('a count of repetitions is empty');
    if (least > MAX_COUNT || (most !== Infinity && most > MAX_COUNT)) {
      throw tooComplex(`more than ${MAX_COUNT} repetitions`);
    }
    return [least, most];
  }

  #literal(): EbnfNode {
    const parts: EbnfNode[] = [];
    while (!this.#take('"')) {
      if (this.#at >= this.#text.length) throw this.#fault('a " has no end');
      parts.push(single(this.#character()));
    }
    return parts.length === 1 ? parts[0]! : { kind: 'sequence', parts };
  }

  /** Behind the `[`. */
  #class(): CodePointSet {
    const negative = this.#take('^');
    const sets: CodePointSet[] = [];
    while (!this.#take(']')) {
      if (this.#at >= this.#text.length) throw this.#fault('a [ has no ]');
      const first = this.#character();
      let last = first;
      if (this.#text[this.#at] === '-' && this.#text[this.#at + 1] !== ']') {
        this.#at++;
        last = this.#character();
      }
      if (last < first) throw this.#fault('a range of characters is not in order');
      sets.push(range(first, last));
    }
    const set = unionOf(sets);
    return negative ? complement(set) : set;
  }

  #character(): number {
    if (!this.#take('\\')) {
      const code = this.#text.codePointAt(this.#at)!;
      this.#at += code > 0xffff ? 2 : 1;
      return code;
    }
    const letter = this.#text[this.#at++] ?? '';
    const digits = HEX_DIGITS.get(letter);
    if (digits === undefined) {
      if (letter === '') throw this.#fault('the grammar ends in a \\');
      return ESCAPES.get(letter) ?? letter.codePointAt(0)!;
    }
    const hex = this.#text.slice(this.#at, this.#at + digits);
    const code = /^[0-9A-Fa-f]+$/.test(hex) && hex.length === digits ? parseInt(hex, 16) : -1;
    if (code < 0 || code > 0x10ffff) throw this.#fault(`a \\${letter} has no character's number`);
    this.#at += digits;
    return code;
  }
}
