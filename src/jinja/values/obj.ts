import type { RenderState } from '../render-state.js';
import type { Value } from './value.js';

/** Arguments given by name. */
export type Named = ReadonlyMap<string, Value>;

/** A value that is neither data nor undefined: a function, an iterator, a namespace … */
export abstract class Obj {
  /** The name of its class in Python. */
  abstract readonly typeName: string;

  /** What Python's getattr finds; undefined where there is no such attribute. */
  attribute(_name: string): Value | undefined {
    return undefined;
  }

  /** What printing it shows. */
  repr(): string {
    // Python shows an address, of which nothing can be said but how it looks.
    return `<${this.typeName} object at 0x7f0000000000>`;
  }
}

export abstract class Callable extends Obj {
  abstract call(state: RenderState, positional: readonly Value[], named: Named | null): Value;
}

/** A function of the environment, or a method bound to its value. */
export class NativeFunction extends Callable {
  constructor(
    readonly name: string,
    private readonly body: (
      state: RenderState,
      positional: readonly Value[],
      named: Named | null,
    ) => Value,
    readonly typeName = 'builtin_function_or_method',
  ) {
    super();
  }

  call(state: RenderState, positional: readonly Value[], named: Named | null): Value {
    return this.body(state, positional, named);
  }

  override repr(): string {
    return `<built-in method ${this.name} at 0x7f0000000000>`;
  }
}
