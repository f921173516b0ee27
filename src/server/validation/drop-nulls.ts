import type { SchemaNode } from './node.js';

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
    return value.map((element) => dropNulls(element, items));
  }
  const properties = described(schema, (node) => node.properties)?.properties;
  if (properties === undefined) return value;
  const present: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    if (member === null) continue;
    present[key] = dropNulls(member, Object.hasOwn(properties, key) ? properties[key] : undefined);
  }
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
