import { Environment, Interpreter, type Scope, type Value } from './jinja.js';
import { formatTime } from './strftime.js';

/** What the template itself says is wrong with the messages. */
export class TemplateRefusal extends Error {}

/** `range(1e8)` would end the whole process, whatever the thread's limits are. */
const MAX_RANGE = 100_000;
/** UTF-16 units of one string, and elements of one list: far above any chat, far below a heap. */
const MAX_STRING = 1 << 23;
const MAX_LIST = 1 << 20;

/**
 * The names that a template sees: jinja's own and those that transformers adds, in a scope below
 * the request's, so that a request may use a name twice. Throws what the library throws.
 */
export function templateScope(context: Readonly<Record<string, unknown>>, now: Date): Scope {
  const globals = new Environment();
  for (const [name, value] of Object.entries({
    true: true,
    True: true,
    false: false,
    False: false,
    none: null,
    None: null,
    range,
    raise_exception: (message: unknown) => {
      throw new TemplateRefusal(String(message));
    },
    strftime_now: (format: unknown) => formatTime(now, String(format)),
  })) {
    globals.set(name, value);
  }
  const scope = new Environment(globals);
  // Every new scope declares jinja's `namespace`; the one in `globals` is enough.
  scope.variables.clear();
  for (const [name, value] of Object.entries(context)) scope.set(name, value);
  return scope;
}

/** The library's interpreter, held to values of a sane size at every step. */
export class BoundedInterpreter extends Interpreter {
  override evaluate(statement: unknown, scope: Scope): Value {
    const result = super.evaluate(statement, scope);
    const { value } = result;
    if (typeof value === 'string' && value.length > MAX_STRING) {
      throw new Error(`a string of more than ${MAX_STRING} characters`);
    }
    if (Array.isArray(value) && value.length > MAX_LIST) {
      throw new Error(`a list of more than ${MAX_LIST} elements`);
    }
    return result;
  }
}

/** Python's range, of at most MAX_RANGE numbers. */
function range(first: unknown, second?: unknown, third?: unknown): number[] {
  const [start, stop, step] = [second === undefined ? 0 : first, second ?? first, third ?? 1];
  if (![start, stop, step].every(Number.isSafeInteger)) throw new Error('range() takes integers');
  if (step === 0) throw new Error('range() step must not be zero');
  const [from, to, by] = [start, stop, step] as [number, number, number];
  const length = Math.max(0, Math.ceil((to - from) / by));
  if (length > MAX_RANGE) throw new Error(`range() of more than ${MAX_RANGE} numbers`);
  return Array.from({ length }, (_, i) => from + i * by);
}
