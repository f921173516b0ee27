/** What a request says of its thoughts, under all the names that clients have for it, as one number. */
import { THINKING_SWITCHES } from '../../chat/thinking-switches.js';
import { shareOf, type Effort, type EffortShare } from '../../efforts.js';
import type { ThoughtLimits } from '../../engine/types.js';
import { contradiction, invalidValue } from '../../errors/requests.js';
import type { ServerContext } from '../context.js';
import { BUDGET_FIELDS, type ThinkingFields } from '../schemas/thinking.js';
import type { ServedModel } from '../served-model.js';

/** What was asked for, before it is known how much room there is. */
export interface AskedThinking {
  /** Tokens of a thought; null: the server's own number. */
  readonly budget: Asked<number> | null;
  /** A share of what the answer may use. */
  readonly effort: Asked<Effort> | null;
  /** What the template's switch is to be; null: as it is. */
  readonly enabled: boolean | null;
}

interface Asked<T> {
  readonly value: T;
  /** The request field that said it. */
  readonly field: string;
}

interface EffortField {
  readonly effort: Effort | undefined;
  readonly field: string;
}

/** The template argument that is a budget. */
const BUDGET_ARGUMENT = 'thinking_budget';

/** Of what an answer may use, the share that an allowance for it may keep from a thought. */
const LARGEST_ALLOWANCE = 1 / 4;

/** Throws `invalid_value` for fields that contradict each other. */
export function askedThinking(
  fields: ThinkingFields,
  templateArguments: Readonly<Record<string, unknown>> = {},
  { effort, field }: EffortField = { effort: undefined, field: '' },
): AskedThinking {
  const budgets: Asked<number>[] = [];
  for (const name of BUDGET_FIELDS) {
    const value = fields[name];
    if (value !== undefined) budgets.push({ value, field: name });
  }
  const argument = templateArguments[BUDGET_ARGUMENT];
  const within = `chat_template_kwargs.${BUDGET_ARGUMENT}`;
  if (argument !== undefined) budgets.push({ value: wholeNumber(argument, within), field: within });
  const [first, ...others] = budgets;
  const other = others.find(({ value }) => value !== first?.value);
  if (first !== undefined && other !== undefined) {
    throw contradiction(other.field, other.value, first.field, first.value);
  }
  const enabled = switchedOn(fields.enable_thinking, templateArguments);
  const none = effort === 'none' || enabled?.value === false;
  if (none && first !== undefined && first.value > 0) {
    const off = effort === 'none' ? field : (enabled?.field ?? '');
    throw invalidValue(first.field, `it is ${first.value}, and '${off}' asks for no thought`);
  }
  const budget = first !== undefined && first.value >= 0 ? first : null;
  const off = none || budget?.value === 0;
  return {
    budget: none ? { value: 0, field: effort === 'none' ? field : (enabled?.field ?? '') } : budget,
    effort: effort === undefined || effort === 'none' ? null : { value: effort, field },
    enabled: off ? false : (enabled?.value ?? null),
  };
}

function wholeNumber(value: unknown, field: string): number {
  // Numbers of template arguments are read as they were written, and may be wrapped.
  const number = typeof value === 'object' && value !== null ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number) || number < -1) {
    throw invalidValue(field, 'a whole number from -1 is needed');
  }
  return number;
}

function switchedOn(
  own: boolean | undefined,
  templateArguments: Readonly<Record<string, unknown>>,
): Asked<boolean> | null {
  const said: Asked<boolean>[] =
    own === undefined ? [] : [{ value: own, field: 'enable_thinking' }];
  for (const name of THINKING_SWITCHES) {
    const value = templateArguments[name];
    if (typeof value === 'boolean') said.push({ value, field: `chat_template_kwargs.${name}` });
  }
  const [first, ...others] = said;
  const other = others.find(({ value }) => value !== first?.value);
  if (first !== undefined && other !== undefined) {
    throw contradiction(other.field, other.value, first.field, first.value);
  }
  return first ?? null;
}

/** What the answer may use in all, and which field of the request says so, if one does. */
export interface AnswerRoom {
  readonly maxTokens: number;
  readonly field: string | null;
}

/**
 * The limits of a request's thoughts. Throws `invalid_value` where a budget that was asked for leaves the
 * answer less than its allowance of the tokens that were asked for.
 */
export function thoughtLimits(
  { config, log }: ServerContext,
  model: ServedModel,
  asked: AskedThinking,
  { maxTokens, field }: AnswerRoom,
): ThoughtLimits {
  const closing = model.thoughtClosing;
  const answerTokens = Math.min(config.answerTokens, Math.floor(maxTokens * LARGEST_ALLOWANCE));
  const explicit = budgetOf(asked, config.effortShares, maxTokens);
  const wanted = explicit?.value ?? config.reasoningBudget;
  const budget = Math.min(wanted, config.maxReasoningBudget);
  if (budget < wanted && explicit !== null) {
    log.info(
      `'${explicit.field}' asks for a thought of ${wanted} tokens: --max-reasoning-budget is ${budget}`,
    );
  }
  const needed = budget + closing.length + answerTokens;
  if (asked.budget !== null && budget > 0 && field !== null && needed > maxTokens) {
    throw invalidValue(
      asked.budget.field,
      `a thought of ${budget} tokens, its end of ${closing.length} and an answer of at least ${answerTokens} ` +
        `are more than the ${maxTokens} of '${field}'`,
    );
  }
  return { budget, closing, answerTokens };
}

/** Throws `invalid_value` where an effort and a budget come to different numbers. */
function budgetOf(
  { budget, effort }: AskedThinking,
  shares: readonly EffortShare[],
  maxTokens: number,
): Asked<number> | null {
  if (effort === null) return budget;
  const value = Math.floor(shareOf(effort.value, shares) * maxTokens);
  if (budget !== null && budget.value !== value) {
    throw invalidValue(
      budget.field,
      `it is ${budget.value}, and '${effort.field}' of '${effort.value}' comes to ${value} of the ` +
        `${maxTokens} tokens that the answer may use`,
    );
  }
  return { value, field: effort.field };
}
