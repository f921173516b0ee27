import { canonicalAnswer } from './canonical.js';
import { pointerNames, valueAt } from './json/json-pointer.js';
import { readJsonValue, type JsonValue } from './json/json-value.js';
import { spellJson } from './json/spell-json.js';

/**
 * What a JSON pointer (RFC 6901) leads to in an answer that is JSON, or whose last fence of `json` that
 * can be read holds it (of the last 100 fences of any kind). Strings and numbers are spelled as `canonicalAnswer` does, numbers exactly as
 * they are written; objects and lists are canonical JSON, their strings as they are. Undefined where
 * there is no JSON, or nothing at the pointer. Throws `invalid_value` for `field` where the pointer is
 * none. Takes time linear in the text's length.
 */
export function jsonPointerAnswer(
  text: string,
  pointer: string,
  field = 'pointer',
): string | undefined {
  const names = pointerNames(pointer, field);
  const root = readJsonValue(text) ?? fencedValue(text);
  const value = root === undefined ? undefined : valueAt(root, names);
  return value === undefined ? undefined : spell(value);
}

function spell(value: JsonValue): string {
  switch (value.kind) {
    case 'number':
      return canonicalAnswer(value.source);
    case 'string':
      return canonicalAnswer(value.text);
    case 'word':
    case 'list':
    case 'object':
      return spellJson(value);
  }
}

/** Fences that are looked into, from the last. */
const MAX_FENCES = 100;

const FENCE = /^[ \t]*```([^\n`]*)$/gm;

/** The value in the last fence of `json` that holds one; a fence may be left open. */
function fencedValue(text: string): JsonValue | undefined {
  let end = text.length;
  for (const fence of [...text.matchAll(FENCE)].slice(-MAX_FENCES).reverse()) {
    const [line, language = ''] = fence;
    if (language.trim().toLowerCase() === 'json') {
      const value = readJsonValue(text.slice(fence.index + line.length, end));
      if (value !== undefined) return value;
    }
    end = fence.index;
  }
  return undefined;
}
