/** A JSON Schema as a program that reads exactly the texts of what fits it, as Kinglet spells them. */
import { unsatisfiable } from '../grammar-error.js';
import { REFUSED } from '../language/language.js';
import { UNBOUNDED } from '../language/lengths.js';
import { languageOf } from '../language/text-list.js';
import { relabelled } from '../language/relabel.js';
import { ProgramBuilder } from '../program/program-builder.js';
import { ARRAY_PHASES, OBJECT_PHASES, Op, type Program } from '../program/program.js';
import type { Condition } from './condition.js';
import { FALSE, NULL, TRUE } from './scalar-conditions.js';
import { parseSchemaText, SchemaDocument } from './schema-document.js';
import type { ArrayShape, ObjectShape } from './shape.js';
import { Shapes } from './shapes.js';
import type { StringSet } from './strings.js';

/** `text`: the schema's JSON. `tick` is called again and again, and throws when time is up. */
export function compileSchema(text: string, tick: () => void = () => undefined): Program {
  const builder = new ProgramBuilder();
  // Node 0 is where the program begins.
  builder.reserve();
  const value = addSchema(builder, text, { tick });
  builder.set(0, Op.call, value, 0, builder.add(Op.return));
  return builder.finish();
}

export interface SchemaTerms {
  readonly tick: () => void;
  /** Of what fits the schema, objects alone. */
  readonly objectsAlone?: boolean;
}

/** Adds a rule that reads what fits a schema; returns its node. */
export function addSchema(
  builder: ProgramBuilder,
  text: string,
  { tick, objectsAlone = false }: SchemaTerms,
): number {
  const document = new SchemaDocument(parseSchemaText(text));
  const shapes = new Shapes(document, tick);
  const object = document.node({ type: 'object' }, '#', document.root.base);
  const root = shapes.conditions.of(
    [document.root, ...(objectsAlone ? [object] : [])].map((node) => ({ node, positive: true })),
  );
  if (!shapes.isProductive(root)) throw unsatisfiable('no value fits the schema', '#');
  return new SchemaEmitter(shapes, builder).add(root);
}

const NO_NODE = -1;

class SchemaEmitter {
  readonly #shapes: Shapes;
  readonly #builder: ProgramBuilder;
  readonly #values = new Map<Condition, number>();
  /** Conditions that have a node whose rule is still to be written. */
  readonly #open: Condition[] = [];
  readonly #end: number;

  constructor(shapes: Shapes, builder: ProgramBuilder) {
    this.#shapes = shapes;
    this.#builder = builder;
    this.#end = builder.add(Op.return);
  }

  /** The rule of a condition that some value fits. */
  add(root: Condition): number {
    const value = this.#value(root);
    for (let condition = this.#open.pop(); condition; condition = this.#open.pop()) {
      this.#writeValue(condition);
    }
    return value;
  }

  #value(condition: Condition): number {
    if (!this.#shapes.isProductive(condition)) return NO_NODE;
    let node = this.#values.get(condition);
    if (node === undefined) {
      node = this.#builder.reserve();
      this.#values.set(condition, node);
      this.#open.push(condition);
    }
    return node;
  }

  #writeValue(condition: Condition): void {
    const shape = this.#shapes.productiveShape(condition);
    const builder = this.#builder;
    const nodes: number[] = [];
    for (const [bit, word] of [
      [NULL, 'null'],
      [FALSE, 'false'],
      [TRUE, 'true'],
    ] as const) {
      if ((shape.words & bit) !== 0) nodes.push(builder.literal(word, this.#end));
    }
    if (shape.numbers !== null) {
      const start = builder.language(shape.numbers.language, null);
      nodes.push(builder.add(Op.text, start, 0, this.#end));
    }
    if (shape.strings !== null) nodes.push(this.#string(shape.strings));
    for (const array of shape.arrays) nodes.push(this.#array(array));
    for (const object of shape.objects) nodes.push(this.#object(object));
    builder.setFork(this.#values.get(condition)!, nodes);
  }

  #string({ language, least, most, lengths }: StringSet): number {
    const start = this.#builder.language(language, lengths);
    const counts = least > 0 || most !== UNBOUNDED ? this.#builder.counts(least, most) : -1;
    return this.#builder.add(Op.string, start, counts, this.#end);
  }

  #array({ prefix, rest, least, most, contains, unique }: ArrayShape): number {
    const first = prefix.map((condition) => this.#value(condition));
    // Behind an item that nothing fits no other comes.
    const missing = first.indexOf(NO_NODE);
    const others = this.#value(rest);
    const kept = contains === null ? NO_NODE : this.#value(contains.rest);
    const values = (unique ?? [])
      .map((condition) => this.#value(condition))
      .filter((node) => node !== NO_NODE);
    let longest = most;
    if (missing >= 0) longest = Math.min(longest, missing);
    else if (unique !== null) longest = Math.min(longest, values.length);
    else if (others === NO_NODE) {
      const contained = contains === null ? 0 : kept === NO_NODE ? 0 : contains.most;
      longest = Math.min(longest, contains === null ? first.length : contained);
    }
    const words = [
      first.length,
      this.#builder.list(first),
      others,
      least,
      longest,
      kept,
      contains?.least ?? 0,
      contains === null ? 0 : kept === NO_NODE ? 0 : contains.most,
      values.length,
      this.#builder.list(values),
    ];
    return this.#builder.array(words, ARRAY_PHASES, this.#end);
  }

  #object({ names, values, required, others, keys, least, most }: ObjectShape): number {
    const nodes = [...values, ...others].map((condition) => this.#value(condition));
    const otherNodes = nodes.slice(names.length);
    // Names that are listed and impossible are told by their nodes, and need no keys of their own.
    const open = otherNodes.some((node) => node !== NO_NODE);
    const possible =
      open && otherNodes.includes(NO_NODE)
        ? relabelled(languageOf(keys), (label) => (nodes[label] === NO_NODE ? REFUSED : label))
        : keys;
    const nextRequired = new Array<number>(names.length + 1).fill(names.length);
    const requiredFrom = new Array<number>(names.length + 1).fill(0);
    const possibleFrom = new Array<number>(names.length + 1).fill(0);
    for (let i = names.length - 1; i >= 0; i--) {
      nextRequired[i] = required[i] === true ? i : nextRequired[i + 1]!;
      requiredFrom[i] = requiredFrom[i + 1]! + (required[i] === true ? 1 : 0);
      possibleFrom[i] = possibleFrom[i + 1]! + (nodes[i] === NO_NODE ? 0 : 1);
    }
    const words = [
      this.#builder.language(possible, null, names.length),
      names.length,
      open ? others.length : 0,
      least,
      most,
      this.#builder.list(nodes),
      this.#builder.list(nextRequired),
      this.#builder.list([...requiredFrom, ...possibleFrom]),
    ];
    return this.#builder.object(words, OBJECT_PHASES, this.#end);
  }
}
