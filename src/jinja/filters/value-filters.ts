import { refusedRandom, typeError } from '../errors.js';
import { onlyAttribute } from '../operators/attributes.js';
import { elements } from '../operators/iterate.js';
import { length } from '../operators/length.js';
import { isTrue } from '../operators/truth.js';
import { jsonLayout, toJson } from '../printing/json.js';
import { prettyRepr } from '../printing/pretty-repr.js';
import { toStr } from '../printing/repr.js';
import type { RenderState } from '../render-state.js';
import { isStr, textOf } from '../text/text.js';
import { DictView, Lazy } from '../values/iterators.js';
import { listOf } from '../values/sequence.js';
import { typeName } from '../values/type-name.js';
import { Undefined } from '../values/undefined.js';
import { Dict, type Value } from '../values/value.js';
import { type Filter, withParameters } from './filter.js';

function withDefault(value: Value, absent: Value | undefined, boolean: Value | undefined): Value {
  const replaced = value instanceof Undefined || (isTrue(boolean ?? false) && !isTrue(value));
  return replaced ? (absent === undefined ? '' : absent) : value;
}

function items(state: RenderState, value: Value): Value {
  // Asked for its first pair only, a generator of no mapping fails only then.
  function* pairs(): Generator<Value> {
    if (value instanceof Undefined) return;
    if (!(value instanceof Dict)) throw typeError('Can only get item pairs from a mapping.');
    yield* elements(state, new DictView(value, 'items'));
  }
  return new Lazy(pairs(), 'do_items');
}

function attr(state: RenderState, value: Value, name: Value | undefined): Value {
  if (!isStr(name!)) {
    throw typeError(`attribute name must be string, not '${typeName(name!)}'`);
  }
  return onlyAttribute(state, value, textOf(name));
}

const count = (state: RenderState, value: Value): Value => length(state, value);

export const valueFilters: (readonly [string, Filter])[] = [
  withParameters('default', 'default_value? boolean?', (_, value, absent, boolean) =>
    withDefault(value, absent, boolean),
  ),
  withParameters('d', 'default_value? boolean?', (_, value, absent, boolean) =>
    withDefault(value, absent, boolean),
  ),
  withParameters('length', '', count),
  withParameters('count', '', count),
  withParameters('string', '', toStr),
  withParameters('list', '', (state, value) => listOf([...elements(state, value)])),
  withParameters('items', '', items),
  withParameters('attr', 'name', attr),
  withParameters('pprint', '', prettyRepr),
  withParameters(
    'tojson',
    'ensure_ascii? indent? separators? sort_keys?',
    (state, value, ensureAscii, indent, separators, sortKeys) => {
      const flags = { ensureAscii: ensureAscii ?? false, sortKeys: sortKeys ?? false };
      return toJson(state, value, jsonLayout(state, indent ?? null, separators ?? null, flags));
    },
  ),
  withParameters('random', '', () => {
    throw refusedRandom('random');
  }),
];
