import { createHash } from 'node:crypto';
import { KingletError } from '../../errors.js';
import { invalidFlag } from '../../errors/starting.js';
import { Fields } from '../fields.js';
import { linesOf, sha256Of, textOf } from '../lines.js';
import { exact } from './exact.js';
import { gsm8k } from './gsm8k.js';
import { mathematics } from './mathematics.js';
import { multipleChoice } from './multiple-choice.js';
import type { Task } from './question.js';
import type { ReadingTerms, TaskKind } from './task-kind.js';

/** The order in which a file's first entry is looked at. */
const KINDS: readonly TaskKind[] = [multipleChoice, gsm8k, mathematics, exact];
const KIND_NAMES = KINDS.map(({ name }) => name);

export interface TaskTerms extends ReadingTerms {
  /** A kind's name; null: as the first entry tells. */
  readonly kind: string | null;
  /** The field that reports group questions by. */
  readonly by: string | null;
  /** Questions from the file's beginning; null: all. */
  readonly limit: number | null;
}

interface TaskFile {
  readonly task: Task;
  /** Of the file's bytes, in hex. */
  readonly sha256: string;
}

/**
 * Reads a file of questions: JSON Lines, or one list. Throws `file_unreadable`; `file_malformed` naming
 * file, line and field of what is wrong; `invalid_flag` where the terms don't fit the file.
 */
export function readTaskFile(path: string, terms: TaskTerms): TaskFile {
  const all = entriesOf(path);
  const entries = all.slice(0, terms.limit ?? all.length);
  const [first] = entries;
  if (first === undefined)
    throw new KingletError('file_malformed', `${path}: it has no questions.`);
  terms.template?.check(first.fields);
  const kind = kindOf(first.fields, terms);
  const sha256 = sha256Of([path]);
  const about = (entry: Entry, index: number) => ({
    index,
    key: entry.key,
    group: groupOf(entry.fields, terms.by),
  });
  if (kind.type === 'choices') {
    const questions = entries.map((entry, index) => ({
      ...about(entry, index),
      ...kind.read(entry.fields, terms),
    }));
    return { task: { type: 'choices', kind: kind.name, questions }, sha256 };
  }
  const questions = entries.map((entry, index) => ({
    ...about(entry, index),
    ...kind.read(entry.fields, terms),
  }));
  return { task: { type: 'open', kind: kind.name, manners: kind.manners, questions }, sha256 };
}

interface Entry {
  readonly fields: Fields;
  readonly key: string;
}

/** Hex digits that tell questions apart. */
const KEY_DIGITS = 16;

function entriesOf(path: string): Entry[] {
  const entries: Entry[] = [];
  for (const { text, number } of linesOf(path)) {
    if (text.trim() === '') continue;
    if (entries.length === 0 && text.trimStart().startsWith('[')) return listOf(path);
    const place = `${path}:${number}`;
    entries.push(entryOf(parsed(text, place), place));
  }
  return entries;
}

function listOf(path: string): Entry[] {
  const list = parsed(textOf(path), path);
  if (!Array.isArray(list)) {
    throw new KingletError('file_malformed', `${path}: a list of questions was expected.`);
  }
  return list.map((value: unknown, i) => entryOf(value, `${path}: entry ${i + 1}`));
}

function parsed(text: string, place: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const { message } = cause as Error;
    throw new KingletError('file_malformed', `${place}: this is no JSON (${message}).`, { cause });
  }
}

function entryOf(value: unknown, place: string): Entry {
  const fields = new Fields(value, place);
  try {
    const text = JSON.stringify(value);
    return { fields, key: createHash('sha256').update(text).digest('hex').slice(0, KEY_DIGITS) };
  } catch (cause) {
    throw new KingletError('file_malformed', `${place}: it is nested too deep.`, { cause });
  }
}

function kindOf(first: Fields, terms: TaskTerms): TaskKind {
  const named = KINDS.find(({ name }) => name === terms.kind);
  if (named !== undefined) return named;
  if (terms.kind !== null) throw invalidFlag('--kind', KIND_NAMES.join(', '), terms.kind);
  const found = KINDS.find((kind) => kind.recognizes(first, terms));
  if (found !== undefined) return found;
  const known = KINDS.map(({ name, fields }) => `${name} (${fields})`).join('; ');
  throw new KingletError(
    'file_malformed',
    `${first.place}: its fields (${first.names.join(', ')}) are of no known kind: ${known}. --kind, ` +
      '--template and --gold say how such a file is read.',
  );
}

/** What the entry has in the field, as a text. */
function groupOf(entry: Fields, by: string | null): string | null {
  if (by === null) return null;
  const value = entry.value(by);
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    throw entry.wrong(by, 'a text, a number or a truth value, since --by groups by it');
  }
  return String(value);
}
