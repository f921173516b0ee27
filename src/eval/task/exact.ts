import { answerText, questionOf, type OpenKind } from './task-kind.js';

const QUESTION = ['question', 'query', 'prompt', 'text'] as const;
const ANSWER = ['answer', 'target'] as const;

/** Questions whose answer is a text of which nothing more is known: the whole answer must be it. */
export const exact: OpenKind = {
  type: 'open',
  name: 'exact',
  fields: 'question, query, prompt or text; answer or target',
  manners: { boxed: false, answer: 'text' },

  recognizes: (entry, { template, gold }) =>
    !entry.has('choices') &&
    (template !== null || entry.first(QUESTION) !== undefined) &&
    entry.first(gold === null ? ANSWER : [gold]) !== undefined,

  read: (entry, terms) => {
    const text = questionOf(entry, terms, QUESTION);
    const name = terms.gold ?? entry.first(ANSWER) ?? ANSWER[0];
    const gold = answerText(entry, name);
    if (gold.trim() === '') throw entry.wrong(name, 'a text that is not blank');
    return { text, gold };
  },
};
