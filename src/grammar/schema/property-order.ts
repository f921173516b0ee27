/**
 * The order in which an object's properties are written: as the schema lists them, its own before
 * those of the schemas in it, and names that are only required behind them.
 */
import { keywordOf, listOf, namesOf, objectOf, stringOf, type SchemaKeywords } from './keywords.js';
import { entriesOf, isObject, type SchemaDocument, type SchemaNode } from './schema-document.js';

const IN_PLACE_LISTS = ['allOf', 'anyOf', 'oneOf'] as const;
const IN_PLACE_SCHEMAS = ['if', 'then', 'else', 'not'] as const;
const NAMED_SCHEMAS = ['dependentSchemas', 'dependencies'] as const;

/** Keywords that say something of properties, beside those that list them. */
const OTHERS = [
  ...[...IN_PLACE_LISTS, ...IN_PLACE_SCHEMAS, ...NAMED_SCHEMAS],
  ...['enum', 'const', '$ref', 'dependentRequired'],
];

/** Whether no other schema has a say in the names, as is so with most. */
function isPlain(node: SchemaNode): node is SchemaKeywords {
  const { value } = node;
  return typeof value !== 'boolean' && !OTHERS.some((keyword) => keyword in value);
}

function ownNames(node: SchemaKeywords): readonly string[] {
  const names = entriesOf(objectOf(node, 'properties') ?? {}).map(([name]) => name);
  const { required } = node.value;
  if (required === undefined || typeof required === 'boolean') return names;
  const listed = new Set(names);
  for (const name of namesOf(node, 'required')) listed.add(name);
  return [...listed];
}

export class PropertyOrder {
  readonly #document: SchemaDocument;
  readonly #known = new Map<SchemaNode, readonly string[]>();

  constructor(document: SchemaDocument) {
    this.#document = document;
  }

  /** Names that the schemas mention for the object itself, each once. */
  of(nodes: readonly SchemaNode[]): readonly string[] {
    if (nodes.length === 1) return this.#ofNode(nodes[0]!);
    return [...new Set(nodes.flatMap((node) => this.#ofNode(node)))];
  }

  #ofNode(node: SchemaNode): readonly string[] {
    let names = this.#known.get(node);
    if (names === undefined) {
      names = isPlain(node) ? ownNames(node) : this.#allNames(node);
      this.#known.set(node, names);
    }
    return names;
  }

  #allNames(node: SchemaNode): readonly string[] {
    const listed = new Set<string>();
    const needed = new Set<string>();
    this.#collect(node, listed, needed, new Set());
    for (const name of needed) listed.add(name);
    return [...listed];
  }

  #collect(
    node: SchemaNode,
    listed: Set<string>,
    needed: Set<string>,
    seen: Set<SchemaNode>,
  ): void {
    if (typeof node.value === 'boolean' || seen.has(node)) return;
    seen.add(node);
    const keywords = node as SchemaKeywords;
    const visit = (value: unknown, ...names: (string | number)[]): void => {
      if (isObject(value)) {
        this.#collect(this.#document.child(node, value, ...names), listed, needed, seen);
      }
    };
    for (const [name] of entriesOf(objectOf(keywords, 'properties') ?? {})) listed.add(name);
    if (typeof node.value['required'] !== 'boolean') {
      for (const name of namesOf(keywords, 'required')) needed.add(name);
    }
    for (const value of [...(listOf(keywords, 'enum') ?? []), node.value['const']]) {
      if (isObject(value)) for (const [name] of entriesOf(value)) listed.add(name);
    }
    const reference = stringOf(keywords, '$ref');
    if (reference !== null) {
      this.#collect(this.#document.resolve(node, reference), listed, needed, seen);
    }
    for (const list of IN_PLACE_LISTS) {
      (listOf(keywords, list) ?? []).forEach((value, i) => {
        visit(value, list, i);
      });
    }
    for (const name of IN_PLACE_SCHEMAS) visit(keywordOf(keywords, name), name);
    for (const key of ['dependentRequired', ...NAMED_SCHEMAS]) {
      for (const [name, value] of entriesOf(objectOf(keywords, key) ?? {})) {
        needed.add(name);
        if (Array.isArray(value)) for (const other of value) needed.add(String(other));
        else visit(value, key, name);
      }
    }
  }
}
