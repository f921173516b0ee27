import { Undefined } from '../values/undefined.js';
import type { Expression, Statement, Target } from '../syntax/nodes.js';
import type { Evaluate, Frame } from './frame.js';
import { eachName, eachTarget } from './names.js';

/**
 * Where a name that a scope assigns is looked for before it is assigned: further out, or (as jinja2
 * decides when it sees the assignment first) nowhere.
 */
type Unassigned = 'outer' | 'undefined';

/** A variable of the frame `hops` scopes further out. */
interface Step {
  readonly hops: number;
  readonly slot: number;
}

/** The names of one scope, which are known before it runs. */
export class Scope {
  readonly #slots = new Map<string, number>();
  #known: Known;

  readonly #isBlock: boolean;

  /** `isBlock`: it sees what the template has assigned when it runs, and else the request's. */
  constructor(
    readonly parent: Scope | null,
    isBlock = false,
  ) {
    this.#isBlock = isBlock;
    this.#known = new Known(isBlock ? null : parent);
  }

  /** How many variables a frame of this scope has. */
  get size(): number {
    return this.#slots.size;
  }

  /** Declares a name that has a value as soon as the scope starts. */
  parameter(name: string): number {
    this.#known.parameter(name);
    return this.slot(name);
  }

  /** Reads the statements of the scope, not those of scopes inside. */
  body(statements: readonly Statement[]): void {
    statements.forEach((node) => this.#known.statement(node));
    for (const name of this.#known.assigned) this.slot(name);
  }

  expressions(expressions: readonly (Expression | null)[]): void {
    expressions.forEach((part) => this.#known.expression(part));
  }

  slot(name: string): number {
    let slot = this.#slots.get(name);
    if (slot === undefined) this.#slots.set(name, (slot = this.#slots.size));
    return slot;
  }

  /** Whether this scope or one around it reads or assigns the name. */
  refers(name: string): boolean {
    if (this.#known.refers(name)) return true;
    return !this.#isBlock && (this.parent?.refers(name) ?? false);
  }

  /** Appends the variables that may hold the name; true where one of them must. */
  #stepsTo(name: string, hops: number, steps: Step[]): boolean {
    const slot = this.#slots.get(name);
    if (slot !== undefined) {
      steps.push({ hops, slot });
      if (this.#known.whenUnassigned(name) === 'undefined') return true;
    }
    const closed = this.parent !== null && this.parent.#stepsTo(name, hops + 1, steps);
    return closed && !this.#isBlock;
  }

  /** How a name is read from a frame of this scope. */
  reader(name: string): Evaluate {
    const steps: Step[] = [];
    const closed = this.#stepsTo(name, 0, steps);
    const absent = Undefined.variable(name);
    const [nearest] = steps;
    if (closed && steps.length === 1 && nearest?.hops === 0) {
      const { slot } = nearest;
      return (frame) => {
        const value = frame.variables[slot];
        return value === undefined ? absent : value;
      };
    }
    return (frame) => {
      let at: Frame = frame;
      let walked = 0;
      for (const { hops, slot } of steps) {
        for (; walked < hops; walked++) at = at.parent!;
        const value = at.variables[slot];
        if (value !== undefined) return value;
      }
      if (closed) return absent;
      const value = frame.state.variables.get(name);
      return value === undefined ? absent : value;
    };
  }
}

/** What the statements of a scope do with names, in their order. */
class Known {
  readonly assigned: Set<string>;
  readonly #places: Map<string, Unassigned>;
  readonly #outer: Scope | null;

  constructor(outer: Scope | null, from?: Known) {
    this.#outer = outer;
    this.#places = new Map(from === undefined ? [] : from.#places);
    this.assigned = new Set(from?.assigned);
  }

  refers(name: string): boolean {
    return this.#places.has(name);
  }

  whenUnassigned(name: string): Unassigned {
    return this.#places.get(name) ?? 'outer';
  }

  parameter(name: string): void {
    this.#places.set(name, 'undefined');
    this.assigned.add(name);
  }

  expression(expression: Expression | null): void {
    eachName(expression, (name) => this.#read(name));
  }

  #read(name: string): void {
    if (!this.#places.has(name) && !this.#refersOutside(name)) this.#places.set(name, 'outer');
  }

  #refersOutside(name: string): boolean {
    return this.#outer?.refers(name) ?? false;
  }

  #assign(name: string): void {
    this.assigned.add(name);
    if (this.#places.has(name)) return;
    this.#places.set(name, this.#refersOutside(name) ? 'outer' : 'undefined');
  }

  #target(target: Target): void {
    eachTarget(
      target,
      (name) => this.#assign(name),
      (name) => this.#read(name),
    );
  }

  statement(node: Statement): void {
    switch (node.kind) {
      case 'output':
        node.parts.forEach((part) => typeof part !== 'string' && this.expression(part));
        return;
      case 'for':
        this.expression(node.iterated);
        return;
      case 'if':
        this.#if(node.branches, node.otherwise);
        return;
      case 'macro':
        this.#assign(node.name);
        return;
      case 'call block':
        this.expression(node.call);
        return;
      case 'filter block':
        this.expression(node.filter);
        return;
      case 'with':
        node.assignments.forEach(({ value }) => this.expression(value));
        return;
      case 'set':
        this.expression(node.value);
        this.#target(node.target);
        return;
      case 'set block':
        this.#target(node.target);
        return;
      case 'load':
        node.names.forEach((name) => this.#assign(name));
        return;
      case 'autoescape':
      case 'generation':
      case 'block':
      case 'break':
      case 'continue':
        return;
    }
  }

  #if(
    branches: readonly { readonly test: Expression; readonly body: readonly Statement[] }[],
    otherwise: readonly Statement[],
  ): void {
    const [first, ...elifs] = branches;
    if (first === undefined) return;
    this.expression(first.test);
    const way = (go: (known: Known) => void): Known => {
      const known = new Known(this.#outer, this);
      go(known);
      return known;
    };
    const ways = [
      way((known) => first.body.forEach((node) => known.statement(node))),
      way((known) => elifs.forEach((branch) => known.#if([branch], []))),
      way((known) => otherwise.forEach((node) => known.statement(node))),
    ];
    const counts = new Map<string, number>();
    for (const way of ways) {
      for (const name of way.assigned) {
        if (!this.assigned.has(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
      }
    }
    for (const way of ways) {
      way.#places.forEach((unassigned, name) => this.#places.set(name, unassigned));
      way.assigned.forEach((name) => this.assigned.add(name));
    }
    // Assigned on some of the ways only: on the others it is what it was outside.
    for (const [name, count] of counts) if (count < ways.length) this.#places.set(name, 'outer');
  }
}
