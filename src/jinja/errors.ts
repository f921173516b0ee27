/** The template can't be parsed. The message names the line, counted from 1. */
export class TemplateSyntaxError extends Error {
  constructor(
    message: string,
    readonly line: number,
  ) {
    super(`line ${line}: ${message}`);
    this.name = 'TemplateSyntaxError';
  }
}

/** The classes of Python and of jinja2 that a failing template raises. */
export type FailureKind =
  | 'TypeError'
  | 'ValueError'
  | 'KeyError'
  | 'IndexError'
  | 'OverflowError'
  | 'ZeroDivisionError'
  | 'UndefinedError'
  | 'SecurityError'
  | 'FilterArgumentError'
  | 'TemplateRuntimeError';

/** Rendering failed, as it would in jinja2. */
export class TemplateError extends Error {
  constructor(
    readonly kind: FailureKind,
    message: string,
  ) {
    super(message);
    this.name = 'TemplateError';
  }
}

/** The template called raise_exception: the message is its own. */
export class TemplateRefusal extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TemplateRefusal';
  }
}

export type LimitName = 'steps' | 'output' | 'text' | 'elements' | 'memory' | 'digits' | 'depth';

/** The template asked for more than a render may take; `limit` names the bound. */
export class RenderLimitError extends Error {
  constructor(
    readonly limit: LimitName,
    message: string,
  ) {
    super(message);
    this.name = 'RenderLimitError';
  }
}

export function typeError(message: string): TemplateError {
  return new TemplateError('TypeError', message);
}

export function valueError(message: string): TemplateError {
  return new TemplateError('ValueError', message);
}
