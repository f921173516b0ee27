import { DictView } from '../values/iterators.js';
import { elements } from '../operators/iterate.js';
import type { RenderState } from '../render-state.js';
import { Dict, type Value } from '../values/value.js';
import { type Method, method } from './method-table.js';

const METHODS: ReadonlyMap<string, Method<Dict>> = new Map([
  method<Dict>('keys', '/', (_, self) => new DictView(self, 'keys')),
  method<Dict>('values', '/', (_, self) => new DictView(self, 'values')),
  method<Dict>('items', '/', (_, self) => new DictView(self, 'items')),
  method<Dict>('get', 'key default? /', (_, self, key, absent) => {
    const value = self.get(key!);
    return value === undefined ? (absent ?? null) : value;
  }),
  method<Dict>('copy', '/', (_, self) => self),
  method<Dict>('fromkeys', 'iterable value? /', (state, _self, keys, value) =>
    fromKeys(state, keys!, value ?? null),
  ),
]);
/** dict.fromkeys: every key with the same value. */
export function fromKeys(state: RenderState, keys: Value, value: Value): Dict {
  const items = elements(state, keys);
  state.allocateObjects(items.length);
  return Dict.of(items.map((key) => [key, value]));
}

const NAMES = new Set([...METHODS.keys(), 'clear', 'pop', 'popitem', 'setdefault', 'update']);

/** Undefined where a dict has no such method, or where it would change the dict. */
export function dictMethod(name: string): Method<Dict> | undefined {
  return METHODS.get(name);
}

/** Whether a dict of Python has an attribute of this name, of those without underscores. */
export function isDictAttribute(name: string): boolean {
  return NAMES.has(name);
}
