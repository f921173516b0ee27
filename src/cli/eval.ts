/** What `kinglet eval` does once its command line is read. */
import { statSync } from 'node:fs';
import { pino } from 'pino';
import type { ServeConfig } from '../config.js';
import { KingletError } from '../errors.js';
import { evaluateKl } from '../eval/evaluate-kl.js';
import { evaluateQuestions, type QuestionOptions } from '../eval/evaluate-questions.js';
import { evaluatePerplexity } from '../eval/evaluate-text.js';
import { comparisonReport } from '../eval/report/comparison-report.js';
import { questionReport } from '../eval/report/question-report.js';
import { klReport, perplexityReport } from '../eval/report/text-report.js';
import type { Outcome, Session } from '../eval/session.js';
import { compareFiles } from '../eval/summary/compare.js';
import { loadTarget } from '../eval/target/process-target.js';
import type { Target } from '../eval/target/target.js';
import { connect } from '../eval/target/url-target.js';
import { QuestionTemplate } from '../eval/task/question-template.js';
import type { EvalFlags } from './eval-options.js';
import { progressView } from './eval-progress.js';
import { showProgress } from './progress.js';

interface EvalCommand {
  /** null: there is a --url. */
  readonly model: string | null;
  readonly file: string;
  readonly flags: EvalFlags;
  readonly config: ServeConfig;
}

/** Prints the difference of two evaluations, whose answers are in two files. */
export function runComparison(a: string, b: string, json: boolean): void {
  const comparison = compareFiles(a, b);
  process.stdout.write(json ? `${JSON.stringify(comparison)}\n` : comparisonReport(comparison));
}

/** Standard output has the report alone: logs and progress go to standard error. */
export async function runEval(command: EvalCommand): Promise<void> {
  const { file, flags } = command;
  const progress = await progressView();
  const session: Session = {
    output: flags.output ?? null,
    onOpen: ({ path, kept, count }) => {
      const there = kept === 0 ? '' : `, where ${kept} of ${count} are done`;
      process.stderr.write(`answers go to ${path}${there}\n`);
    },
    onProgress: (each) => progress.show(each),
  };
  try {
    const report = isText(file, flags)
      ? await textReport(command, session)
      : await questionsReport(command, session);
    progress.close();
    process.stdout.write(report);
  } finally {
    progress.close();
  }
}

function isText(file: string, { perplexity, kl, kind }: EvalFlags): boolean {
  return perplexity || kl !== undefined || (kind === undefined && /\.(txt|md)$/i.test(file));
}

async function textReport(command: EvalCommand, session: Session): Promise<string> {
  const { model, file, flags, config } = command;
  const { kl: reference, window = null, stride = null, concurrency = null, json } = flags;
  const options = { file, window, stride, concurrency };
  if (reference === undefined || model === null) {
    const outcome = await evaluatePerplexity(options, session, () => open(command));
    return json ? asJson(outcome) : perplexityReport(outcome);
  }
  const outcome = await evaluateKl({ ...options, model, reference, config }, session);
  return json ? asJson(outcome) : klReport(outcome);
}

async function questionsReport(command: EvalCommand, session: Session): Promise<string> {
  const { flags } = command;
  const outcome = await evaluateQuestions(questionOptions(command), session, () => open(command));
  return flags.json ? asJson(outcome) : questionReport(outcome, flags.by ?? null);
}

function questionOptions({ file, flags }: EvalCommand): QuestionOptions {
  const { n, temperature, topP, topK, seed, maxTokens, system } = flags;
  const { stop, completions, extraBody } = flags;
  if (n > 1 && temperature === 0) {
    throw new KingletError(
      'invalid_flag',
      `--n ${n} with --temperature 0 gives the same answer ${n} times.`,
    );
  }
  if (completions && system !== undefined) {
    throw new KingletError('invalid_flag', '--completions has no --system message.');
  }
  return {
    file,
    kind: flags.kind ?? null,
    template: flags.template === undefined ? null : new QuestionTemplate(flags.template),
    templateSource: flags.template ?? null,
    gold: flags.gold ?? null,
    by: flags.by ?? null,
    limit: flags.limit ?? null,
    asking: {
      ...{ n, temperature, topP, topK: topK ?? null, seed, maxTokens: maxTokens ?? null },
      ...{ system: system ?? null, stop, completions, extraBody },
    },
    prompt: flags.prompt ?? null,
    answer: flags.answer ?? null,
    concurrency: flags.concurrency ?? null,
  };
}

async function open({ model, file, flags, config }: EvalCommand): Promise<Target> {
  if (model === null) {
    const { url = '', apiKey, model: name = null } = flags;
    // In the environment there may be several, as a server takes them.
    const [first = ''] = (process.env['KINGLET_API_KEY'] ?? '').split(',');
    return connect({ url, model: name, apiKey: apiKey ?? (first === '' ? null : first) });
  }
  const log = pino(
    { level: config.logLevel, base: null },
    pino.destination({ dest: 2, sync: true }),
  );
  // A text goes to the tokenizer whole, and JSON may write a byte in six.
  const largest = { samples: flags.n, bodyBytes: 6 * statSync(file).size };
  return loadTarget(model, config, largest, { log, watch: (of) => showProgress(of, log) });
}

function asJson({ summary, path, energySource }: Outcome<object>): string {
  return `${JSON.stringify({ ...summary, energySource, answers: path })}\n`;
}
