import { notUnpackable, typeError, valueError } from '../errors.js';
import { isTrue } from '../operators/truth.js';
import { compareValues } from '../operators/order.js';
import { checkNesting } from '../values/nesting.js';
import type { RenderState } from '../render-state.js';
import { isStr, type Str, textOf } from '../text/text.js';
import { TextBuilder } from '../text/text-builder.js';
import { Float } from '../values/float.js';
import { intToString } from '../values/integers.js';
import { Sequence } from '../values/sequence.js';
import { typeName } from '../values/type-name.js';
import { Dict, type Value } from '../values/value.js';
import { floatRepr } from './float-repr.js';

export interface JsonLayout {
  readonly ensureAscii: boolean;
  /** What a level is indented by; null for one line. */
  readonly indent: Str | null;
  readonly itemSeparator: Str;
  readonly keySeparator: Str;
  readonly sortKeys: boolean;
}

/** What JSON may not hold as it is: the first 32 characters, quotes and backslashes. */
const CONTROL = /["\\]|[^ -\uffff]/g;
const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\f': '\\f',
  '\b': '\\b',
};

/** Python's json.dumps. Throws a TypeError for what JSON doesn't have. */
export function toJson(state: RenderState, value: Value, layout: JsonLayout): Str {
  const writer = new JsonWriter(state, layout);
  writer.value(value, 0);
  return writer.out.finish();
}

/** json.dumps' own reading of `indent` and `separators`. */
export function jsonLayout(
  state: RenderState,
  indent: Value,
  separators: Value,
  flags: { readonly ensureAscii: Value; readonly sortKeys: Value },
): JsonLayout {
  let unit: Str | null = null;
  if (isStr(indent)) {
    unit = indent;
  } else if (typeof indent === 'number' || typeof indent === 'boolean') {
    state.checkText(Number(indent));
    unit = ' '.repeat(Math.max(0, Number(indent)));
  } else if (indent !== null) {
    throw typeError(`can't multiply sequence by non-int of type '${typeName(indent)}'`);
  }
  let pair: readonly Value[] = [unit === null ? ', ' : ',', ': '];
  if (separators !== null) {
    if (!(separators instanceof Sequence)) {
      throw notUnpackable(typeName(separators));
    }
    pair = separators.toArray();
    if (pair.length !== 2) throw valueError('separators are two strings');
  }
  const [itemSeparator, keySeparator] = pair;
  if (!isStr(itemSeparator) || !isStr(keySeparator)) throw typeError('separators must be strings');
  return {
    ensureAscii: isTrue(flags.ensureAscii),
    sortKeys: isTrue(flags.sortKeys),
    indent: unit,
    itemSeparator,
    keySeparator,
  };
}

class JsonWriter {
  readonly out: TextBuilder;
  readonly #state: RenderState;
  readonly #layout: JsonLayout;

  constructor(state: RenderState, layout: JsonLayout) {
    this.#state = state;
    this.#layout = layout;
    this.out = new TextBuilder(state);
  }

  value(value: Value, depth: number): void {
    const scalar = scalarJson(value);
    if (scalar !== null) this.out.plain(scalar);
    else if (isStr(value)) this.#string(value);
    else if (value instanceof Sequence) this.#list(value, depth);
    else if (value instanceof Dict) this.#dict(value, depth);
    else throw typeError(`Object of type ${typeName(value)} is not JSON serializable`);
  }

  #list(value: Sequence<Value>, depth: number): void {
    checkNesting(depth);
    if (value.length === 0) {
      this.out.plain('[]');
      return;
    }
    this.out.plain('[');
    for (let i = 0; i < value.length; i++) {
      this.#separate(i, depth + 1);
      this.value(value.at(i), depth + 1);
    }
    this.#newline(depth);
    this.out.plain(']');
  }

  #dict(value: Dict, depth: number): void {
    checkNesting(depth);
    if (value.size === 0) {
      this.out.plain('{}');
      return;
    }
    const entries = value.entries();
    if (this.#layout.sortKeys) entries.sort((a, b) => compareValues(this.#state, a[0], b[0]));
    this.out.plain('{');
    entries.forEach(([key, item], i) => {
      this.#separate(i, depth + 1);
      this.#string(isStr(key) ? key : keyText(key));
      this.out.append(this.#layout.keySeparator);
      this.value(item, depth + 1);
    });
    this.#newline(depth);
    this.out.plain('}');
  }

  #separate(index: number, depth: number): void {
    if (index > 0) this.out.append(this.#layout.itemSeparator);
    this.#newline(depth);
  }

  #newline(depth: number): void {
    const { indent } = this.#layout;
    if (indent === null) return;
    this.out.plain('\n');
    for (let i = 0; i < depth; i++) this.out.append(indent);
  }

  #string(value: Str): void {
    const { out } = this;
    const text = textOf(value);
    this.#state.chargeText(text.length);
    const special = this.#layout.ensureAscii ? /["\\]|[^ -~]/g : CONTROL;
    out.plain('"');
    let done = 0;
    for (const match of text.matchAll(special)) {
      const { index } = match;
      out.range(value, done, index);
      out.rewritten(value, index, index + 1, escaped(match[0]));
      done = index + 1;
    }
    out.range(value, done, text.length);
    out.plain('"');
  }
}

function escaped(unit: string): string {
  return SHORT[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function scalarJson(value: Value): string | null {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return String(value);
  if (typeof value === 'bigint') return intToString(value);
  if (!(value instanceof Float)) return null;
  if (Number.isNaN(value.value)) return 'NaN';
  if (Number.isFinite(value.value)) return floatRepr(value.value);
  return value.value < 0 ? '-Infinity' : 'Infinity';
}

function keyText(key: Value): string {
  const scalar = scalarJson(key);
  if (scalar !== null) return scalar;
  throw typeError(`keys must be str, int, float, bool or None, not ${typeName(key)}`);
}
