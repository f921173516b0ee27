import { rulesOf, type EbnfNode, type EbnfRules } from './parse-ebnf.js';

/**
 * Rules of which something holds that follows from the rules they use: the least fixed point. `holds`
 * gets a rule and those of which it is known; a rule is asked again when one that it uses has become
 * known. `tick` is called for each question, and throws when time is up.
 */
export function rulesOfWhich(
  rules: EbnfRules,
  holds: (node: EbnfNode, known: ReadonlySet<string>) => boolean,
  tick: () => void,
): ReadonlySet<string> {
  const users = new Map<string, Set<string>>();
  for (const [name, node] of rules) {
    tick();
    for (const used of rulesOf(node)) {
      const known = users.get(used);
      if (known === undefined) users.set(used, new Set([name]));
      else known.add(name);
    }
  }
  const known = new Set<string>();
  // What is used tends to be written behind what uses it.
  const waiting = new Set([...rules.keys()].reverse());
  for (const name of waiting) {
    tick();
    waiting.delete(name);
    if (known.has(name) || !holds(rules.get(name)!, known)) continue;
    known.add(name);
    for (const user of users.get(name) ?? []) waiting.add(user);
  }
  return known;
}
