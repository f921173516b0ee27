import { regexLanguage } from '../../src/grammar/regex/determinize.js';
import { acceptOf, type Language } from '../../src/grammar/language/language.js';
import { PropertyOrder } from '../../src/grammar/schema/property-order.js';
import {
  entriesOf,
  isObject,
  memberOf,
  SchemaDocument,
  type SchemaNode,
} from '../../src/grammar/schema/schema-document.js';
import type { JsonNode } from './json-node.js';

const IN_PLACE_LISTS = ['allOf', 'anyOf', 'oneOf'] as const;
const IN_PLACE_SCHEMAS = ['if', 'then', 'else', 'not'] as const;

/**
 * An instance with each object's members as its schemas list them: listed ones first, then the
 * others as they stand. Whatever the schema says in vain (a reference that leads nowhere) orders
 * nothing.
 */
export function inSchemaOrder(schema: unknown, instance: JsonNode): JsonNode {
  return new Sorter(new SchemaDocument(schema)).sorted(instance);
}

class Sorter {
  readonly #document: SchemaDocument;
  readonly #order: PropertyOrder;
  readonly #patterns = new Map<string, Language | null>();

  constructor(document: SchemaDocument) {
    this.#document = document;
    this.#order = new PropertyOrder(document);
  }

  sorted(instance: JsonNode): JsonNode {
    return this.#sort(instance, [this.#document.root]);
  }

  #sort(node: JsonNode, schemas: readonly SchemaNode[]): JsonNode {
    if (node.kind === 'text') return node;
    const all = [...this.#inPlace(schemas)];
    if (node.kind === 'list') {
      return {
        kind: 'list',
        items: node.items.map((item, i) => this.#sort(item, this.#ofItem(all, i))),
      };
    }
    const names = this.#order.of(schemas);
    const places = new Map(names.map((name, place) => [name, place]));
    const place = (name: string): number => places.get(name) ?? names.length;
    const members = [...node.members].sort(([a], [b]) => place(a) - place(b));
    return {
      kind: 'members',
      members: members.map(([name, value]) => [name, this.#sort(value, this.#ofName(all, name))]),
    };
  }

  /** The schemas and all that they put in their own place. */
  #inPlace(schemas: readonly SchemaNode[]): Set<SchemaNode> {
    const all = new Set<SchemaNode>();
    const visit = (node: SchemaNode): void => {
      if (all.has(node)) return;
      all.add(node);
      const child = (value: unknown, ...names: (string | number)[]): void => {
        if (isObject(value)) visit(this.#document.child(node, value, ...names));
      };
      const reference = memberOf(node.value, '$ref');
      if (typeof reference === 'string') visit(this.#document.resolve(node, reference));
      for (const list of IN_PLACE_LISTS) {
        const value = memberOf(node.value, list);
        if (Array.isArray(value))
          value.forEach((one: unknown, i) => {
            child(one, list, i);
          });
      }
      for (const name of IN_PLACE_SCHEMAS) child(memberOf(node.value, name), name);
      for (const name of ['dependentSchemas', 'dependencies']) {
        const value = memberOf(node.value, name);
        if (!isObject(value)) continue;
        for (const [key, one] of entriesOf(value)) child(one, name, key);
      }
    };
    schemas.forEach(visit);
    return all;
  }

  #ofName(schemas: readonly SchemaNode[], name: string): SchemaNode[] {
    return schemas.flatMap((node) => {
      const found: SchemaNode[] = [];
      const add = (value: unknown, ...path: string[]): void => {
        if (isObject(value)) found.push(this.#document.child(node, value, ...path));
      };
      add(memberOf(memberOf(node.value, 'properties'), name), 'properties', name);
      const patterns = memberOf(node.value, 'patternProperties');
      if (isObject(patterns)) {
        for (const [source, value] of entriesOf(patterns)) {
          if (this.#matches(source, name)) add(value, 'patternProperties', source);
        }
      }
      if (found.length === 0) {
        add(memberOf(node.value, 'additionalProperties'), 'additionalProperties');
      }
      return found;
    });
  }

  #ofItem(schemas: readonly SchemaNode[], index: number): SchemaNode[] {
    return schemas.flatMap((node) => {
      const items = memberOf(node.value, 'items');
      const prefix = Array.isArray(items)
        ? (items as unknown[])
        : memberOf(node.value, 'prefixItems');
      const own = Array.isArray(prefix) ? (prefix as unknown[])[index] : undefined;
      const rest = Array.isArray(items) ? memberOf(node.value, 'additionalItems') : items;
      const value = own ?? rest;
      return isObject(value) ? [this.#document.child(node, value, 'items', index)] : [];
    });
  }

  #matches(source: string, name: string): boolean {
    let language = this.#patterns.get(source);
    if (language === undefined) {
      try {
        language = regexLanguage(source, 'search');
      } catch {
        language = null;
      }
      this.#patterns.set(source, language);
    }
    return language !== null && acceptOf(language, name) >= 0;
  }
}
