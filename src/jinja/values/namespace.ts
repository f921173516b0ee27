import { TemplateError } from '../errors.js';
import { hashKey, type HashKey, Obj, type Value } from './value.js';

/** jinja2's namespace: the one thing in a template that changes. */
export class Namespace extends Obj {
  readonly typeName = 'jinja2.utils.Namespace';
  /** Set while it is printed: one that holds itself is printed once. */
  printing = false;
  readonly #values = new Map<HashKey, Value>();

  override attribute(name: string): Value | undefined {
    return this.#values.get(hashKey(name));
  }

  /** Throws a SecurityError for a name that starts with an underscore. */
  set(name: string, value: Value): void {
    if (name.startsWith('_')) {
      throw new TemplateError(
        'SecurityError',
        `Chat templates cannot store underscore-prefixed attributes on a namespace, but got '${name}'. Please rename the attribute.`,
      );
    }
    this.#values.set(hashKey(name), value);
  }

  entries(): [Value, Value][] {
    return [...this.#values.entries()] as [Value, Value][];
  }
}
