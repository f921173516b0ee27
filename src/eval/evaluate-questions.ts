/** The evaluation of a file of questions. */
import { basename } from 'node:path';
import { KingletError } from '../errors.js';
import { presetNamed } from '../presets.js';
import { ask, type AskingTerms } from './asking/ask.js';
import { extractor } from './asking/extractor.js';
import { FORMAT, type Header } from './journal/header.js';
import { scoreChoices } from './likelihood/choice-scores.js';
import { choiceRecord, readChoiceRecord, type ChoiceRecord } from './records/choice-record.js';
import { judge, readOpenRecord, slimOpenRecord, type OpenRecord } from './records/open-record.js';
import { evaluate, type Outcome, type Session } from './session.js';
import { summarizeChoices, type ChoiceSummary } from './summary/choice-summary.js';
import { summarizeOpen, type OpenSummary } from './summary/open-summary.js';
import type { Target } from './target/target.js';
import type { Manners, OpenQuestion, Task } from './task/question.js';
import { readTaskFile, type TaskTerms } from './task/task-file.js';

export interface QuestionOptions extends TaskTerms {
  readonly file: string;
  /** As source, for the header; `template` is the same, parsed. */
  readonly templateSource: string | null;
  readonly asking: AskingTerms;
  /** `--prompt`; null: as the kind of file is asked. */
  readonly prompt: 'boxed' | 'plain' | null;
  /** `--answer`; null: as the kind's answers are found. */
  readonly answer: string | null;
  /** Questions at a time; null: as many as fill the sequences that are computed side by side. */
  readonly concurrency: number | null;
}

/** Sequences that Kinglet computes side by side unless told otherwise. */
const SIDE_BY_SIDE = 64;

export type QuestionSummary = (OpenSummary | ChoiceSummary) & {
  readonly kind: string;
  readonly model: string;
};

/**
 * Puts a file's questions to a target, which is opened once the file is read. Rejects as `readTaskFile`
 * throws, as the target refuses, and as `evaluate`.
 */
export async function evaluateQuestions(
  options: QuestionOptions,
  session: Session,
  open: () => Promise<Target>,
): Promise<Outcome<QuestionSummary>> {
  const { task, sha256 } = readTaskFile(options.file, options);
  // What is wrong with --answer is told before a model is loaded.
  if (task.type === 'open') extractor(options.answer ?? task.manners.answer);
  const target = await open();
  try {
    if (task.type === 'choices')
      return await evaluateChoices(task, { options, session, target, sha256 });
    return await evaluateOpen(task, { options, session, target, sha256 });
  } finally {
    await target.close();
  }
}

interface Scope {
  readonly options: QuestionOptions;
  readonly session: Session;
  readonly target: Target;
  readonly sha256: string;
}

async function evaluateOpen(
  { kind, manners, questions }: Extract<Task, { type: 'open' }>,
  { options, session, target, sha256 }: Scope,
): Promise<Outcome<QuestionSummary>> {
  const asking = { ...options.asking, system: systemOf(options, manners) };
  const answer = options.answer ?? manners.answer;
  const extract = extractor(answer);
  const put = questions.map((question) => asDocument(question, options));
  const { records, ...outcome } = await evaluate<OpenRecord>(session, {
    header: headerOf('open', options, questions.length, {
      ...{ sha256, kind, answer, target: target.identity, asking },
    }),
    ...{ model: target.model, isHere: target.isHere },
    ...{ read: readOpenRecord, slim: slimOpenRecord },
    concurrency: options.concurrency ?? Math.max(1, Math.ceil(SIDE_BY_SIDE / asking.n)),
    work: async (index) => {
      const question = at(put, index);
      return judge(question, await ask(target, question, asking), extract);
    },
  });
  return {
    ...outcome,
    summary: { ...summarizeOpen(records, asking.n), kind, model: target.model },
  };
}

async function evaluateChoices(
  { kind, questions }: Extract<Task, { type: 'choices' }>,
  { options, session, target, sha256 }: Scope,
): Promise<Outcome<QuestionSummary>> {
  const { records, ...outcome } = await evaluate<ChoiceRecord>(session, {
    header: headerOf('choices', options, questions.length, {
      sha256,
      kind,
      target: target.identity,
    }),
    ...{ model: target.model, isHere: target.isHere },
    read: readChoiceRecord,
    concurrency: options.concurrency ?? 8,
    work: async (index) => {
      const question = at(questions, index);
      return choiceRecord(question, await scoreChoices(target, question));
    },
  });
  return { ...outcome, summary: { ...summarizeChoices(records), kind, model: target.model } };
}

/** What its authors tell MobileLLM-R1 to do, and its chat template where nobody says anything. */
const BOXED = 'mobilellm-r1-math';

/** What --system says, else what --prompt or the kind asks for. */
function systemOf({ asking, prompt, template }: QuestionOptions, manners: Manners): string | null {
  if (asking.completions || asking.system !== null) return asking.system;
  const boxed = prompt === null ? manners.boxed && template === null : prompt === 'boxed';
  return boxed ? (presetNamed(BOXED)?.system ?? null) : null;
}

/** Without a chat template, the question is a line of its own. */
function asDocument(question: OpenQuestion, { asking, template }: QuestionOptions): OpenQuestion {
  const ends = asking.completions && template === null;
  return ends ? { ...question, text: `${question.text}\n` } : question;
}

function headerOf(
  type: 'open' | 'choices',
  { file, by, templateSource: template, gold }: QuestionOptions,
  count: number,
  decisive: object,
): Header {
  const read = { ...decisive, template, gold };
  return { format: FORMAT, type, file: basename(file), count, by, decisive: read };
}

function at<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined)
    throw new KingletError('internal_error', `There is no question ${index}.`);
  return found;
}
