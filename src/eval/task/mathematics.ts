import { lastBoxed } from '../../answers/boxed.js';
import type { Fields } from '../fields.js';
import { answerText, questionOf, type OpenKind } from './task-kind.js';

const PROBLEM = ['problem', 'Problem', 'question'] as const;
const ANSWER = ['answer', 'Answer'] as const;
const SOLUTION = ['solution', 'Solution'] as const;
const NUMBER = /^\s*-?\d[\d,]*(\.\d+)?\s*$/;

/**
 * MATH (an answer, or one in the box of the solution), AIME in its spellings, and questions whose
 * answer is a number.
 */
export const mathematics: OpenKind = {
  type: 'open',
  name: 'math',
  fields: 'problem, answer or solution',
  manners: { boxed: true, answer: 'auto' },

  recognizes: (entry) => {
    if (entry.has('choices') || entry.first(PROBLEM) === undefined) return false;
    if (!entry.has('question')) return entry.first([...ANSWER, ...SOLUTION]) !== undefined;
    const answer = entry.value(entry.first(ANSWER) ?? '');
    return typeof answer === 'number' || (typeof answer === 'string' && NUMBER.test(answer));
  },

  read: (entry, terms) => ({
    text: questionOf(entry, terms, PROBLEM),
    gold: goldOf(entry, terms.gold),
  }),
};

function goldOf(entry: Fields, field: string | null): string {
  const name = field ?? entry.first(ANSWER);
  if (name !== undefined) {
    const answer = answerText(entry, name).trim();
    if (answer !== '') return answer;
    throw entry.wrong(name, 'an answer');
  }
  const solution = entry.first(SOLUTION);
  if (solution === undefined) throw entry.wrong('answer', 'an answer, where there is no solution');
  const boxed = lastBoxed(entry.text(solution));
  if (boxed === undefined) throw entry.wrong(solution, 'a solution with its answer in \\boxed{}');
  return boxed;
}
