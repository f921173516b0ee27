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

// What Python and jinja2 say in several places, in their own words.

/** The message of an unknown name. */
export function noSuch(what: 'filter' | 'test', name: string): string {
  return `No ${what} named '${name}'.`;
}

/** A value is unpacked into another number of names than it has elements. */
export function wrongCount(expected: number, got: number): TemplateError {
  return valueError(
    got > expected
      ? `too many values to unpack (expected ${expected})`
      : `not enough values to unpack (expected ${expected}, got ${got})`,
  );
}

/** `type` is Python's name of the value's type, here and below. */
export function notUnpackable(type: string): TemplateError {
  return typeError(`cannot unpack non-iterable ${type} object`);
}

export function noItems(kind: FailureKind, type: string): TemplateError {
  return new TemplateError(kind, `'${type}' object has no attribute 'items'`);
}

/** int() of NaN or of an infinity. */
export function noInteger(value: number): TemplateError {
  return Number.isNaN(value)
    ? valueError('cannot convert float NaN to integer')
    : new TemplateError('OverflowError', 'cannot convert float infinity to integer');
}

export function notCharacter(): TemplateError {
  return new TemplateError('OverflowError', '%c arg not in range(0x110000)');
}

/** What would make the same messages another prompt each time. */
export function refusedRandom(name: string): TemplateError {
  return valueError(`${name} is refused: a prompt is the same for the same messages`);
}

export function noDivision(kind: FailureKind): TemplateError {
  return new TemplateError(kind, 'integer division or modulo by zero');
}

export function unsupportedOperands(operator: string, left: string, right: string): TemplateError {
  return typeError(`unsupported operand type(s) for ${operator}: '${left}' and '${right}'`);
}

export function notJoinable(index: number, type: string): TemplateError {
  return typeError(`sequence item ${index}: expected str instance, ${type} found`);
}

export function noKeywords(name: string): TemplateError {
  return typeError(`${name}() takes no keyword arguments`);
}
