import { KingletError } from '../../errors.js';
import type { Fields } from '../fields.js';
import type { QuestionTemplate } from './question-template.js';
import type { ChoiceQuestion, Manners, OpenQuestion } from './question.js';

/** What the operator said of a file's fields. */
export interface ReadingTerms {
  /** Makes the question; null: the kind does. */
  readonly template: QuestionTemplate | null;
  /** The field that holds the right answer; null: the kind's own. */
  readonly gold: string | null;
}

/** What a kind makes of an entry; the rest of a question is the same for all. */
type Content<Q> = Omit<Q, 'index' | 'key' | 'group'>;

interface Kind {
  readonly name: string;
  /** Its fields, for errors and for --help. */
  readonly fields: string;
  /** Whether a file that begins with this entry is of the kind. */
  recognizes(entry: Fields, terms: ReadingTerms): boolean;
}

export interface OpenKind extends Kind {
  readonly type: 'open';
  readonly manners: Manners;
  /** Throws `file_malformed` naming the field that is wrong. */
  read(entry: Fields, terms: ReadingTerms): Content<OpenQuestion>;
}

export interface ChoiceKind extends Kind {
  readonly type: 'choices';
  /** Throws `file_malformed` naming the field that is wrong. */
  read(entry: Fields, terms: ReadingTerms): Content<ChoiceQuestion>;
}

export type TaskKind = OpenKind | ChoiceKind;

/** The question that the template makes, or what the first of `names` holds. */
export function questionOf(
  entry: Fields,
  { template }: ReadingTerms,
  names: readonly [string, ...string[]],
): string {
  const name = entry.first(names) ?? names[0];
  const text = template === null ? entry.text(name) : template.render(entry);
  if (text.trim() !== '') return text;
  if (template === null) throw entry.wrong(name, 'a question');
  throw new KingletError('file_malformed', `${entry.place}: --template makes a blank question.`);
}

/** An answer that is a text or a number. */
export function answerText(entry: Fields, name: string): string {
  const value = entry.value(name);
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  throw entry.wrong(name, 'a string or a number');
}
