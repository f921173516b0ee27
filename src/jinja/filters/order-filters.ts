import { TemplateError, noItems } from '../errors.js';
import { flagArgument } from '../functions/signature.js';
import { elements } from '../operators/iterate.js';
import { inOrder } from '../operators/compare.js';
import { compareElements, compareValues } from '../operators/order.js';
import { isTrue } from '../operators/truth.js';
import type { RenderState } from '../render-state.js';
import { isStr, textOf } from '../text/text.js';
import { Lazy } from '../values/iterators.js';
import { listOf, Sequence, tupleOf } from '../values/sequence.js';
import { typeName } from '../values/type-name.js';
import { Undefined } from '../values/undefined.js';
import { Dict, hashKey, type HashKey, type Value } from '../values/value.js';
import { attributePath, follow } from './attribute-path.js';
import { type Filter, withParameters } from './filter.js';

/** What an element is compared by. */
type Key = (state: RenderState, value: Value) => Value;

/** Without `case_sensitive`, strings count in lower case. */
function keyOf(attribute: Value | undefined, sensitive: Value | undefined, absent?: Value): Key {
  const path = attributePath(attribute);
  const exact = isTrue(sensitive ?? false);
  return (state, value) => {
    return folded(state, follow(state, value, path, absent), exact);
  };
}

/** Keys are only compared: they need no origin. */
function folded(state: RenderState, key: Value, exact: boolean): Value {
  if (exact || !isStr(key)) return key;
  const text = textOf(key);
  state.allocateText(text.length);
  return text.toLowerCase();
}

function sorted<T>(
  state: RenderState,
  items: readonly T[],
  key: (item: T) => Value,
  descending: boolean,
  compare: typeof compareValues = compareValues,
): T[] {
  state.allocateObjects(items.length);
  const keyed = items.map((item) => [key(item), item] as const);
  // Python keeps equal elements in place in both directions.
  keyed.sort(([a], [b]) => (descending ? compare(state, b, a) : compare(state, a, b)));
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
  // Keys of several parts are lists.
  state.allocateObjects(paths.length > 1 ? 4 * items.length : 0);
  const key = (item: Value): Value => {
    const parts = paths.map((path) => {
      return folded(state, follow(state, item, path), exact);
    });
    return parts.length === 1 ? parts[0]! : listOf(parts);
  };
  return listOf(sorted(state, items, key, flagArgument(reverse), compareElements));
}

function dictsort(
  state: RenderState,
  value: Value,
  sensitive: Value | undefined,
  by: Value | undefined,
  reverse: Value | undefined,
): Value {
  if (value instanceof Undefined) throw value.error();
  if (!(value instanceof Dict)) throw noItems('TypeError', typeName(value));
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
    let [best] = items;
    if (best === undefined) return new Undefined(() => 'No aggregated item, sequence was empty.');
    let bestKey = key(state, best);
    for (let i = 1; i < items.length; i++) {
      const item = items[i]!;
      const candidate = key(state, item);
      state.charge(1);
      if (inOrder(state, order, candidate, bestKey)) {
        best = item;
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
  const key = keyOf(attribute, sensitive);
  const seen = new Set<HashKey>();
  function* kept(): Generator<Value> {
    for (const item of elements(state, value)) {
      state.charge(1);
      const hash = hashKey(key(state, item));
      if (seen.has(hash)) continue;
      seen.add(hash);
      yield item;
    }
  }
  return new Lazy(kept(), 'sync_do_unique');
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
  const groups: { key: Value; first: Value; items: Value[] }[] = [];
  for (const item of sorted(state, items, (item) => key(state, item), false)) {
    const itemKey = key(state, item);
    const group = groups.at(-1);
    if (group === undefined || compareValues(state, group.key, itemKey) !== 0) {
      groups.push({ key: itemKey, first: item, items: [item] });
    } else {
      group.items.push(item);
    }
  }
  return listOf(
    groups.map((group) => {
      // The first element tells how the key is written.
      const shown = follow(state, group.first, path, absent ?? undefined);
      const fields = [shown, listOf(group.items)];
      return Sequence.of(fields, true, ['grouper', 'list']);
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
