import { malformed, unsatisfiable, unsupported, type GrammarError } from '../grammar-error.js';

/** An object of a schema as JSON.parse gives it, digit-only names with a mark before them. */
export type SchemaObject = Readonly<Record<string, unknown>>;

/** A schema within a document. */
export interface SchemaNode {
  /** Counts from 0; the same schema has the same number. */
  readonly id: number;
  readonly value: boolean | SchemaObject;
  /** "#", "#/properties/a": where it stands. */
  readonly pointer: string;
  /** What relative references of it mean. */
  readonly base: string;
}

/** JavaScript moves names that are whole numbers to an object's front; marked, they stay. */
const MARK = '\u0000';
/** Those, and names that begin with the mark themselves. */
const MARKED_NAME = /(?<!\\)"(\d+|\\u0000(?:[^"\\]|\\.)*)"(\s*:)/g;
const ROOT_BASE = 'json-schema:///';
/** The last draft that ignores what stands beside a `$ref`, by the number in its name. */
const LAST_LONELY_REF = 7;

/** Reads a schema's text so that properties keep their order. Throws `GrammarError`. */
export function parseSchemaText(text: string): unknown {
  const marked = text.replace(MARKED_NAME, `"\\u0000$1"$2`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(marked);
  } catch (error) {
    throw malformed(`the schema is no JSON: ${error instanceof Error ? error.message : ''}`);
  }
  if (LARGE_NUMBER.test(text) || (text.includes('\\u') && HALF_PAIR.test(text)))
    checkValues(parsed);
  return parsed;
}

/** Halves of surrogate pairs, and numbers that may be too large, as JSON writes them. */
const HALF_PAIR = /\\u[dD][89a-fA-F]/;
const LARGE_NUMBER = /\d(?:[eE]\+?\d{3}|\d{299})/;

/** Throws for a string that is no text, and for a number that JavaScript has as infinite. */
function checkValues(root: unknown): void {
  const open: [value: unknown, pointer: string][] = [[root, '#']];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [value, pointer] = next;
    if (typeof value === 'string') checkText(value, pointer);
    if (typeof value === 'number' && !Number.isFinite(value)) {
      throw malformed('a number is larger than 1.8e308', pointer);
    }
    if (Array.isArray(value)) {
      value.forEach((item, i) => open.push([item, pointerTo(pointer, i)]));
    } else if (isObject(value)) {
      for (const [name, member] of entriesOf(value)) {
        checkText(name, pointer);
        open.push([member, pointerTo(pointer, name)]);
      }
    }
  }
}

function checkText(text: string, pointer: string): void {
  if (text.isWellFormed()) return;
  throw malformed('a string holds half of a surrogate pair, which is no character', pointer);
}

/** A property's name as it is meant. */
const nameOf = (key: string): string => (key.startsWith(MARK) ? key.slice(1) : key);

export const isObject = (value: unknown): value is SchemaObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Names and values of an object, as meant, in order. */
export function entriesOf(object: SchemaObject): [name: string, value: unknown][] {
  return Object.keys(object).map((key) => [nameOf(key), object[key]]);
}

/** A schema whose references lead back to it before they come to anything. */
export const endless = (pointer: string): GrammarError =>
  unsatisfiable(
    'the schema refers to itself without an end, or more than 200 schemas deep',
    pointer,
  );

const encodePointer = (name: string): string =>
  name.includes('~') || name.includes('/') ? name.replace(/~/g, '~0').replace(/\//g, '~1') : name;

export const pointerTo = (pointer: string, ...names: readonly (string | number)[]): string =>
  names.reduce<string>((path, name) => `${path}/${encodePointer(String(name))}`, pointer);

/** All schemas of one document, and what its references name. */
export class SchemaDocument {
  readonly root: SchemaNode;
  /** Beside a `$ref` nothing counts (draft 7 and older). */
  readonly lonelyRefs: boolean;
  #count = 0;
  readonly #nodes = new Map<object, SchemaNode>();
  /** By their numbers, what the references of schemas name. */
  readonly #targets: (SchemaNode | undefined)[] = [];
  readonly #true: SchemaNode;
  readonly #false: SchemaNode;
  /** Where each `$id` and `$anchor` stands; made when a reference asks for it. */
  #places: Map<string, SchemaNode> | null = null;

  constructor(schema: unknown) {
    this.#true = this.#create(true, '#', ROOT_BASE);
    this.#false = this.#create(false, '#', ROOT_BASE);
    this.root = this.node(schema, '#', ROOT_BASE);
    const { value } = this.root;
    const draft = isObject(value) ? /draft-0?(\d+)/.exec(String(value['$schema'])) : null;
    this.lonelyRefs = draft !== null && Number(draft[1]) <= LAST_LONELY_REF;
  }

  get always(): SchemaNode {
    return this.#true;
  }

  get never(): SchemaNode {
    return this.#false;
  }

  /** The schema that `value` is, standing at `pointer` where it was not met before. */
  node(value: unknown, pointer: string, base: string): SchemaNode {
    if (value === true) return this.#true;
    if (value === false) return this.#false;
    if (!isObject(value)) throw malformed('a schema must be an object, true or false', pointer);
    const known = this.#nodes.get(value);
    if (known !== undefined) return known;
    const node = this.#create(value, pointer, baseOf(value, base));
    this.#nodes.set(value, node);
    return node;
  }

  child(parent: SchemaNode, value: unknown, ...names: readonly (string | number)[]): SchemaNode {
    const known = isObject(value) ? this.#nodes.get(value) : undefined;
    if (known !== undefined) return known;
    return this.node(value, pointerTo(parent.pointer, ...names), parent.base);
  }

  /** What the `$ref` of a node names. */
  resolve(from: SchemaNode, reference: string): SchemaNode {
    return (this.#targets[from.id] ??= this.#find(from, reference));
  }

  #find(from: SchemaNode, reference: string): SchemaNode {
    const place = pointerTo(from.pointer, '$ref');
    const url = urlOf(reference, from.base);
    if (url === null) throw malformed(`"${reference}" is no reference`, place);
    const { href, fragment } = url;
    const resource = this.#resource(href);
    if (resource !== undefined) {
      const target =
        fragment === '' || fragment.startsWith('/')
          ? this.#walk(resource, fragment)
          : this.#anchor(href, fragment);
      if (target !== undefined) return target;
      // Editors write "id" where they mean no new document: references go on from the root.
      const whole = reference.startsWith('#') ? this.#walk(this.root, fragment) : undefined;
      if (whole !== undefined) return whole;
      throw malformed(`there is nothing at "${reference}"`, place);
    }
    throw unsupported(`"${reference}" is outside the schema`, place);
  }

  #create(value: boolean | SchemaObject, pointer: string, base: string): SchemaNode {
    return { id: this.#count++, value, pointer, base };
  }

  #resource(href: string): SchemaNode | undefined {
    if (href === this.root.base || href === ROOT_BASE) return this.root;
    return this.#named().get(href);
  }

  #anchor(href: string, name: string): SchemaNode | undefined {
    return this.#named().get(`${href}#${name}`);
  }

  #named(): Map<string, SchemaNode> {
    if (this.#places !== null) return this.#places;
    const places = new Map<string, SchemaNode>();
    this.#places = places;
    const visit = (value: unknown, pointer: string, base: string): void => {
      if (Array.isArray(value)) {
        value.forEach((item, i) => {
          visit(item, pointerTo(pointer, i), base);
        });
      } else if (isObject(value)) {
        const own = baseOf(value, base);
        const node = (): SchemaNode => this.node(value, pointer, base);
        if (own !== base) places.set(own, node());
        for (const key of ['$anchor', '$dynamicAnchor']) {
          const anchor = value[key];
          if (typeof anchor === 'string') places.set(`${own}#${anchor}`, node());
        }
        for (const key of ['$id', 'id']) {
          const id = value[key];
          if (typeof id === 'string' && /^#[^/]/.test(id)) places.set(own + id, node());
        }
        for (const [name, inner] of entriesOf(value)) {
          if (name === 'enum' || name === 'const') continue;
          visit(inner, pointerTo(pointer, name), own);
        }
      }
    };
    visit(this.root.value, '#', ROOT_BASE);
    return places;
  }

  #walk(from: SchemaNode, fragment: string): SchemaNode | undefined {
    let value: unknown = from.value;
    let { pointer, base } = from;
    if (fragment === '') return from;
    for (const part of fragment.slice(1).split('/')) {
      const name = part.replace(/~1/g, '/').replace(/~0/g, '~');
      if (isObject(value) && value !== from.value) base = baseOf(value, base);
      value = Array.isArray(value) ? (value as unknown[])[Number(name)] : memberOf(value, name);
      if (value === undefined) return undefined;
      pointer = pointerTo(pointer, name);
    }
    return typeof value === 'boolean' || isObject(value)
      ? this.node(value, pointer, base)
      : undefined;
  }
}

/** A member of an object by its name as meant. */
export function memberOf(value: unknown, name: string): unknown {
  if (!isObject(value)) return undefined;
  const key = /^\d+$/.test(name) || name.startsWith(MARK) ? MARK + name : name;
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function baseOf(value: SchemaObject, base: string): string {
  const id = value['$id'] ?? value['id'];
  if (typeof id !== 'string' || id === '' || id.startsWith('#')) return base;
  try {
    const url = new URL(id, base);
    url.hash = '';
    return url.href;
  } catch {
    return base;
  }
}

/** A reference without its fragment, and that; null where it is none. `base` has no fragment. */
function urlOf(reference: string, base: string): { href: string; fragment: string } | null {
  if (reference.startsWith('#')) {
    return { href: base, fragment: decodeFragment(reference.slice(1)) };
  }
  try {
    const url = new URL(reference, base);
    const fragment = decodeFragment(url.hash.slice(1));
    url.hash = '';
    return { href: url.href, fragment };
  } catch {
    return null;
  }
}

function decodeFragment(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}
