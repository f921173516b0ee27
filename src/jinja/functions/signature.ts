import { TemplateError, noKeywords, typeError } from '../errors.js';
import { isStr, type Str } from '../text/text.js';
import { typeName } from '../values/type-name.js';
import type { Named } from '../values/callable.js';
import { Undefined } from '../values/undefined.js';
import type { Value } from '../values/value.js';

/** The parameters of a function of the environment. */
export interface Signature {
  readonly name: string;
  readonly parameters: readonly string[];
  /** How many of them have no default. */
  readonly required: number;
  /** Whether they may be given by name. */
  readonly byName: boolean;
}

/** A parameter with `?` at its end has a default; a name with `/` takes no parameters by name. */
export function signature(name: string, parameters: string): Signature {
  const byName = !parameters.endsWith('/');
  const words = parameters.replace('/', '').split(' ').filter(Boolean);
  return {
    name,
    parameters: words.map((word) => word.replace('?', '')),
    required: words.filter((word) => !word.endsWith('?')).length,
    byName,
  };
}

/**
 * The arguments in the order of the parameters, undefined where none was given. Throws a
 * TypeError where they don't fit.
 */
export function bindArguments(
  { name, parameters, required, byName }: Signature,
  positional: readonly Value[],
  named: Named | null,
): (Value | undefined)[] {
  if (positional.length > parameters.length) {
    const most = parameters.length;
    throw typeError(
      `${name}() takes at most ${most} argument${most === 1 ? '' : 's'} (${positional.length} given)`,
    );
  }
  const bound: (Value | undefined)[] = [...positional];
  bound.length = parameters.length;
  if (named !== null && named.size > 0) {
    if (!byName) throw noKeywords(name);
    for (const [key, value] of named) {
      const index = parameters.indexOf(key);
      if (index < 0) throw typeError(`${name}() got an unexpected keyword argument '${key}'`);
      if (bound[index] !== undefined) {
        throw typeError(`${name}() got multiple values for argument '${key}'`);
      }
      bound[index] = value;
    }
  }
  for (let i = 0; i < required; i++) {
    if (bound[i] === undefined) {
      throw typeError(`${name}() missing a required argument: '${parameters[i]}'`);
    }
  }
  return bound;
}

/** A flag of Python's own functions, which take any int that fits into a C int; false if absent. */
export function flagArgument(value: Value | undefined): boolean {
  const flag = intArgument(value, 0);
  if (!(Math.abs(flag) <= 0x7fffffff)) {
    throw new TemplateError('OverflowError', 'Python int too large to convert to C int');
  }
  return flag !== 0;
}

/** An argument that must be a string. */
export function strArgument(value: Value | undefined, what: string): Str {
  if (value !== undefined && isStr(value)) return value;
  throw typeError(`${what} must be str, not ${typeName(value ?? null)}`);
}

/** An argument that must be an integer; beyond the safe ones it is infinite. */
export function intArgument(value: Value | undefined, absent: number): number {
  if (value === undefined) return absent;
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'bigint') return value > 0n ? Infinity : -Infinity;
  if (value instanceof Undefined) throw value.error();
  throw typeError(`'${typeName(value)}' object cannot be interpreted as an integer`);
}
