import type { SchemaNode } from './node.js';

/** What is wrong with a value, and where. */
export type Violation = { readonly path: readonly string[] } & (
  | { readonly kind: 'unknown'; readonly names: readonly string[]; readonly count: number }
  | { readonly kind: 'missing'; readonly name: string }
  | { readonly kind: 'unsupported'; readonly why: string }
  | { readonly kind: 'invalid'; readonly node: SchemaNode; readonly value: unknown }
);

/** A violation whose path begins at the value that is looked at; callers put their steps before. */
type Found = Violation & { readonly path: string[] };

/** Names of unknown fields that an error tells. */
const NAMED = 5;

/**
 * The first thing that is wrong with a value, or null if it fits the schema. Whatever the value, the
 * search ends at the first violation: in an object unknown fields come before what is missing, that
 * before what the fields hold; the number of entries comes before them all, and in a list before its
 * elements. So nothing is run through whose first element is wrong, and the time is that of one pass
 * over the value for each alternative of an anyOf. Keywords mean what JSON Schema says; those that
 * `SchemaNode` lacks are not looked at.
 */
export function findViolation(schema: SchemaNode, value: unknown): Violation | null {
  return find(schema, value);
}

function find(schema: SchemaNode, value: unknown): Found | null {
  const found = inside(schema, value);
  if (found === null) return null;
  // The outermost annotation wins: it was written with all that is below in view.
  if (schema.unsupported !== undefined && found.kind !== 'missing') {
    return { kind: 'unsupported', path: [], why: schema.unsupported };
  }
  return found;
}

function inside(node: SchemaNode, value: unknown): Found | null {
  if (node.anyOf !== undefined) return alternatives(node, node.anyOf, value);
  if (node.not !== undefined) return invalid(node, value);
  if (node.enum !== undefined && !node.enum.includes(value)) return invalid(node, value);
  if (node.const !== undefined && node.const !== value) return invalid(node, value);
  switch (node.type) {
    case 'object':
      return isObject(value) ? members(node, value) : invalid(node, value);
    case 'array':
      return Array.isArray(value) ? elements(node, value) : invalid(node, value);
    case 'string':
      return typeof value === 'string' && fits(value, node) ? null : invalid(node, value);
    case 'integer':
      return Number.isInteger(value) && inRange(value as number, node)
        ? null
        : invalid(node, value);
    case 'number':
      return Number.isFinite(value) && inRange(value as number, node) ? null : invalid(node, value);
    case 'boolean':
      return typeof value === 'boolean' ? null : invalid(node, value);
    case undefined:
    default:
      return null;
  }
}

/**
 * Of the violations of all alternatives the deepest says most: it comes from the one that fitted
 * furthest. Where none went deeper, the anyOf itself knows what is expected. If one alternative alone
 * is of the kind that the value says it is, its word counts.
 */
function alternatives(
  node: SchemaNode,
  choices: readonly SchemaNode[],
  value: unknown,
): Found | null {
  const [only, ...others] = choices.filter((choice) => isMeant(choice, value));
  if (only !== undefined && others.length === 0) return find(only, value);
  let deepest: [Found, ...Found[]] = [invalid(node, value)];
  for (const choice of choices) {
    const found = find(choice, value);
    if (found === null) return null;
    const deeper = found.path.length - deepest[0].path.length;
    if (deeper > 0) deepest = [found];
    else if (deeper === 0) deepest.push(found);
  }
  return together(deepest);
}

/** What alternatives say of one place, none of which takes what is there. */
function together(found: readonly [Found, ...Found[]]): Found {
  const [first] = found;
  if (first.kind !== 'invalid' || first.path.length === 0) return first;
  const nodes = found.flatMap((other) =>
    other.kind === 'invalid' && other.path.every((step, i) => step === first.path[i])
      ? [other.node]
      : [],
  );
  return nodes.length === 1 ? first : { ...first, node: { anyOf: nodes } };
}

/**
 * Whether a value says that it means an alternative: an object by its member `type`, which may be
 * left out where the alternative lets it, a list by its first element.
 */
function isMeant(choice: SchemaNode, value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0 && isOfType(value[0], choice.items?.type);
  const type = choice.properties?.['type']?.const;
  if (type === undefined || !isObject(value)) return false;
  return Object.hasOwn(value, 'type')
    ? value['type'] === type
    : choice.required?.includes('type') !== true;
}

function isOfType(value: unknown, type: string | undefined): boolean {
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isObject(value);
  return typeof value === (type === 'integer' ? 'number' : type);
}

function members(node: SchemaNode, value: Readonly<Record<string, unknown>>): Found | null {
  const { properties = {}, patternProperties, maxProperties = Infinity } = node;
  const names = Object.keys(value);
  if (names.length > maxProperties) return invalid(node, value);
  // What a thing is comes first: of something else every field is unknown.
  const type = properties['type'];
  if (type?.const !== undefined && Object.hasOwn(value, 'type')) {
    const found = find(type, value['type']);
    if (found !== null) return at('type', found);
  }
  if (node.additionalProperties === false) {
    const found = unknownMembers(properties, names);
    if (found !== null) return found;
  }
  const missing = node.required?.find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) return { kind: 'missing', path: [], name: missing };
  const every = patternProperties && Object.values(patternProperties)[0];
  for (const name of names) {
    const member = Object.hasOwn(properties, name) ? properties[name] : every;
    const found = member === undefined ? null : find(member, value[name]);
    if (found !== null) return at(name, found);
  }
  return null;
}

function unknownMembers(
  known: Readonly<Record<string, SchemaNode>>,
  names: readonly string[],
): Found | null {
  const first: string[] = [];
  let count = 0;
  for (const name of names) {
    if (Object.hasOwn(known, name)) continue;
    if (++count <= NAMED) first.push(name);
  }
  return count === 0 ? null : { kind: 'unknown', path: [], names: first, count };
}

function elements(node: SchemaNode, value: readonly unknown[]): Found | null {
  const { items, minItems = 0, maxItems = Infinity } = node;
  if (value.length < minItems || value.length > maxItems) return invalid(node, value);
  if (items === undefined) return null;
  for (let i = 0; i < value.length; i++) {
    const found = find(items, value[i]);
    if (found !== null) return at(String(i), found);
  }
  return null;
}

function invalid(node: SchemaNode, value: unknown): Found {
  return { kind: 'invalid', path: [], node, value };
}

function at(step: string, found: Found): Found {
  found.path.unshift(step);
  return found;
}

/** Lengths are in code points, of which a text has at least half as many as UTF-16 units. */
function fits(text: string, { minLength = 0, maxLength = Infinity }: SchemaNode): boolean {
  if (text.length > 2 * maxLength) return false;
  if (minLength <= 1 && text.length <= maxLength) return text.length >= minLength;
  const { length } = Array.from(text);
  return length >= minLength && length <= maxLength;
}

function inRange(value: number, node: SchemaNode): boolean {
  const { minimum = -Infinity, maximum = Infinity, exclusiveMinimum = -Infinity } = node;
  return value >= minimum && value <= maximum && value > exclusiveMinimum;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
