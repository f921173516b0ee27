import jsonc from 'jsonc-parser';
import { MAX_NESTING } from './nesting.js';
import { parseFloatLiteral, parseIntLiteral } from './number-literals.js';
import { type OriginOf, stringWithOrigin } from './from-javascript.js';
import { listOf } from './sequence.js';
import { Dict, type Value } from './value.js';

/** An object or array that isn't closed yet. */
interface Container {
  add(value: Value): void;
  value(): Value;
  /** Of the member that comes next. */
  key: Value;
}

/**
 * A JSON text as Python's json.loads reads it, without loss: 1.0 is a float, 123456789012345680
 * an int, keys keep their places, and of equal keys the last one's value stands where the first
 * stood. `originOf` is called for every string in the order of the text, a key before its value,
 * and gives its origin, or null for none; positions are those of the string's value, not of the
 * JSON text. Throws a SyntaxError for what is no JSON, and for what is nested too deep.
 */
export function valueFromJson(json: string, originOf?: OriginOf): Value {
  checkDepth(json);
  let result: Value | undefined;
  const open: Container[] = [];
  const add = (value: Value): void => {
    const container = open.at(-1);
    if (container === undefined) result = value;
    else container.add(value);
  };
  const close = (): void => {
    const container = open.pop();
    if (container !== undefined) add(container.value());
  };
  jsonc.visit(
    json,
    {
      onObjectBegin: () => void open.push(dictContainer()),
      onObjectProperty: (name) => {
        open.at(-1)!.key = stringWithOrigin(name, 'key', originOf);
      },
      onObjectEnd: close,
      onArrayBegin: () => void open.push(listContainer()),
      onArrayEnd: close,
      onLiteralValue: (value: unknown, offset, length) => {
        if (typeof value === 'string') add(stringWithOrigin(value, 'value', originOf));
        else if (typeof value === 'number') add(number(json.slice(offset, offset + length)));
        else add(value as boolean | null);
      },
      onError: (_, offset) => {
        throw new SyntaxError(`invalid JSON at character ${offset}`);
      },
    },
    { disallowComments: true },
  );
  if (result === undefined) throw new SyntaxError('invalid JSON: it is empty');
  return result;
}

function number(text: string): Value {
  return /[.eE]/.test(text) ? parseFloatLiteral(text) : parseIntLiteral(text);
}

function dictContainer(): Container {
  const dict = new Dict();
  return {
    key: '',
    add(value) {
      dict.set(this.key, value);
    },
    value: () => dict,
  };
}

function listContainer(): Container {
  const items: Value[] = [];
  return { key: '', add: (value) => void items.push(value), value: () => listOf(items) };
}

/** The parser calls itself for every level: a text nested too deep must not get there. */
function checkDepth(json: string): void {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < json.length; i++) {
    const unit = json.charCodeAt(i);
    if (inString) {
      if (unit === 0x5c) i++;
      else if (unit === 0x22) inString = false;
    } else if (unit === 0x22) {
      inString = true;
    } else if (unit === 0x7b || unit === 0x5b) {
      if (++depth > MAX_NESTING) {
        throw new SyntaxError(`JSON is nested more than ${MAX_NESTING} deep`);
      }
    } else if (unit === 0x7d || unit === 0x5d) {
      depth--;
    }
  }
}
