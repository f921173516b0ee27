import { KingletError } from '../../errors.js';
import { invalidValue, missingParameter, unsupportedParameter } from '../../errors/requests.js';
import { fieldPath } from './field-path.js';
import type { SchemaNode } from './node.js';
import type { Violation } from './violation.js';

const SHOWN_CHARACTERS = 60;

/** Turns what is wrong with a value into the error that a client reads. */
export function explain(violation: Violation): KingletError {
  switch (violation.kind) {
    case 'unknown':
      return unknownParameters(violation.path, violation.names, violation.count);
    case 'missing':
      return missingParameter(fieldPath([...violation.path, violation.name]));
    case 'unsupported':
      return unsupportedParameter(fieldPath(violation.path), violation.why);
    case 'invalid':
      return invalidValue(
        fieldPath(violation.path),
        `expected ${expectation(violation.node)}, but got ${shown(violation.value)}`,
      );
  }
}

function unknownParameters(
  path: readonly string[],
  names: readonly string[],
  count: number,
): KingletError {
  const paths = names.map((name) => fieldPath([...path, name]));
  const list = paths.map((each) => `'${each}'`).join(', ');
  const more = count > names.length ? ` and ${count - names.length} more` : '';
  return new KingletError(
    'unknown_parameter',
    `Unknown parameter${count === 1 ? '' : 's'}: ${list}${more}.`,
    { param: paths[0] ?? null },
  );
}

function expectation(node: SchemaNode): string {
  if (node.expected !== undefined) return node.expected;
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.enum !== undefined)
    return `one of ${node.enum.map((v) => JSON.stringify(v)).join(', ')}`;
  if (node.anyOf !== undefined) return [...new Set(node.anyOf.map(expectation))].join(' or ');
  switch (node.type) {
    case 'integer':
      return `an integer${range(node)}`;
    case 'number':
      return `a finite number${range(node)}`;
    case 'string':
      return `a string${size(node.minLength, node.maxLength, 'characters')}`;
    case 'array':
      return `a list${size(node.minItems, node.maxItems, 'entries')}`;
    case 'object':
      return `an object${size(undefined, node.maxProperties, 'entries')}`;
    case 'boolean':
      return 'true or false';
    case undefined:
    default:
      return 'another value';
  }
}

function range(node: SchemaNode): string {
  const above = node.exclusiveMinimum;
  if (above !== undefined) {
    return ` above ${above}${node.maximum === undefined ? '' : ` and at most ${node.maximum}`}`;
  }
  if (node.minimum !== undefined && node.maximum !== undefined) {
    return ` between ${node.minimum} and ${node.maximum}`;
  }
  if (node.minimum !== undefined) return ` of at least ${node.minimum}`;
  return node.maximum === undefined ? '' : ` of at most ${node.maximum}`;
}

function size(minimum: number | undefined, maximum: number | undefined, unit: string): string {
  if (minimum !== undefined && maximum !== undefined) return ` of ${minimum} to ${maximum} ${unit}`;
  if (minimum !== undefined) return ` of at least ${minimum} ${unit}`;
  return maximum === undefined ? '' : ` of at most ${maximum} ${unit}`;
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length} entries`;
  if (value !== null && typeof value === 'object') return 'an object';
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value === 'string' && value.length > SHOWN_CHARACTERS) {
    return `a string of ${value.length} characters`;
  }
  return JSON.stringify(value);
}
