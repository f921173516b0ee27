import type { RenderState } from '../render-state.js';
import { Callable, NativeFunction } from '../values/callable.js';
import { Obj, type Value } from '../values/value.js';

/** jinja2's cycler: goes round its items. */
export class Cycler extends Obj {
  readonly typeName = 'jinja2.utils.Cycler';
  #at = 0;

  readonly #items: readonly Value[];

  /** At least one item. */
  constructor(items: readonly Value[]) {
    super();
    this.#items = items;
  }

  override attribute(name: string): Value | undefined {
    switch (name) {
      case 'current':
        return this.#items[this.#at];
      case 'next':
        return new NativeFunction(name, () => {
          const item = this.#items[this.#at]!;
          this.#at = (this.#at + 1) % this.#items.length;
          return item;
        });
      case 'reset':
        return new NativeFunction(name, () => {
          this.#at = 0;
          return null;
        });
      default:
        return undefined;
    }
  }
}

/** jinja2's joiner: empty when it is called first, and then what goes between. */
export class Joiner extends Callable {
  readonly typeName = 'jinja2.utils.Joiner';
  #used = false;

  readonly #separator: Value;

  constructor(separator: Value) {
    super();
    this.#separator = separator;
  }

  call(_state: RenderState): Value {
    if (this.#used) return this.#separator;
    this.#used = true;
    return '';
  }
}
