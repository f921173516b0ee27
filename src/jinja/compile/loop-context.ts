import { typeError } from '../errors.js';
import { equals } from '../operators/compare.js';
import { elements, iterator } from '../operators/iterate.js';
import type { RenderState } from '../render-state.js';
import { Lazy } from '../values/iterators.js';
import { Callable, type Named, NativeFunction } from '../values/callable.js';
import { tupleOf } from '../values/sequence.js';
import { Undefined } from '../values/undefined.js';
import type { Value } from '../values/value.js';

/** Runs a recursive loop over other elements, one level deeper; what it writes is the result. */
export type Recurse = (state: RenderState, iterated: Value, depth: number) => Value;

/** jinja2's `loop`. */
export class LoopContext extends Callable {
  readonly typeName = 'jinja2.runtime.LoopContext';
  /** Of the elements that were read; generators are read as far as is asked for. */
  #items: readonly Value[];
  readonly #growing: Value[] | null;
  readonly #source: Iterator<Value> | null;
  readonly #depth: number;
  readonly #recurse: Recurse | null;
  readonly #state: RenderState;
  #index = -1;
  #changed: readonly Value[] | null = null;

  constructor(state: RenderState, iterated: Value, depth: number, recurse: Recurse | null) {
    super();
    this.#state = state;
    if (iterated instanceof Lazy) {
      this.#items = this.#growing = [];
      this.#source = iterator(state, iterated);
    } else {
      this.#items = elements(state, iterated);
      this.#growing = null;
      this.#source = null;
    }
    this.#depth = depth;
    this.#recurse = recurse;
  }

  /** Goes to the next element; false where there is none. */
  advance(): boolean {
    if (!this.#has(this.#index + 1)) return false;
    this.#index++;
    return true;
  }

  get current(): Value {
    return this.#items[this.#index]!;
  }

  #has(index: number): boolean {
    while (this.#source !== null && this.#items.length <= index) {
      const next = this.#source.next();
      if (next.done === true) return false;
      this.#state.charge(1);
      if ((this.#items.length & 63) === 0) this.#state.allocateElements(64);
      this.#growing!.push(next.value);
    }
    return index < this.#items.length;
  }

  /** Going over `loop` itself goes on with the loop: pairs of element and loop. */
  iterator(): Lazy {
    const next = (): IteratorResult<Value> =>
      this.advance()
        ? { done: false, value: tupleOf([this.current, this]) }
        : { done: true, value: undefined };
    return new Lazy({ next }, '', this.typeName);
  }

  get length(): number {
    this.#has(Infinity);
    return this.#items.length;
  }

  override attribute(name: string): Value | undefined {
    const index = this.#index;
    switch (name) {
      case 'index':
        return index + 1;
      case 'index0':
        return index;
      case 'first':
        return index === 0;
      case 'last':
        return !this.#has(index + 1);
      case 'length':
        return this.length;
      case 'revindex':
        return this.length - index;
      case 'revindex0':
        return this.length - index - 1;
      case 'depth':
        return this.#depth + 1;
      case 'depth0':
        return this.#depth;
      case 'previtem':
        if (index > 0) return this.#items[index - 1];
        return new Undefined(() => 'there is no previous item');
      case 'nextitem':
        if (this.#has(index + 1)) return this.#items[index + 1];
        return new Undefined(() => 'there is no next item');
      case 'cycle':
        return new NativeFunction('cycle', (_, values) => this.#cycle(values));
      case 'changed':
        return new NativeFunction('changed', (state, values) => this.#hasChanged(state, values));
      default:
        return undefined;
    }
  }

  #cycle(values: readonly Value[]): Value {
    if (values.length === 0) throw typeError('no items for cycling given');
    return values[this.#index % values.length]!;
  }

  #hasChanged(state: RenderState, values: readonly Value[]): boolean {
    const last = this.#changed;
    this.#changed = values;
    return (
      last === null ||
      last.length !== values.length ||
      !values.every((value, i) => equals(state, value, last[i]!))
    );
  }

  call(state: RenderState, positional: readonly Value[], named: Named | null): Value {
    if (this.#recurse === null) {
      throw typeError("The loop must have the 'recursive' marker to be called recursively.");
    }
    const iterated = positional.length > 0 ? positional[0] : named?.get('iterable');
    if (iterated === undefined || positional.length + (named?.size ?? 0) > 1) {
      throw typeError('loop() takes one iterable');
    }
    return this.#recurse(state, iterated, this.#depth + 1);
  }

  override repr(): string {
    return `<LoopContext ${this.#index + 1}/${this.length}>`;
  }
}
