import { unsupported, type GrammarError } from '../grammar-error.js';
import type { EbnfNode, EbnfRules } from './parse-ebnf.js';
import { rulesOfWhich } from './rules-of-which.js';

/** Rules that the message of a circle names. */
const SHOWN_RULES = 5;

/** Rules that the empty text fits. */
export function nullableRules(rules: EbnfRules, tick: () => void): ReadonlySet<string> {
  return rulesOfWhich(rules, isNullable, tick);
}

export function isNullable(node: EbnfNode, nullable: ReadonlySet<string>): boolean {
  switch (node.kind) {
    case 'set':
      return false;
    case 'rule':
      return nullable.has(node.name);
    case 'repeat':
      return node.least === 0 || isNullable(node.node, nullable);
    case 'sequence':
      return node.parts.every((part) => isNullable(part, nullable));
    case 'choice':
      return node.parts.some((part) => isNullable(part, nullable));
  }
}

/**
 * The same rules with those that begin with themselves written as repetitions: `a ::= a x | y` is
 * `a ::= y x*`. Throws where a rule begins with itself by way of others.
 */
export function withoutLeftRecursion(rules: EbnfRules, tick: () => void): EbnfRules {
  const turned = new Map([...rules].map(([name, node]) => [name, withoutOwnStart(name, node)]));
  const nullable = nullableRules(turned, tick);
  const done = new Set<string>();
  // Rules of which each begins with the next one, and what each has still to try.
  const path: string[] = [];
  const untried: Generator<string>[] = [];
  const onPath = new Set<string>();
  const enter = (name: string): void => {
    tick();
    if (onPath.has(name)) throw beginsWithItself(path.slice(path.indexOf(name)));
    if (done.has(name)) return;
    path.push(name);
    onPath.add(name);
    untried.push(firstRules(turned.get(name)!, nullable));
  };
  for (const rule of turned.keys()) {
    enter(rule);
    for (let firsts = untried.at(-1); firsts !== undefined; firsts = untried.at(-1)) {
      const first = firsts.next();
      if (first.done !== true) {
        enter(first.value);
        continue;
      }
      untried.pop();
      const name = path.pop()!;
      onPath.delete(name);
      done.add(name);
    }
  }
  return turned;
}

/** `around`: rules of which each begins with the next one, and the last with the first. */
function beginsWithItself(around: readonly string[]): GrammarError {
  const names = around.length > SHOWN_RULES ? [...around.slice(0, SHOWN_RULES), '...'] : around;
  const shown = [...names, around[0]!].join('" begins with "');
  return unsupported(`the rule "${shown}": write it with * or +`, around[0]);
}

function withoutOwnStart(name: string, node: EbnfNode): EbnfNode {
  const options = node.kind === 'choice' ? node.parts : [node];
  const rests: EbnfNode[] = [];
  const others: EbnfNode[] = [];
  for (const option of options) {
    const parts = option.kind === 'sequence' ? option.parts : [option];
    const [first] = parts;
    if (first?.kind !== 'rule' || first.name !== name) others.push(option);
    else if (parts.length > 1) rests.push({ kind: 'sequence', parts: parts.slice(1) });
  }
  if (rests.length === 0 && others.length === options.length) return node;
  const start: EbnfNode = { kind: 'choice', parts: others };
  if (rests.length === 0) return start;
  const rest: EbnfNode = { kind: 'choice', parts: rests };
  const again: EbnfNode = { kind: 'repeat', node: rest, least: 0, most: Infinity };
  return { kind: 'sequence', parts: [start, again] };
}

/** Rules that a text of the node can begin with. */
function* firstRules(node: EbnfNode, nullable: ReadonlySet<string>): Generator<string> {
  switch (node.kind) {
    case 'set':
      return;
    case 'rule':
      yield node.name;
      return;
    case 'repeat':
      yield* firstRules(node.node, nullable);
      return;
    case 'choice':
      for (const part of node.parts) yield* firstRules(part, nullable);
      return;
    case 'sequence':
      for (const part of node.parts) {
        yield* firstRules(part, nullable);
        if (!isNullable(part, nullable)) return;
      }
  }
}
