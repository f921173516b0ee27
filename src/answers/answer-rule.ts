import { lastBoxed } from './boxed.js';
import { canonicalAnswer } from './canonical.js';
import { jsonPointerAnswer } from './json-answer.js';
import { compileAnswerRegex } from './regex-answer.js';

/** Where in a text its answer stands. */
export type AnswerRule =
  | { readonly type: 'boxed' }
  /** The last match, of its first group where it has one. */
  | { readonly type: 'regex'; readonly pattern: string }
  | { readonly type: 'json_pointer'; readonly pointer: string };

/**
 * Reads a text's answer, spelled so that equal answers are the same text; undefined: it has none. Throws
 * `invalid_value` for `field` where the rule itself is wrong.
 */
export function answerReader(
  rule: AnswerRule,
  field: string,
): (text: string) => string | undefined {
  switch (rule.type) {
    case 'boxed':
      return (text) => spelled(lastBoxed(text));
    case 'regex': {
      const regex = compileAnswerRegex(rule.pattern, field);
      return (text) => spelled(regex.last(text));
    }
    case 'json_pointer':
      return (text) => jsonPointerAnswer(text, rule.pointer);
  }
}

function spelled(answer: string | undefined): string | undefined {
  const text = answer === undefined ? '' : canonicalAnswer(answer);
  return text === '' ? undefined : text;
}
