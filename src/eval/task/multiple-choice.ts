import { isObject, type Fields } from '../fields.js';
import { questionOf, type ChoiceKind, type ReadingTerms } from './task-kind.js';

const CHOICES = ['choices', 'options', 'endings'] as const;
const QUERY = ['query', 'ctx'] as const;
const ANSWER = ['answer', 'answerKey', 'label', 'gold'] as const;
const MAX_CHOICES = 26;

/**
 * Multiple choice, in the shapes of MMLU, ARC, CommonsenseQA and HellaSwag: a `question` is put as
 * "Question: …\nAnswer:", a `query` or `ctx` as it is.
 */
export const multipleChoice: ChoiceKind = {
  type: 'choices',
  name: 'choices',
  fields: 'question or query, choices, answer (index or letter)',

  recognizes: (entry) => entry.first(CHOICES) !== undefined,

  read: (entry, terms) => {
    const { texts, labels } = choicesOf(entry);
    return { text: promptOf(entry, terms), choices: texts, gold: goldOf(entry, terms, labels) };
  },
};

function promptOf(entry: Fields, terms: ReadingTerms): string {
  if (terms.template !== null || !entry.has('question')) return questionOf(entry, terms, QUERY);
  return `Question: ${questionOf(entry, terms, ['question'])}\nAnswer:`;
}

interface Choices {
  readonly texts: readonly string[];
  /** What answers call them; letters unless the entry has its own. */
  readonly labels: readonly string[];
}

/** A list of texts, of {label, text}, or an object of both lists. */
function choicesOf(entry: Fields): Choices {
  const name = entry.first(CHOICES) ?? CHOICES[0];
  const { texts, labels } = listsOf(entry, name);
  if (texts.length < 2 || texts.length > MAX_CHOICES || texts.some((text) => text === '')) {
    throw entry.wrong(name, `2 to ${MAX_CHOICES} texts that are not empty`);
  }
  if (labels.length !== texts.length) throw entry.wrong(name, 'texts with a label each');
  return { texts, labels };
}

function listsOf(entry: Fields, name: string): Choices {
  const value = entry.value(name);
  if (isObject(value)) {
    const lists = entry.object(name);
    return { texts: lists.texts('text'), labels: lists.texts('label') };
  }
  if (Array.isArray(value) && isObject(value[0])) {
    const choices = entry.objects(name);
    return {
      texts: choices.map((choice) => choice.text('text')),
      labels: choices.map((choice) => choice.text('label')),
    };
  }
  const texts = entry.texts(name);
  return { texts, labels: texts.map((_, i) => String.fromCharCode(65 + i)) };
}

/** The index that an answer means: its label, else its number from 0. */
function goldOf(entry: Fields, { gold }: ReadingTerms, labels: readonly string[]): number {
  const name = gold ?? entry.first(ANSWER) ?? ANSWER[0];
  const value = entry.value(name);
  const text = typeof value === 'string' ? value.trim() : '';
  const byLabel = labels.findIndex((label) => label.toUpperCase() === text.toUpperCase());
  if (byLabel >= 0) return byLabel;
  const index = /^\d+$/.test(text) ? Number(text) : value;
  if (Number.isInteger(index) && (index as number) >= 0 && (index as number) < labels.length) {
    return index as number;
  }
  throw entry.wrong(name, `one of ${labels.join(', ')}, or an index below ${labels.length}`);
}
