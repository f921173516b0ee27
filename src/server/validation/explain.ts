import { KingletError } from '../../errors.js';
import type { SchemaNode } from './node.js';

/** The part of a validation error that is used here; the names are Ajv's. */
export interface SchemaViolation {
  readonly keyword: string;
  /** JSON pointer with a leading '#'. */
  readonly schemaPath: string;
  /** JSON pointer. */
  readonly instancePath: string;
  readonly params: object;
}

const SHOWN_CHARACTERS = 60;

/** Turns the violations of one value into the error that a client reads. */
export function explain(
  violations: readonly SchemaViolation[],
  schema: SchemaNode,
  value: unknown,
): KingletError {
  for (const violation of violations) {
    const refused = ancestor(violation, schema, (node) => node.unsupported !== undefined);
    if (refused === null) continue;
    const name = fieldPath(refused.path);
    return new KingletError(
      'unsupported_parameter',
      `'${name}' is not supported: ${refused.node.unsupported}`,
      { param: name },
    );
  }
  const violation = mostTelling(violations);
  const whole = ancestor(violation, schema, (node) => node.whole === true);
  if (whole !== null) return invalidValue(whole.node, whole.path, value);
  const path = pointerSteps(violation.instancePath);

  if (violation.keyword === 'required') {
    const { requiredProperties } = violation.params as { requiredProperties: readonly string[] };
    const name = fieldPath([...path, requiredProperties[0]]);
    return new KingletError(
      'missing_required_parameter',
      `Missing required parameter: '${name}'.`,
      {
        param: name,
      },
    );
  }
  if (violation.keyword === 'additionalProperties') {
    const { additionalProperties } = violation.params as {
      additionalProperties: readonly string[];
    };
    const name = fieldPath([...path, additionalProperties[0]]);
    return new KingletError('unknown_parameter', `Unknown parameter: '${name}'.`, { param: name });
  }
  return invalidValue(nodeAt(schema, violation.schemaPath), path, value);
}

function invalidValue(node: SchemaNode, path: readonly string[], value: unknown): KingletError {
  const name = fieldPath(path);
  const subject = name === '' ? 'request body' : `'${name}'`;
  const got = shown(valueAt(value, path));
  return new KingletError(
    'invalid_value',
    `Invalid ${subject}: expected ${expectation(node)}, but got ${got}.`,
    { param: name === '' ? null : name },
  );
}

/** Path of a field as clients write it: messages[0].content. */
export function fieldPath(steps: readonly string[]): string {
  let path = '';
  for (const step of steps) {
    if (/^\d+$/.test(step)) path += `[${step}]`;
    else path += path === '' ? step : `.${step}`;
  }
  return path;
}

/**
 * Of the errors that the alternatives of an anyOf give, the deepest says most: it comes from the
 * alternative that fitted furthest. Where none went deeper, the anyOf itself knows what is expected.
 */
function mostTelling(violations: readonly SchemaViolation[]): SchemaViolation {
  const depth = (violation: SchemaViolation) => pointerSteps(violation.instancePath).length;
  const candidates = violations.filter((violation) => violation.keyword !== 'boolean');
  const union = candidates.find((violation) => violation.keyword === 'anyOf');
  if (union === undefined) return candidates[0] ?? violations[0];
  const inside = candidates.filter((violation) => depth(violation) > depth(union));
  return inside.reduce((best, next) => (depth(next) > depth(best) ? next : best), union);
}

/** The outermost schema node around a violation that is as wanted, and the path of its value. */
function ancestor(
  violation: SchemaViolation,
  schema: SchemaNode,
  wanted: (node: SchemaNode) => boolean,
): { node: SchemaNode; path: string[] } | null {
  const schemaSteps = pointerSteps(violation.schemaPath.slice(1));
  const instanceSteps = pointerSteps(violation.instancePath);
  let node: unknown = schema;
  let taken = 0;
  for (let i = 0; ; i++) {
    if (node === undefined) return null;
    if (wanted(node as SchemaNode)) {
      return { node: node as SchemaNode, path: instanceSteps.slice(0, taken) };
    }
    if (i === schemaSteps.length) return null;
    // Of the schema's steps, a property's name and `items` go one step into the value.
    if (schemaSteps[i - 1] === 'properties' || schemaSteps[i] === 'items') taken++;
    node = (node as Record<string, unknown>)[schemaSteps[i]];
  }
}

function expectation(node: SchemaNode): string {
  if (node.expected !== undefined) return node.expected;
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.enum !== undefined)
    return `one of ${node.enum.map((v) => JSON.stringify(v)).join(', ')}`;
  if (node.anyOf !== undefined) return node.anyOf.map(expectation).join(' or ');
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
  const text = JSON.stringify(value);
  return text.length <= SHOWN_CHARACTERS
    ? text
    : `a string of ${(value as string).length} characters`;
}

function pointerSteps(pointer: string): string[] {
  if (pointer === '') return [];
  return pointer
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function nodeAt(schema: SchemaNode, schemaPath: string): SchemaNode {
  return valueAt(schema, pointerSteps(schemaPath.slice(1))) ?? {};
}

function valueAt(value: unknown, steps: readonly string[]): unknown {
  let at = value;
  for (const step of steps) at = (at as Record<string, unknown> | null | undefined)?.[step];
  return at;
}
