import { unsupported } from '../grammar-error.js';
import type { EbnfNode, EbnfRules } from './parse-ebnf.js';

/** Rules that the empty text fits. */
export function nullableRules(rules: EbnfRules): ReadonlySet<string> {
  const nullable = new Set<string>();
  for (let grown = true; grown;) {
    grown = false;
    for (const [name, node] of rules) {
      if (nullable.has(name) || !isNullable(node, nullable)) continue;
      nullable.add(name);
      grown = true;
    }
  }
  return nullable;
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
export function withoutLeftRecursion(rules: EbnfRules): EbnfRules {
  const turned = new Map([...rules].map(([name, node]) => [name, withoutOwnStart(name, node)]));
  const nullable = nullableRules(turned);
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (name: string): void => {
    if (path.includes(name)) {
      const around = [...path.slice(path.indexOf(name)), name].join('" begins with "');
      throw unsupported(`the rule "${around}": write it with * or +`, name);
    }
    if (done.has(name)) return;
    path.push(name);
    for (const first of firstRules(turned.get(name)!, nullable)) visit(first);
    path.pop();
    done.add(name);
  };
  for (const name of turned.keys()) visit(name);
  return turned;
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
