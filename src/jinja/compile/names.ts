import type { CallArguments, Expression, Statement, Target } from '../syntax/nodes.js';

/** Calls `visit` for every name that the expression reads, in the order of its parts. */
export function eachName(expression: Expression | null, visit: (name: string) => void): void {
  if (expression === null) return;
  const go = (part: Expression | null): void => eachName(part, visit);
  switch (expression.kind) {
    case 'constant':
      return;
    case 'name':
      visit(expression.name);
      return;
    case 'tuple':
    case 'list':
    case 'concat':
      expression.items.forEach(go);
      return;
    case 'dict':
      expression.pairs.forEach((pair) => pair.forEach(go));
      return;
    case 'condition':
      [expression.test, expression.then, expression.otherwise].forEach(go);
      return;
    case 'and':
    case 'or':
    case 'binary':
      go(expression.left);
      go(expression.right);
      return;
    case 'unary':
      go(expression.operand);
      return;
    case 'compare':
      go(expression.first);
      expression.rest.forEach(({ operand }) => go(operand));
      return;
    case 'attribute':
      go(expression.of);
      return;
    case 'item':
      go(expression.of);
      go(expression.key);
      return;
    case 'slice':
      [expression.start, expression.stop, expression.step].forEach(go);
      return;
    case 'call':
      go(expression.callee);
      eachArgument(expression.args, go);
      return;
    case 'filter':
    case 'test':
      go(expression.input);
      eachArgument(expression.args, go);
      return;
  }
}

function eachArgument(args: CallArguments, go: (part: Expression | null) => void): void {
  args.positional.forEach(go);
  args.named.forEach(([, value]) => go(value));
  go(args.rest);
  go(args.namedRest);
}

/** The names that a target assigns, and the namespaces that it reads. */
export function eachTarget(
  target: Target,
  assigned: (name: string) => void,
  read: (name: string) => void,
): void {
  if (target.kind === 'name') assigned(target.name);
  else if (target.kind === 'attribute') read(target.namespace);
  else target.items.forEach((item) => eachTarget(item, assigned, read));
}

/** Whether statements read `name` somewhere, in scopes of their own too. */
export function mentions(statements: readonly Statement[], name: string): boolean {
  let found = false;
  const visit = (read: string): void => {
    found ||= read === name;
  };
  for (const node of statements) {
    const { expressions = [], targets = [], bodies = [] } = partsOf(node);
    expressions.forEach((part) => eachName(part, visit));
    targets.forEach((target) => eachTarget(target, () => undefined, visit));
    if (found || bodies.some((body) => mentions(body, name))) return true;
  }
  return false;
}

interface StatementParts {
  readonly expressions?: readonly (Expression | null)[];
  /** Of these only the namespaces count, which are read. */
  readonly targets?: readonly Target[];
  readonly bodies?: readonly (readonly Statement[])[];
}

function partsOf(node: Statement): StatementParts {
  switch (node.kind) {
    case 'output':
      return { expressions: node.parts.filter((part) => typeof part !== 'string') };
    case 'for':
      return { expressions: [node.iterated, node.test], bodies: [node.body, node.otherwise] };
    case 'if':
      return {
        expressions: node.branches.map(({ test }) => test),
        bodies: [...node.branches.map(({ body }) => body), node.otherwise],
      };
    case 'macro':
      return { expressions: node.defaults, bodies: [node.body] };
    case 'call block':
      return { expressions: [node.call, ...node.defaults], bodies: [node.body] };
    case 'filter block':
      return { expressions: [node.filter], bodies: [node.body] };
    case 'set block':
      return { expressions: [node.filter], targets: [node.target], bodies: [node.body] };
    case 'with':
      return { expressions: node.assignments.map(({ value }) => value), bodies: [node.body] };
    case 'set':
      return { expressions: [node.value], targets: [node.target] };
    case 'autoescape':
      return { expressions: [node.enabled], bodies: [node.body] };
    case 'generation':
    case 'block':
      return { bodies: [node.body] };
    case 'break':
    case 'continue':
    case 'load':
      return {};
  }
}
