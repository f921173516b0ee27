import { noSuch, TemplateError } from '../errors.js';
import type { Filter } from './filter.js';

/** The filters by name, for those that apply others: they are known once all are. */
class Registry {
  readonly #filters = new Map<string, Filter>();

  fill(filters: Iterable<readonly [string, Filter]>): ReadonlyMap<string, Filter> {
    for (const [name, filter] of filters) this.#filters.set(name, filter);
    return this.#filters;
  }

  has(name: string): boolean {
    return this.#filters.has(name);
  }

  /** Throws a TemplateRuntimeError for an unknown one. */
  named(name: string): Filter {
    const filter = this.#filters.get(name);
    if (filter === undefined) {
      throw new TemplateError('TemplateRuntimeError', noSuch('filter', name));
    }
    return filter;
  }
}

export const registry = new Registry();
