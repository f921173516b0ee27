import { TemplateError } from '../errors.js';

/** A name, attribute or element that doesn't exist: empty where printed, an error where used. */
export class Undefined {
  readonly #describe: () => string;
  readonly #kind: 'UndefinedError' | 'SecurityError';

  constructor(describe: () => string, kind: 'UndefinedError' | 'SecurityError' = 'UndefinedError') {
    this.#describe = describe;
    this.#kind = kind;
  }

  /** A variable that isn't there. */
  static variable(name: string): Undefined {
    return new Undefined(() => `'${name}' is undefined`);
  }

  /** What using it raises. */
  error(): TemplateError {
    return new TemplateError(this.#kind, this.#describe());
  }
}
