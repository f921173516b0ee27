import { TemplateError } from '../errors.js';
import { iterator } from '../operators/iterate.js';
import { isTrue } from '../operators/truth.js';
import { toStr } from '../printing/repr.js';
import type { RenderState } from '../render-state.js';
import { textOf } from '../text/text.js';
import { Lazy } from '../values/iterators.js';
import type { Named } from '../values/callable.js';
import type { Value } from '../values/value.js';
import { attributePath, follow } from './attribute-path.js';
import type { Filter } from './filter.js';
import { registry } from './registry.js';
import { testNamed } from './tests.js';

type Mapping = (value: Value) => Value;

function argumentError(message: string): TemplateError {
  return new TemplateError('FilterArgumentError', message);
}

/** What `map` does to each element: read an attribute, or apply another filter. */
function mapping(state: RenderState, positional: readonly Value[], named: Named | null): Mapping {
  if (positional.length === 0 && named?.has('attribute') === true) {
    const rest = [...named.keys()].filter((name) => name !== 'attribute' && name !== 'default');
    if (rest.length > 0) throw argumentError(`Unexpected keyword argument '${rest[0]}'`);
    const path = attributePath(named.get('attribute'));
    const absent = named.get('default') ?? undefined;
    return (value) => follow(state, value, path, absent);
  }
  const [name, ...rest] = positional;
  if (name === undefined) throw argumentError('map requires a filter argument');
  const filter = registry.named(textOf(toStr(state, name)));
  return (value) => filter(state, value, rest, named);
}

const map: Filter = (state, value, positional, named) => {
  return lazily(state, value, 'sync_do_map', () => {
    const each = mapping(state, positional, named);
    return (item) => ({ value: each(item) });
  });
};

/** A generator over what is kept of the elements; nothing is looked at before its first is asked for. */
function lazily(
  state: RenderState,
  value: Value,
  name: string,
  visiting: () => (item: Value) => { value: Value } | null,
): Lazy {
  function* items(): Generator<Value> {
    if (!isTrue(value)) return;
    const visit = visiting();
    const source = iterator(state, value);
    for (let next = source.next(); next.done !== true; next = source.next()) {
      state.charge(1);
      const kept = visit(next.value);
      if (kept !== null) yield kept.value;
    }
  }
  return new Lazy(items(), name);
}

/** select, reject, selectattr and rejectattr. */
function selecting(byAttribute: boolean, wanted: boolean): Filter {
  return (state, value, positional, named) => {
    return lazily(state, value, 'select_or_reject', () => {
      if (byAttribute && positional.length === 0) {
        throw argumentError('Missing parameter for attribute name');
      }
      const path = byAttribute ? attributePath(positional[0]) : [];
      const [name, ...rest] = positional.slice(byAttribute ? 1 : 0);
      const test = name === undefined ? null : testNamed(textOf(toStr(state, name)));
      return (item) => {
        const tested = follow(state, item, path);
        const holds = test === null ? isTrue(tested) : test(state, tested, rest, named);
        return holds === wanted ? { value: item } : null;
      };
    });
  };
}

export const selectFilters: (readonly [string, Filter])[] = [
  ['map', map],
  ['select', selecting(false, true)],
  ['reject', selecting(false, false)],
  ['selectattr', selecting(true, true)],
  ['rejectattr', selecting(true, false)],
];
