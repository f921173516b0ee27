/** What is wrong with a request, in one wording wherever it is found. */
import { KingletError } from '../errors.js';
import { tokensOf } from './tokens.js';

/**
 * `invalid_value`: the field has a value that it can't have. `field` is its path, '' the request
 * body; `param` is given where a part of the field is to blame that has no path of its own.
 */
export function invalidValue(field: string, what: string, param = field): KingletError {
  const subject = field === '' ? 'request body' : `'${field}'`;
  return new KingletError('invalid_value', `Invalid ${subject}: ${what}.`, {
    param: param === '' ? null : param,
  });
}

/** `invalid_value`: two fields that mean the same thing have different values. */
export function contradiction(
  field: string,
  value: unknown,
  other: string,
  otherValue: unknown,
): KingletError {
  return invalidValue(field, `it is ${String(value)}, and '${other}' is ${String(otherValue)}`);
}

/** `invalid_value` where a text of the field has more bytes than are taken. */
export function checkBytes(field: string, bytes: number, most: number): void {
  if (bytes <= most) return;
  throw invalidValue(field, `it has ${bytes} bytes, and at most ${most} are taken`);
}

/** `invalid_value`: a prompt of no tokens. */
export function emptyPrompt(field: string): KingletError {
  return invalidValue(field, 'it has no tokens');
}

/** `invalid_value`: `id` is what the request wrote, `param` where it stands if not `field` itself. */
export function noSuchToken(
  field: string,
  id: number | string,
  vocabSize: number,
  param = field,
): KingletError {
  return invalidValue(field, `there is no token ${id}; ${tokensOf(vocabSize)}`, param);
}

/** `missing_required_parameter`: the field must be there. */
export function missingParameter(field: string): KingletError {
  return new KingletError('missing_required_parameter', `Missing required parameter: '${field}'.`, {
    param: field,
  });
}

/** `unsupported_parameter`: the field asks for something that is not built. */
export function unsupportedParameter(field: string, why: string): KingletError {
  return new KingletError('unsupported_parameter', `'${field}' is not supported: ${why}.`, {
    param: field,
  });
}

/** `not_found`: 'nothing', or 'no websocket', at a path. */
export function notFound(what: string, place: string): KingletError {
  return new KingletError('not_found', `There is ${what} at ${place}.`);
}

/** What a request may change to fit into the context. */
export interface ContextAdvice {
  /** The field that gave the prompt. */
  readonly promptField: string;
  /** The field that gave the answer's length; null where the request has none. */
  readonly answerField: string | null;
}

/**
 * `context_length_exceeded`. `asked` has the counts; `advice` is null where the fields of the
 * request are not known.
 */
export function contextLengthExceeded(
  contextLength: number,
  asked: string,
  advice: ContextAdvice | null,
): KingletError {
  return new KingletError(
    'context_length_exceeded',
    `This model's maximum context length is ${contextLength} tokens. However, ${asked}.${advice === null ? '' : remedy(advice)}`,
    { param: advice?.promptField ?? null },
  );
}

/** The counts of a request for `contextLengthExceeded`; `answer` where its length was asked for. */
export function tokensRequested(total: number, prompt: number, answer: number | null): string {
  const rest = answer === null ? 'no room for an answer' : `${answer} in the answer`;
  return `you requested ${total} tokens (${prompt} in the prompt and ${rest})`;
}

function remedy({ promptField, answerField }: ContextAdvice): string {
  const lower = answerField === null ? '' : ` or lower ${answerField}`;
  return ` Please shorten the ${promptField}${lower}.`;
}

/** `template_failed`: the chat template does not make a prompt of the messages. */
export function templateFailed(message: string, cause?: unknown): KingletError {
  return new KingletError('template_failed', message, { param: 'messages', cause });
}
