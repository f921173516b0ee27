/** How a model on disk is refused: in three ways, each naming its file, for causes worded here. */
import { KingletError } from '../errors.js';

/** The path is missing or cannot be read. */
export function notReadable(file: string, problem: string, cause?: unknown): KingletError {
  return new KingletError('model_not_readable', `${file}: ${problem}`, { cause });
}

/** The operating system does not let the path be opened, read or listed: `done` names which. */
export function cannotBe(file: string, done: string, cause: unknown): KingletError {
  return notReadable(file, `cannot be ${done} (${(cause as Error).message})`, cause);
}

/** The file contradicts itself or its format. */
export function malformed(file: string, problem: string): KingletError {
  return new KingletError('file_malformed', `${file}: ${problem}`);
}

/** The file is sound, but asks for something that is not built. */
export function unsupported(file: string, problem: string): KingletError {
  return new KingletError('unsupported_model', `${file}: ${problem}`);
}

/** The file ends before `what` does, which has `length` bytes from byte `offset` on. */
export function endsInside(
  file: string,
  what: string,
  { offset, length, size }: { offset: number; length: number; size: number },
): KingletError {
  return malformed(
    file,
    `ends inside ${what}: ${length} bytes were expected at byte ${offset}, the file has ${size}`,
  );
}

/** A feature that refusals of every format name. */
export const MIXTURE_OF_EXPERTS = 'mixture of experts';

/** Why a model whose layers look back less far than its context is refused. */
export function slidingWindow(context: number): string {
  return `sliding-window attention is not built, and the context of ${context} is longer`;
}

/** Why another architecture than those of `names` is refused. */
export function notAmongBuilt(names: readonly string[]): string {
  return `this architecture is not built (built are ${names.join(', ')})`;
}

export function integerOfAtLeast(least: number): string {
  return `an integer of at least ${least}`;
}

export function integerFrom(least: number, most: number): string {
  return `an integer from ${least} to ${most}`;
}

/** Text of a value out of a file for a message: short, and on one line, however deep it is. */
export function show(value: unknown): string {
  let text: string;
  try {
    text = typeof value === 'bigint' ? value.toString() : (JSON.stringify(value) ?? String(value));
  } catch {
    text = Array.isArray(value) ? 'a list that is nested too deep' : 'an object nested too deep';
  }
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
