/** Grammars of rules as programs. What has no rule in it is one automaton. */
import { unsatisfiable } from '../grammar-error.js';
import { isEmpty } from '../language/language.js';
import { UNBOUNDED } from '../language/lengths.js';
import { ProgramBuilder } from '../program/program-builder.js';
import { Op, type Program } from '../program/program.js';
import { determinize } from '../regex/determinize.js';
import type { RegexNode } from '../regex/syntax.js';
import { isNullable, nullableRules, withoutLeftRecursion } from './left-recursion.js';
import { parseEbnf, type EbnfNode, type EbnfRules } from './parse-ebnf.js';
import { rulesOfWhich } from './rules-of-which.js';

/** `tick` is called again and again, and throws when time is up. */
export function compileEbnf(source: string, tick: () => void = () => undefined): Program {
  const rules = withoutLeftRecursion(parseEbnf(source), tick);
  const productive = rulesOfWhich(rules, isProductive, tick);
  if (!productive.has('root')) throw unsatisfiable('no text fits the rule "root"', 'root');
  return new EbnfEmitter(rules, productive, tick).program();
}

/** Whether some text fits a node, where that is known of rules. */
function isProductive(node: EbnfNode, productive: ReadonlySet<string>): boolean {
  switch (node.kind) {
    case 'set':
      return node.set.length > 0;
    case 'rule':
      return productive.has(node.name);
    case 'repeat':
      return node.least === 0 || isProductive(node.node, productive);
    case 'sequence':
      return node.parts.every((part) => isProductive(part, productive));
    case 'choice':
      return node.parts.some((part) => isProductive(part, productive));
  }
}

class EbnfEmitter {
  readonly #rules: EbnfRules;
  readonly #productive: ReadonlySet<string>;
  readonly #nullable: ReadonlySet<string>;
  readonly #builder = new ProgramBuilder();
  readonly #nodes = new Map<string, number>();
  readonly #open: string[] = [];
  /** Whether a node is without rules. */
  readonly #regular = new Map<EbnfNode, boolean>();
  readonly #end: number;
  readonly #tick: () => void;

  constructor(rules: EbnfRules, productive: ReadonlySet<string>, tick: () => void) {
    this.#rules = rules;
    this.#productive = productive;
    this.#nullable = nullableRules(rules, tick);
    this.#tick = tick;
    // Node 0 is where the program begins.
    this.#builder.reserve();
    this.#end = this.#builder.add(Op.return);
  }

  program(): Program {
    this.#builder.set(0, Op.call, this.#rule('root'), 0, this.#end);
    for (let name = this.#open.pop(); name !== undefined; name = this.#open.pop()) {
      this.#tick();
      this.#builder.setFork(this.#nodes.get(name)!, [this.#add(this.#rules.get(name)!, this.#end)]);
    }
    return this.#builder.finish();
  }

  #rule(name: string): number {
    let node = this.#nodes.get(name);
    if (node === undefined) {
      node = this.#builder.reserve();
      this.#nodes.set(name, node);
      this.#open.push(name);
    }
    return node;
  }

  /** The node of something that is read before `next`. */
  #add(node: EbnfNode, next: number): number {
    this.#tick();
    const regular = this.#regularOf(node);
    if (regular !== null) {
      const language = determinize(regular, 'whole', this.#tick);
      if (isEmpty(language)) return this.#never();
      return this.#builder.add(Op.text, this.#builder.language(language, null), 0, next);
    }
    switch (node.kind) {
      case 'rule':
        return this.#builder.add(Op.call, this.#rule(node.name), 0, next);
      case 'choice': {
        const fork = this.#builder.reserve();
        const parts = node.parts.filter((part) => isProductive(part, this.#productive));
        this.#builder.setFork(
          fork,
          parts.map((part) => this.#add(part, next)),
        );
        return fork;
      }
      case 'sequence':
        return this.#addSequence(node.parts, next);
      case 'repeat':
        return this.#addRepeat(node, next);
      case 'set':
        return this.#never();
    }
  }

  /** Neighbours without a rule are one automaton. */
  #addSequence(parts: readonly EbnfNode[], next: number): number {
    let node = next;
    for (let end = parts.length; end > 0;) {
      let from = end - 1;
      if (this.#isRegular(parts[from]!)) {
        while (from > 0 && this.#isRegular(parts[from - 1]!)) from--;
        node = this.#add({ kind: 'sequence', parts: parts.slice(from, end) }, node);
      } else {
        node = this.#add(parts[from]!, node);
      }
      end = from;
    }
    return node;
  }

  #addRepeat(repeat: EbnfNode & { readonly kind: 'repeat' }, next: number): number {
    const { node, most } = repeat;
    if (!isProductive(node, this.#productive))
      return this.#builder.add(Op.call, this.#end, 0, next);
    // What may be empty can be there as often as is asked for.
    const least = isNullable(node, this.#nullable) ? 0 : repeat.least;
    const counts = this.#builder.counts(least, most === Infinity ? UNBOUNDED : most);
    const body = this.#builder.reserve();
    this.#builder.setFork(body, [this.#add(node, this.#end)]);
    return this.#builder.add(Op.repeat, body, counts, next);
  }

  /** A node without rules as a regular expression; null where it has one. */
  #regularOf(node: EbnfNode): RegexNode | null {
    return this.#isRegular(node) ? (node as RegexNode) : null;
  }

  #isRegular(node: EbnfNode): boolean {
    switch (node.kind) {
      case 'set':
        return true;
      case 'rule':
        return false;
      case 'repeat':
        return this.#isRegular(node.node);
      case 'sequence':
      case 'choice': {
        let regular = this.#regular.get(node);
        if (regular === undefined) {
          regular = node.parts.every((part) => this.#isRegular(part));
          this.#regular.set(node, regular);
        }
        return regular;
      }
    }
  }

  #never(): number {
    const node = this.#builder.reserve();
    this.#builder.setFork(node, []);
    return node;
  }
}
