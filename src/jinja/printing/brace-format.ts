import { TemplateError, valueError } from '../errors.js';
import type { RenderState } from '../render-state.js';
import { escapeStr } from '../text/escape.js';
import { isSafe, sliceStr, type Str, textOf, withSafety } from '../text/text.js';
import { TextBuilder } from '../text/text-builder.js';
import type { Value } from '../values/value.js';
import { formatValue } from './format-spec.js';
import { asciiOf, pyRepr, toStr, writeRepr } from './repr.js';

/** jinja2's lookups, `of.name` and `of[key]`, which are made of methods such as format itself. */
export interface Lookup {
  attribute(state: RenderState, of: Value, name: string): Value;
  item(state: RenderState, of: Value, key: Value): Value;
}

/** What a replacement field names is looked up here. */
export interface FormatArguments {
  readonly positional: readonly Value[];
  /** Undefined where there is no such name. */
  named(name: string): Value | undefined;
  /** How the field goes on from there. */
  readonly lookup: Lookup;
}

/** Python's str.format, as jinja2's sandbox has it: `a.b` and `a[b]` follow its rules. */
export function braceFormat(state: RenderState, format: Str, args: FormatArguments): Str {
  const formatter = new BraceFormatter(state, args, isSafe(format));
  return withSafety(formatter.format(format, 2), isSafe(format));
}

/** What is looked up, how it is converted, and whether a spec follows. */
const FIELD = /^([^!:[]*(?:\[[^\]]*\][^!:[]*)*)(?:!([^:]*))?(:)?/;

class BraceFormatter {
  readonly #state: RenderState;
  readonly #args: FormatArguments;
  readonly #safe: boolean;
  #automatic = 0;
  #manual = false;

  constructor(state: RenderState, args: FormatArguments, safe: boolean) {
    this.#state = state;
    this.#args = args;
    this.#safe = safe;
  }

  format(format: Str, depth: number): Str {
    if (depth < 0) throw valueError('Max string recursion exceeded');
    const text = textOf(format);
    this.#state.chargeText(text.length);
    const out = new TextBuilder(this.#state);
    let done = 0;
    for (let i = 0; i < text.length;) {
      const brace = text[i];
      if (brace !== '{' && brace !== '}') {
        i++;
      } else if (text[i + 1] === brace) {
        out.range(format, done, i + 1);
        done = i += 2;
      } else if (brace === '}') {
        throw valueError("Single '}' encountered in format string");
      } else {
        out.range(format, done, i);
        const end = fieldEnd(text, i);
        this.#state.consume(format, i, end + 1);
        this.#state.charge(1);
        this.#field(out, sliceStr(format, i + 1, end), depth);
        done = i = end + 1;
      }
    }
    out.range(format, done, text.length);
    return out.finish();
  }

  #field(out: TextBuilder, field: Str, depth: number): void {
    const text = textOf(field);
    const [, name = '', conversion, colon] = FIELD.exec(text)!;
    const specAt = colon === undefined ? text.length : text.indexOf(':', name.length) + 1;
    const value = this.#lookup(name);
    const spec = textOf(this.format(sliceStr(field, specAt, text.length), depth - 1));
    const converted = conversion === undefined ? value : this.#convert(value, conversion);
    const written = formatValue(this.#state, converted, spec);
    out.append(this.#safe ? escapeStr(this.#state, written) : written);
  }

  #convert(value: Value, conversion: string): Value {
    if (conversion === 's') return toStr(this.#state, value);
    if (conversion !== 'r' && conversion !== 'a') {
      throw valueError(`Unknown conversion specifier ${conversion}`);
    }
    const out = new TextBuilder(this.#state);
    writeRepr(this.#state, out, value);
    return conversion === 'a' ? asciiOf(this.#state, out.finish()) : out.finish();
  }

  #lookup(name: string): Value {
    const first = /^[^.[]*/.exec(name)![0];
    const rest = name.slice(first.length);
    // Only a field without any name is numbered.
    let value = this.#argument(first, name === '');
    const { lookup } = this.#args;
    const parts = /\.([^.[]*)|\[([^\]]*)\]|[^]/gy;
    for (const [, attribute, item] of rest.matchAll(parts)) {
      if (attribute === undefined && item === undefined) {
        throw valueError("Only '.' or '[' may follow ']' in format field specifier");
      }
      if ((attribute ?? item) === '') throw valueError('Empty attribute in format string');
      if (attribute !== undefined) value = lookup.attribute(this.#state, value, attribute);
      if (item !== undefined) value = lookup.item(this.#state, value, itemKey(item));
    }
    return value;
  }

  #argument(name: string, numbered: boolean): Value {
    const { positional } = this.#args;
    let index: number;
    if (numbered) {
      if (this.#manual) throw mixedNumbering();
      index = this.#automatic++;
    } else if (/^\d+$/.test(name)) {
      if (this.#automatic > 0) throw mixedNumbering();
      this.#manual = true;
      index = Number(name);
    } else {
      const value = this.#args.named(name);
      if (value === undefined) throw new TemplateError('KeyError', pyRepr(this.#state, name));
      return value;
    }
    const value = positional[index];
    if (value === undefined) {
      throw new TemplateError(
        'IndexError',
        `Replacement index ${index} out of range for positional args tuple`,
      );
    }
    return value;
  }
}

function itemKey(item: string): Value {
  return /^\d+$/.test(item) ? Number(item) : item;
}

/** Index of the brace that ends the field which starts at `start`. */
function fieldEnd(text: string, start: number): number {
  let open = 0;
  let bracket = false;
  for (let i = start; i < text.length; i++) {
    if (bracket) bracket = text[i] !== ']';
    else if (text[i] === '[' && open === 1) bracket = true;
    else if (text[i] === '{') open++;
    else if (text[i] === '}' && --open === 0) return i;
  }
  throw valueError(
    start + 1 === text.length
      ? "Single '{' encountered in format string"
      : "expected '}' before end of string",
  );
}

/** Python's string.Formatter says so whichever came first. */
function mixedNumbering(): TemplateError {
  return valueError('cannot switch from manual field specification to automatic field numbering');
}
