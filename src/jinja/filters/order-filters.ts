import { TemplateError, typeError } from '../errors.js';
import { elements } from '../operators/iterate.js';
import { inOrder } from '../operators/compare.js';
import { compareValues } from '../operators/order.js';
import { isTrue } from '../operators/truth.js';
import { lower } from '../methods/string-case.js';
import type { RenderState } from '../render-state.js';
import { isStr, textOf } from '../text/text.js';
import { Dict } from '../values/dict.js';
import { type HashKey, hashKey } from '../values/hash-key.js';
import { Lazy } from '../values/iterators.js';
import { listOf, Sequence, tupleOf } from '../values/sequence.js';
import { typeName } from '../values/type-name.js';
import { Undefined } from '../values/undefined.js';
import type { Value } from '../values/value.js';
import { flagArgument } from '../functions/signature.js';
import { attributePath, follow } from './attribute-path.js';
import { type Filter, withParameters } from './filter.js';

/** What an element is compared by. */
type Key = (state: RenderState, value: Value) => Value;

/** Without `case_sensitive`, strings count in lower case. */
function keyOf(attribute: Value | undefined, sensitive: Value | undefined, absent?: Value): Key {
  const path = attributePath(attribute);
  const exact = isTrue(sensitive ?? false);
  return (state, value) => {
    const found = follow(state, value, path, absent);
    return !exact && isStr(found) ? lower(state, found) : found;
  };
}

function sorted<T>(
  state: RenderState,
  items: readonly T[],
  key: (item: T) => Value,
  descending: boolean,
): T[] {
  const keyed = items.map((item) => [key(item), item] as const);
  // Python keeps equal elements in place in both directions.
  keyed.sort(([a], [b]) => (descending ? compareValues(state, b, a) : compareValues(state, a, b)));
  return keyed.map(([, item]) => item);
}

function sort(
  state: RenderState,
  value: Value,
  reverse: Value | undefined,
  sensitive: Value | undefined,
  attribute: Value | undefined,
): Value {
  const exact = isTrue(sensitive ?? false);
  const paths =
    attribute !== undefined && attribute !== null && isStr(attribute)
      ? textOf(attribute).split(',').map(attributePath)
      : [attributePath(attribute)];
  const items = elements(state, value);
  state.allocateElements(items.length);
  const key = (item: Value): Value => {
    const parts = paths.map((path) => {
      const found = follow(state, item, path);
      return !exact && isStr(found) ? lower(state, found) : found;
    });
    // As a tuple even where it is one: tuples whose elements are equal, as two undefined ones are,
    // are in order without any of them being compared.
    return tupleOf(parts);
  };
  return listOf(sorted(state, items, key, flagArgument(reverse)));
}

function dictsort(
  state: RenderState,
  value: Value,
  sensitive: Value | undefined,
  by: Value | undefined,
  reverse: Value | undefined,
): Value {
  if (value instanceof Undefined) throw value.error();
  if (!(value instanceof Dict))
    throw typeError(`'${typeName(value)}' object has no attribute 'items'`);
  const part = by === undefined ? 'key' : isStr(by) ? textOf(by) : '';
  if (part !== 'key' && part !== 'value') {
    throw new TemplateError('FilterArgumentError', 'You can only sort by either "key" or "value"');
  }
  const key = keyOf(undefined, sensitive);
  const entries = sorted(
    state,
    value.entries(),
    (entry) => key(state, entry[part === 'key' ? 0 : 1]),
    flagArgument(reverse),
  );
  return listOf(entries.map((entry) => tupleOf(entry)));
}

function extreme(order: '<' | '>') {
  return (
    state: RenderState,
    value: Value,
    sensitive: Value | undefined,
    attribute: Value | undefined,
  ): Value => {
    const key = keyOf(attribute, sensitive);
    const items = elements(state, value);
    if (items.length === 0) return new Undefined(() => 'No aggregated item, sequence was empty.');
    let best = items[0];
    let bestKey = key(state, best);
    for (let i = 1; i < items.length; i++) {
      const candidate = key(state, items[i]);
      state.charge(1);
      if (inOrder(state, order, candidate, bestKey)) {
        best = items[i];
        bestKey = candidate;
      }
    }
    return best;
  };
}

function unique(
  state: RenderState,
  value: Value,
  sensitive: Value | undefined,
  attribute: Value | undefined,
): Value {
  const seen = new Set<HashKey>();
  function* kept(): Generator<Value> {
    const key = keyOf(attribute, sensitive);
    for (const item of elements(state, value)) {
      state.charge(1);
      const hash = hashKey(key(state, item));
      if (seen.has(hash)) continue;
      seen.add(hash);
      yield item;
    }
  }
  return new Lazy(kept());
}

function groupby(
  state: RenderState,
  value: Value,
  attribute: Value | undefined,
  absent: Value | undefined,
  sensitive: Value | undefined,
): Value {
  const path = attributePath(attribute);
  const key = keyOf(attribute, sensitive, absent ?? undefined);
  const items = elements(state, value);
  state.allocateElements(items.length);
  const groups: { key: Value; items: Value[] }[] = [];
  for (const item of sorted(state, items, (item) => key(state, item), false)) {
    const itemKey = key(state, item);
    const group = groups.at(-1);
    if (group === undefined || compareValues(state, group.key, itemKey) !== 0) {
      groups.push({ key: itemKey, items: [item] });
    } else {
      group.items.push(item);
    }
  }
  return listOf(
    groups.map((group) => {
      // The first element tells how the key is written.
      const shown = follow(state, group.items[0], path, absent ?? undefined);
      const fields = [shown, listOf(group.items)];
      return new Sequence(fields, 0, 2, true, ['grouper', 'list']);
    }),
  );
}

export const orderFilters: (readonly [string, Filter])[] = [
  withParameters('sort', 'reverse? case_sensitive? attribute?', sort),
  withParameters('dictsort', 'case_sensitive? by? reverse?', dictsort),
  withParameters('min', 'case_sensitive? attribute?', extreme('<')),
  withParameters('max', 'case_sensitive? attribute?', extreme('>')),
  withParameters('unique', 'case_sensitive? attribute?', unique),
  withParameters('groupby', 'attribute default? case_sensitive?', groupby),
];
