import type { RenderState } from '../render-state.js';
import { Obj, type Value } from './value.js';

/** Arguments given by name. */
export type Named = ReadonlyMap<string, Value>;

/** A value that can be called: a function, a method, a macro … */
export abstract class Callable extends Obj {
  abstract call(state: RenderState, positional: readonly Value[], named: Named | null): Value;
}

type NativeBody = (state: RenderState, positional: readonly Value[], named: Named | null) => Value;

/** A function of the environment, or a method bound to its value. */
export class NativeFunction extends Callable {
  readonly #body: NativeBody;

  constructor(
    readonly name: string,
    body: NativeBody,
    readonly typeName = 'builtin_function_or_method',
  ) {
    super();
    this.#body = body;
  }

  call(state: RenderState, positional: readonly Value[], named: Named | null): Value {
    return this.#body(state, positional, named);
  }

  override repr(): string {
    return `<built-in method ${this.name} at 0x7f0000000000>`;
  }
}
