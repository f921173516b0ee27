/** The three ways in which a model on disk can be refused, each naming its file. */
import { KingletError } from '../errors.js';

/** The path is missing or cannot be read. */
export function notReadable(file: string, problem: string, cause?: unknown): KingletError {
  return new KingletError('model_not_readable', `${file}: ${problem}`, { cause });
}

/** The file contradicts itself or its format. */
export function malformed(file: string, problem: string): KingletError {
  return new KingletError('file_malformed', `${file}: ${problem}`);
}

/** The file is sound, but asks for something that is not built. */
export function unsupported(file: string, problem: string): KingletError {
  return new KingletError('unsupported_model', `${file}: ${problem}`);
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
