import type { ServeConfig } from '../config.js';

/** What the start says of thoughts; `closing`: the tokens that end one, none where the model has none. */
export function thinkingLines(config: ServeConfig, closing: readonly number[]): string[] {
  if (config.reasoningParser === 'none' || closing.length === 0) return [];
  const { reasoningBudget, maxReasoningBudget, answerTokens } = config;
  const budget = Math.min(reasoningBudget, maxReasoningBudget);
  const stuck =
    config.repetitionMaxPatternSize === 0
      ? 'repetition is not looked for'
      : `or once a pattern of up to ${config.repetitionMaxPatternSize} tokens has come ` +
        `${config.repetitionMinCount} times and is ${config.repetitionMinTokens} tokens together`;
  return [
    `thoughts: ended at ${budget} tokens, ${maxReasoningBudget} where a request asks for more, leaving ` +
      `${answerTokens} to the answer, ${stuck}`,
  ];
}
