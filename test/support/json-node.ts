import { parseTree, type Node, type ParseError } from 'jsonc-parser';

/** A value of JSON whose numbers stay as they were written and whose members stay in order. */
export type JsonNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly JsonNode[] }
  | { readonly kind: 'members'; readonly members: readonly (readonly [string, JsonNode])[] };

/** Reads a JSON text. */
export function readJson(text: string): JsonNode {
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { disallowComments: true });
  if (tree === undefined || errors.length > 0) throw new Error(`no JSON: ${text.slice(0, 80)}`);
  return nodeOf(tree, text);
}

function nodeOf(node: Node, source: string): JsonNode {
  const children = node.children ?? [];
  switch (node.type) {
    case 'array':
      return { kind: 'list', items: children.map((child) => nodeOf(child, source)) };
    case 'object':
      return {
        kind: 'members',
        members: children.map((property) => {
          const [name, value] = property.children!;
          return [name!.value as string, nodeOf(value!, source)];
        }),
      };
    case 'string':
      return { kind: 'text', text: JSON.stringify(node.value) };
    case 'boolean':
    case 'null':
    case 'number':
    case 'property':
      return { kind: 'text', text: source.slice(node.offset, node.offset + node.length) };
  }
}

export function memberOf(node: JsonNode, name: string): JsonNode | undefined {
  if (node.kind !== 'members') return undefined;
  return node.members.find(([key]) => key === name)?.[1];
}

/** As Python's `json.dumps(value, ensure_ascii=False)` writes it. */
export function written(node: JsonNode): string {
  switch (node.kind) {
    case 'text':
      return node.text;
    case 'list':
      return `[${node.items.map(written).join(', ')}]`;
    case 'members':
      return `{${node.members
        .map(([name, value]) => `${JSON.stringify(name)}: ${written(value)}`)
        .join(', ')}}`;
  }
}
