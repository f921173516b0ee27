/** Conditions of which a schema makes one: all of them, any, none, exactly one. */
export type Expression<Atom> =
  | boolean
  | { readonly op: 'atom'; readonly atom: Atom }
  | { readonly op: 'all' | 'any' | 'one'; readonly parts: readonly Expression<Atom>[] }
  | { readonly op: 'not'; readonly part: Expression<Atom> };

export function all<Atom>(parts: readonly Expression<Atom>[]): Expression<Atom> {
  const left: Expression<Atom>[] = [];
  for (const part of parts) {
    if (part === false) return false;
    if (part === true) continue;
    if (typeof part === 'object' && part.op === 'all') left.push(...part.parts);
    else left.push(part);
  }
  return left.length === 0 ? true : left.length === 1 ? left[0]! : { op: 'all', parts: left };
}

export function any<Atom>(parts: readonly Expression<Atom>[]): Expression<Atom> {
  const left = parts.filter((part) => part !== false);
  if (left.includes(true)) return true;
  return left.length === 0 ? false : left.length === 1 ? left[0]! : { op: 'any', parts: left };
}

export function not<Atom>(part: Expression<Atom>): Expression<Atom> {
  if (typeof part === 'boolean') return !part;
  return part.op === 'not' ? part.part : { op: 'not', part };
}

export function exactlyOne<Atom>(parts: readonly Expression<Atom>[]): Expression<Atom> {
  const certain = parts.filter((part) => part === true).length;
  const open = parts.filter((part) => typeof part === 'object');
  if (certain > 1) return false;
  if (certain === 1) return all(open.map(not));
  if (open.length < 2) return open[0] ?? false;
  return { op: 'one', parts: open };
}

/** Whether the condition holds where `holds` says which atoms do. */
export function evaluate<Atom>(
  expression: Expression<Atom>,
  holds: (atom: Atom) => boolean,
): boolean {
  if (typeof expression === 'boolean') return expression;
  switch (expression.op) {
    case 'atom':
      return holds(expression.atom);
    case 'not':
      return !evaluate(expression.part, holds);
    case 'all':
      for (const part of expression.parts) if (!evaluate(part, holds)) return false;
      return true;
    case 'any':
      for (const part of expression.parts) if (evaluate(part, holds)) return true;
      return false;
    case 'one': {
      let count = 0;
      for (const part of expression.parts) if (evaluate(part, holds)) count++;
      return count === 1;
    }
  }
}

export function atomsOf<Atom>(expression: Expression<Atom>): Atom[] {
  if (typeof expression === 'boolean') return [];
  switch (expression.op) {
    case 'atom':
      return [expression.atom];
    case 'not':
      return atomsOf(expression.part);
    case 'all':
    case 'any':
    case 'one':
      return expression.parts.flatMap(atomsOf);
  }
}

/** Conditions that all must hold, none of which is several of that kind. */
export const partsOf = <Atom>(expression: Expression<Atom>): readonly Expression<Atom>[] =>
  typeof expression === 'object' && expression.op === 'all' ? expression.parts : [expression];

/** The atoms of a condition that is nothing but all of them; null for others. */
export function conjunctionOf<Atom>(expression: Expression<Atom>): Atom[] | null {
  if (typeof expression === 'boolean') return expression ? [] : null;
  if (expression.op === 'atom') return [expression.atom];
  if (expression.op !== 'all') return null;
  const atoms: Atom[] = [];
  for (const part of expression.parts) {
    if (typeof part === 'boolean' || part.op !== 'atom') return null;
    atoms.push(part.atom);
  }
  return atoms;
}
