import {
  noKeywords,
  refusedRandom,
  TemplateError,
  TemplateRefusal,
  typeError,
  valueError,
} from '../errors.js';
import { elements } from '../operators/iterate.js';
import { fromKeys } from '../methods/dict-methods.js';
import { toStr } from '../printing/repr.js';
import type { RenderState } from '../render-state.js';
import { isStr, textOf } from '../text/text.js';
import { Namespace } from '../values/namespace.js';
import { Callable, type Named, NativeFunction } from '../values/callable.js';
import { Range } from '../values/range.js';
import { Sequence } from '../values/sequence.js';
import { typeName } from '../values/type-name.js';
import { Undefined } from '../values/undefined.js';
import { Dict, type Value } from '../values/value.js';
import { Cycler, Joiner } from './cycler.js';
import { bindArguments, intArgument, signature } from './signature.js';
import { formatTime } from './strftime.js';

/** What the sandbox lets range() count. */
const MAX_RANGE = 100_000;

function range(_state: RenderState, given: readonly Value[], named: Named | null): Value {
  if (named !== null && named.size > 0) throw noKeywords('range');
  if (given.length < 1) throw typeError('range expected at least 1 argument, got 0');
  if (given.length > 3) throw typeError(`range expected at most 3 arguments, got ${given.length}`);
  const [first, second, third] = given.map((value) => intArgument(value, 0));
  const [start, stop] = second === undefined ? [0, first!] : [first!, second];
  const step = third ?? 1;
  if (step === 0) throw valueError('range() arg 3 must not be zero');
  const made = new Range(start, stop, step);
  if (!(made.length <= MAX_RANGE) || !Number.isFinite(start)) {
    throw new TemplateError(
      'OverflowError',
      `Range too big. The sandbox blocks ranges larger than MAX_RANGE (${MAX_RANGE}).`,
    );
  }
  return made;
}

/** The entries of dict(…): of a mapping or of pairs, and then those given by name. */
function entriesOf(
  state: RenderState,
  positional: readonly Value[],
  named: Named | null,
): (readonly [Value, Value])[] {
  if (positional.length > 1) {
    throw typeError(`dict expected at most 1 argument, got ${positional.length}`);
  }
  const [source] = positional;
  let entries: (readonly [Value, Value])[] = [];
  if (source instanceof Dict) {
    state.allocateElements(source.size);
    entries = source.entries();
  } else if (source instanceof Undefined) {
    throw source.error();
  } else if (source !== undefined) {
    entries = elements(state, source).map((pair, i): readonly [Value, Value] => {
      const parts = pair instanceof Sequence ? pair.toArray() : elements(state, pair);
      const [key, item] = parts;
      if (parts.length === 2) return [key!, item!];
      throw valueError(
        `dictionary update sequence element #${i} has length ${parts.length}; 2 is required`,
      );
    });
  }
  state.allocateObjects(entries.length);
  return [...entries, ...(named ?? [])];
}

class DictFactory extends Callable {
  readonly typeName = 'TemplateDict';

  call(state: RenderState, positional: readonly Value[], named: Named | null): Value {
    return Dict.of(entriesOf(state, positional, named));
  }

  override attribute(name: string): Value | undefined {
    if (name !== 'fromkeys') return undefined;
    const known = signature('fromkeys', 'iterable value? /');
    return new NativeFunction(name, (state, positional, named) => {
      const [keys, value] = bindArguments(known, positional, named);
      return fromKeys(state, keys!, value ?? null);
    });
  }
}

function namespace(state: RenderState, positional: readonly Value[], named: Named | null): Value {
  const made = new Namespace();
  for (const [key, value] of Dict.of(entriesOf(state, positional, named)).entries()) {
    if (isStr(key)) made.set(textOf(key), value);
  }
  return made;
}

function refuse(state: RenderState, positional: readonly Value[], named: Named | null): never {
  const [message] = bindArguments(signature('raise_exception', 'message'), positional, named);
  throw new TemplateRefusal(textOf(toStr(state, message!)));
}

function strftimeNow(state: RenderState, positional: readonly Value[], named: Named | null): Value {
  const [format] = bindArguments(signature('strftime_now', 'format'), positional, named);
  if (!isStr(format!)) {
    throw typeError(`strftime() argument 1 must be str, not ${typeName(format!)}`);
  }
  state.checkText(12 * textOf(format).length);
  return formatTime(state.now, textOf(format));
}

function lipsum(): never {
  throw refusedRandom('lipsum');
}

/** The names that a template sees besides the request's: jinja2's and transformers'. */
export const GLOBALS: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['range', new NativeFunction('range', range)],
  ['dict', new DictFactory()],
  ['namespace', new NativeFunction('namespace', namespace, 'type')],
  [
    'cycler',
    new NativeFunction(
      'cycler',
      (_, items, named) => {
        if (items.length === 0 || (named !== null && named.size > 0)) {
          throw new TemplateError('TemplateRuntimeError', 'at least one item has to be provided');
        }
        return new Cycler(items);
      },
      'type',
    ),
  ],
  [
    'joiner',
    new NativeFunction(
      'joiner',
      (_, positional, named) => {
        const [separator] = bindArguments(signature('joiner', 'sep?'), positional, named);
        return new Joiner(separator === undefined ? ', ' : separator);
      },
      'type',
    ),
  ],
  ['lipsum', new NativeFunction('lipsum', lipsum, 'function')],
  ['raise_exception', new NativeFunction('raise_exception', refuse, 'function')],
  ['strftime_now', new NativeFunction('strftime_now', strftimeNow, 'function')],
]);
