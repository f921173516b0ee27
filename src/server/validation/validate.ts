import type { Static, TSchema } from '../schemas/type.js';
import { dropNulls } from './drop-nulls.js';
import { explain } from './explain.js';
import { findViolation } from './violation.js';

/**
 * A function that checks a value from outside against a schema and returns it with its nulls
 * dropped. It throws a KingletError whose `param` is the path of the field that was wrong.
 */
export function validator<S extends TSchema>(schema: S): (value: unknown) => Static<S> {
  return (value) => {
    const present = dropNulls(value, schema);
    const violation = findViolation(schema, present);
    if (violation !== null) throw explain(violation);
    return present as Static<S>;
  };
}
