import { invalidValue } from '../../errors/requests.js';
import type { JsonValue } from './json-value.js';

const INDEX = /^(?:0|[1-9]\d*)$/;

/**
 * The names in a JSON pointer (RFC 6901); none for '', which is the whole. Throws `invalid_value` for
 * `field` where it is no pointer.
 */
export function pointerNames(pointer: string, field: string): string[] {
  if (pointer === '') return [];
  if (!pointer.startsWith('/')) throw invalidValue(field, 'a JSON pointer begins with a /');
  if (/~(?![01])/.test(pointer)) {
    throw invalidValue(field, 'in a JSON pointer, ~ is written ~0, and / in a name ~1');
  }
  return pointer
    .slice(1)
    .split('/')
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** What the names lead to; undefined where nothing is there. */
export function valueAt(root: JsonValue, names: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = root;
  for (const name of names) {
    if (value?.kind === 'object') value = value.members.get(name);
    else if (value?.kind === 'list')
      value = INDEX.test(name) ? value.items[Number(name)] : undefined;
    else return undefined;
  }
  return value;
}
