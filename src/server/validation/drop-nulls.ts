import { carrySource } from '../json/source.js';
import type { SchemaNode } from './node.js';

/** Unknown members that may be null in one object; with more of them it is not copied, and refused. */
const SPARE_MEMBERS = 64;

/**
 * A copy of `value` without the object members that are null, which means absent in OpenAI's API.
 * It goes only as deep as the schema describes objects: what is inside free-form values
 * (chat_template_kwargs) stays as it is, and nesting in the input cannot make it recurse.
 */
export function dropNulls(value: unknown, schema: SchemaNode | undefined): unknown {
  if (schema === undefined || value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    const items = described(schema, (node) => node.items)?.items;
    if (items === undefined || described(items, (node) => node.properties) === undefined) {
      return value;
    }
    const elements = value.map((element) => dropNulls(element, items));
    carrySource(value, elements);
    return elements;
  }
  const properties = described(schema, (node) => node.properties)?.properties;
  if (properties === undefined) return value;
  const names = Object.keys(value);
  if (names.length > Object.keys(properties).length + SPARE_MEMBERS) return value;
  const present: Record<string, unknown> = {};
  for (const name of names) {
    const member = (value as Record<string, unknown>)[name];
    if (member === null) continue;
    const kept = dropNulls(member, Object.hasOwn(properties, name) ? properties[name] : undefined);
    // Assigning to this name would set the prototype instead: it is a field like any other.
    if (name === '__proto__')
      Object.defineProperty(present, name, { value: kept, enumerable: true });
    else present[name] = kept;
  }
  carrySource(value, present);
  return present;
}

/** The node itself or the alternative of its anyOf that has the wanted keyword. */
function described(
  schema: SchemaNode,
  keyword: (node: SchemaNode) => unknown,
): SchemaNode | undefined {
  if (keyword(schema) !== undefined) return schema;
  return schema.anyOf?.find((alternative) => keyword(alternative) !== undefined);
}
