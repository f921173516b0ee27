/** JSON as it is written: numbers keep their digits, and objects the names that JavaScript moves. */

/** Objects and lists inside each other. */
const MAX_DEPTH = 256;

export type JsonValue =
  | { readonly kind: 'number'; readonly source: string }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'word'; readonly text: 'true' | 'false' | 'null' }
  | { readonly kind: 'list'; readonly items: readonly JsonValue[] }
  /** Of a name that stands twice the last member counts. */
  | { readonly kind: 'object'; readonly members: ReadonlyMap<string, JsonValue> };

/** Undefined for what is no JSON, or is nested more than 256 deep. */
export function readJsonValue(text: string): JsonValue | undefined {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  return new JsonReader(text).value(0);
}

const SPACE = /[ \t\n\r]*/y;
const PLAIN = /[-+.\w]+/y;

/** Reads a text that JSON.parse takes. */
class JsonReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): JsonValue | undefined {
    this.#take(SPACE);
    const first = this.#text[this.#at];
    if (first === '"') return { kind: 'string', text: this.#string() };
    if (first === '[') return depth < MAX_DEPTH ? this.#list(depth + 1) : undefined;
    if (first === '{') return depth < MAX_DEPTH ? this.#object(depth + 1) : undefined;
    const source = this.#take(PLAIN);
    if (source === 'true' || source === 'false' || source === 'null') {
      return { kind: 'word', text: source };
    }
    return { kind: 'number', source };
  }

  #take(expression: RegExp): string {
    expression.lastIndex = this.#at;
    const [taken = ''] = expression.exec(this.#text) ?? [];
    this.#at += taken.length;
    return taken;
  }

  #string(): string {
    const start = this.#at++;
    while (this.#text[this.#at] !== '"') this.#at += this.#text[this.#at] === '\\' ? 2 : 1;
    return JSON.parse(this.#text.slice(start, ++this.#at)) as string;
  }

  /** The bracket or comma behind an element; whether another element follows. */
  #goesOn(): boolean {
    this.#take(SPACE);
    return this.#text[this.#at++] === ',';
  }

  /** Behind an opening bracket: whether the one that closes follows, which is taken. */
  #isEmpty(close: string): boolean {
    this.#at++;
    this.#take(SPACE);
    const isEmpty = this.#text[this.#at] === close;
    if (isEmpty) this.#at++;
    return isEmpty;
  }

  #list(depth: number): JsonValue | undefined {
    const items: JsonValue[] = [];
    if (this.#isEmpty(']')) return { kind: 'list', items };
    do {
      const item = this.value(depth);
      if (item === undefined) return undefined;
      items.push(item);
    } while (this.#goesOn());
    return { kind: 'list', items };
  }

  #object(depth: number): JsonValue | undefined {
    const members = new Map<string, JsonValue>();
    if (this.#isEmpty('}')) return { kind: 'object', members };
    do {
      this.#take(SPACE);
      const name = this.#string();
      this.#take(SPACE);
      this.#at++;
      const member = this.value(depth);
      if (member === undefined) return undefined;
      members.set(name, member);
    } while (this.#goesOn());
    return { kind: 'object', members };
  }
}
