/**
 * Types of the part of @huggingface/jinja that is used here: its own declarations import their
 * neighbours without an extension, which Node's resolution doesn't follow.
 */
import * as library from '@huggingface/jinja';

export interface Value {
  readonly type: string;
  readonly value: unknown;
}

export interface Scope {
  readonly variables: Map<string, Value>;
  /** Throws for a name that this scope has already. */
  set(name: string, value: unknown): Value;
}

/** A parsed template. */
export interface Program {
  readonly body: readonly unknown[];
}

export interface InterpreterApi {
  run(program: Program): Value;
  /** Called for every statement and expression. */
  evaluate(statement: unknown, scope: Scope): Value;
}

interface Library {
  readonly Environment: new (parent?: Scope) => Scope;
  readonly Interpreter: new (scope: Scope) => InterpreterApi;
  readonly tokenize: (
    source: string,
    options: { readonly trim_blocks: boolean; readonly lstrip_blocks: boolean },
  ) => readonly unknown[];
  readonly parse: (tokens: readonly unknown[]) => Program;
}

export const { Environment, Interpreter, tokenize, parse } = library as unknown as Library;
