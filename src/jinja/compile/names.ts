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
  const expression = (part: Expression | null): void => eachName(part, visit);
  const walk = (body: readonly Statement[]): void => body.forEach(statement);
  function statement(node: Statement): void {
    switch (node.kind) {
      case 'output':
        node.parts.forEach((part) => typeof part !== 'string' && expression(part));
        return;
      case 'for':
        expression(node.iterated);
        expression(node.test);
        walk(node.body);
        walk(node.otherwise);
        return;
      case 'if':
        node.branches.forEach((branch) => {
          expression(branch.test);
          walk(branch.body);
        });
        walk(node.otherwise);
        return;
      case 'macro':
      case 'call block':
        if (node.kind === 'call block') expression(node.call);
        node.defaults.forEach(expression);
        walk(node.body);
        return;
      case 'filter block':
      case 'set block':
        expression(node.filter);
        if (node.kind === 'set block') eachTarget(node.target, () => undefined, visit);
        walk(node.body);
        return;
      case 'with':
        node.values.forEach(expression);
        walk(node.body);
        return;
      case 'set':
        expression(node.value);
        eachTarget(node.target, () => undefined, visit);
        return;
      case 'autoescape':
        expression(node.enabled);
        walk(node.body);
        return;
      case 'generation':
      case 'block':
        walk(node.body);
        return;
      case 'break':
      case 'continue':
      case 'load':
        return;
    }
  }
  walk(statements);
  return found;
}
