import { answerText, questionOf, type OpenKind } from './task-kind.js';

const MARK = '####';

/**
 * GSM8K: a worked solution whose last line is "#### 18". Where nothing follows the mark, no answer is
 * right or wrong: kinglet-nano's held-out talk has such entries.
 */
export const gsm8k: OpenKind = {
  type: 'open',
  name: 'gsm8k',
  fields: `question, answer (with ${MARK})`,
  manners: { boxed: true, answer: 'auto' },

  recognizes: (entry) =>
    entry.has('question') && String(entry.value('answer')).includes(MARK) && !entry.has('choices'),

  read: (entry, terms) => {
    const text = questionOf(entry, terms, ['question']);
    const name = terms.gold ?? 'answer';
    const answer = answerText(entry, name);
    const at = answer.lastIndexOf(MARK);
    if (at < 0 && terms.gold === null) {
      throw entry.wrong(name, `a solution with its answer behind ${MARK}`);
    }
    const gold = (at < 0 ? answer : answer.slice(at + MARK.length)).trim();
    return { text, gold: gold === '' ? null : gold };
  },
};
