import { typeError } from '../errors.js';
import type { RenderState } from '../render-state.js';
import type { MacroSignature } from '../syntax/nodes.js';
import { Callable, type Named } from '../values/callable.js';
import { tupleOf } from '../values/sequence.js';
import { Undefined } from '../values/undefined.js';
import { Dict, type Value } from '../values/value.js';
import { captured } from './capture.js';
import type { CompileBody, StatementContext } from './context.js';
import { compileExpression } from './expression.js';
import { type Evaluate, type Execute, Frame } from './frame.js';
import { mentions } from './names.js';
import { Scope } from './scope.js';

interface Parameter {
  readonly name: string;
  readonly slot: number;
  /** What it is where it isn't given; null: undefined. */
  readonly absent: Evaluate | null;
}

/** A macro as its template has it; a Macro binds it to the variables around. */
interface Definition {
  readonly name: string | null;
  readonly parameters: readonly Parameter[];
  readonly scope: Scope;
  readonly body: Execute;
  /** Slots of the names that a macro has only where it mentions them. */
  readonly caller: number | null;
  readonly rest: number | null;
  readonly namedRest: number | null;
}

class Macro extends Callable {
  readonly typeName = 'Macro';

  readonly #definition: Definition;
  readonly #outer: Frame;

  constructor(definition: Definition, outer: Frame) {
    super();
    this.#definition = definition;
    this.#outer = outer;
  }

  override attribute(name: string): Value | undefined {
    const definition = this.#definition;
    switch (name) {
      case 'name':
        return definition.name;
      case 'arguments':
        return tupleOf(definition.parameters.map((parameter) => parameter.name));
      case 'catch_varargs':
        return definition.rest !== null;
      case 'catch_kwargs':
        return definition.namedRest !== null;
      case 'caller':
        return definition.caller !== null;
      default:
        return undefined;
    }
  }

  override repr(): string {
    const { name } = this.#definition;
    return `<Macro ${name === null ? 'anonymous' : `'${name}'`}>`;
  }

  call(state: RenderState, positional: readonly Value[], named: Named | null): Value {
    const definition = this.#definition;
    const frame = new Frame(state, this.#outer, definition.scope.size);
    this.#bind(frame, positional, named);
    return captured(state, () => definition.body(frame));
  }

  #bind(frame: Frame, positional: readonly Value[], given: Named | null): void {
    const { parameters, caller, rest, namedRest } = this.#definition;
    const shown = `macro '${this.#definition.name ?? 'None'}'`;
    const named = new Map(given);
    const { variables } = frame;
    if (rest === null && positional.length > parameters.length) {
      throw typeError(`${shown} takes not more than ${parameters.length} argument(s)`);
    }
    parameters.forEach(({ name, slot }, i) => {
      if (i < positional.length) {
        variables[slot] = positional[i];
      } else if (named.has(name)) {
        variables[slot] = named.get(name);
        named.delete(name);
      }
    });
    if (caller !== null && !parameters.some(({ name }) => name === 'caller')) {
      variables[caller] = named.get('caller') ?? new Undefined(() => 'No caller defined');
      named.delete('caller');
    }
    if (namedRest !== null) {
      variables[namedRest] = Dict.of(named);
    } else if (named.size > 0) {
      const [name] = named.keys();
      if (named.has('caller')) {
        throw typeError(
          `${shown} was invoked with two values for the special caller argument. This is most likely a bug.`,
        );
      }
      throw typeError(`${shown} takes no keyword argument '${name}'`);
    }
    if (rest !== null) variables[rest] = tupleOf(positional.slice(parameters.length));
    // Defaults see the parameters before them.
    for (const { name, slot, absent } of parameters) {
      // None is a value as well.
      if (variables[slot] !== undefined) continue;
      variables[slot] =
        absent === null
          ? new Undefined(() => `parameter '${name}' was not provided`)
          : absent(frame);
    }
  }
}

/** What makes the macro, bound to the frame that it is defined in. */
export function compileMacro(
  name: string | null,
  node: MacroSignature,
  context: StatementContext,
  compileBody: CompileBody,
): (frame: Frame) => Value {
  const { parameters, body } = node;
  const scope = new Scope(context.scope);
  const slots = parameters.map((parameter) => [parameter, scope.parameter(parameter)] as const);
  const special = (key: string): number | null =>
    mentions(body, key) && !parameters.includes(key) ? scope.parameter(key) : null;
  const [caller, rest, namedRest] = [special('caller'), special('varargs'), special('kwargs')];
  scope.expressions(node.defaults);
  scope.body(body);
  const inside: StatementContext = { ...context, scope, lenient: false, inLoop: false };
  const withoutDefault = parameters.length - node.defaults.length;
  const definition: Definition = {
    name,
    parameters: slots.map(([name, slot], i) => {
      const absent = node.defaults[i - withoutDefault];
      return {
        name,
        slot,
        absent: absent === undefined ? null : compileExpression(absent, inside),
      };
    }),
    scope,
    body: compileBody(body, inside),
    caller: slots.find(([name]) => name === 'caller')?.[1] ?? caller,
    rest,
    namedRest,
  };
  return (frame) => new Macro(definition, frame);
}
