import { TemplateError, notUnpackable, wrongCount } from '../errors.js';
import { elements, isIterable } from '../operators/iterate.js';
import type { RenderState } from '../render-state.js';
import type { Target } from '../syntax/nodes.js';
import { Namespace } from '../values/namespace.js';
import { typeName } from '../values/type-name.js';
import type { Value } from '../values/value.js';
import type { Frame } from './frame.js';
import type { Scope } from './scope.js';

export type Assign = (frame: Frame, value: Value) => void;

/** What assigns a value to the target, in a frame of `scope`. */
export function compileTarget(target: Target, scope: Scope): Assign {
  if (target.kind === 'name') {
    const slot = scope.slot(target.name);
    return (frame, value) => {
      frame.variables[slot] = value;
    };
  }
  if (target.kind === 'attribute') {
    const { name } = target;
    const namespace = scope.reader(target.namespace);
    return (frame, value) => {
      const of = namespace(frame);
      if (!(of instanceof Namespace)) {
        throw new TemplateError(
          'TemplateRuntimeError',
          'cannot assign attribute on non-namespace object',
        );
      }
      of.set(name, value);
    };
  }
  const items = target.items.map((item) => compileTarget(item, scope));
  return (frame, value) => {
    const values = unpacked(frame.state, value, items.length);
    items.forEach((assign, i) => assign(frame, values[i]!));
  };
}

/** As many elements as there are targets. Throws a ValueError for more or fewer. */
function unpacked(state: RenderState, value: Value, count: number): readonly Value[] {
  if (!isIterable(value)) throw notUnpackable(typeName(value));
  const values = elements(state, value);
  if (values.length !== count) throw wrongCount(count, values.length);
  return values;
}
