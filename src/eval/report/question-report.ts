import type { QuestionSummary } from '../evaluate-questions.js';
import type { Outcome } from '../session.js';
import type { ChoiceSummary } from '../summary/choice-summary.js';
import type { Group } from '../summary/groups.js';
import type { AtK, OpenSummary } from '../summary/open-summary.js';
import { costRows, figure, interval, percent, table, type Row } from './figures.js';

/** What `kinglet eval` prints of questions without --json; `by` is the field that groups them. */
export function questionReport(outcome: Outcome<QuestionSummary>, by: string | null): string {
  const { summary, path, energySource } = outcome;
  const { kind, model, questions, groups } = summary;
  return table([
    ['model', model],
    ['questions', `${questions} (${kind})`],
    ...(summary.type === 'open' ? openRows(summary) : choiceRows(summary)),
    ...costRows(summary, energySource),
    ...groups.map((group): Row => [`${by ?? 'group'} ${group.name}`, groupText(group)]),
    ['answers', path],
  ]);
}

function openRows(summary: OpenSummary): Row[] {
  const { questions, judged, n, passAt, majorityAt, thoughtsEnded } = summary;
  return [
    ...(judged === questions ? [] : [['judged', String(judged)] as const]),
    ...(n === 1 ? [] : [['answers each', String(n)] as const]),
    ['accuracy', interval(summary.accuracy)],
    ...(passAt.length === 0 ? [] : [['pass@k', atKText(passAt)] as const]),
    ...(majorityAt.length === 0 ? [] : [['maj@k', atKText(majorityAt)] as const]),
    ['no answer', percent(summary.withoutAnswer)],
    ['truncated', percent(summary.truncated)],
    ['in a loop', percent(summary.looped)],
    ...(thoughtsEnded === null ? [] : [['thoughts ended', percent(thoughtsEnded)] as const]),
    ['tokens an answer', figure(summary.tokensPerAnswer)],
  ];
}

function choiceRows({ acc, accNorm, accBytes }: ChoiceSummary): Row[] {
  return [
    ['acc', interval(acc)],
    ['acc_norm', interval(accNorm)],
    ['acc_bytes', interval(accBytes)],
  ];
}

/** '1: 4.1 %, 2: 6.0 %'. */
function atKText(values: readonly AtK[]): string {
  return values.map(({ k, mean }) => `${k}: ${percent(mean)}`).join(', ');
}

function groupText({ questions, accuracy, majority }: Group): string {
  const most = majority === null ? '' : `, ${percent(majority)} by majority`;
  return `${interval(accuracy)} of ${questions}${most}`;
}
