import { lastBoxed } from '../../answers/boxed.js';
import { lastNumber, markedAnswer } from '../../answers/final-number.js';
import { jsonPointerAnswer } from '../../answers/json-answer.js';
import { compileAnswerRegex } from '../../answers/regex-answer.js';
import { invalidFlag } from '../../errors/starting.js';

/** What a text answers; undefined where it has no answer. */
export type Extract = (text: string) => string | undefined;

const REGEX = 'regex:';
const JSON_POINTER = 'json:';
/** What `--answer` can be. */
const ANSWER_FORMS = [
  'auto (the last \\boxed{}, else what follows the last ####)',
  'boxed',
  'number (the last one)',
  'text (the whole answer)',
  `${REGEX}PATTERN (its last match)`,
  `${JSON_POINTER}/POINTER`,
].join(', ');

/** How answers are found in texts. Throws `invalid_flag` for a form that is none. */
export function extractor(form: string): Extract {
  switch (form) {
    case 'auto':
      return (text) => lastBoxed(text) ?? markedAnswer(text);
    case 'boxed':
      return lastBoxed;
    case 'number':
      return lastNumber;
    case 'text':
      return (text) => (text.trim() === '' ? undefined : text.trim());
  }
  if (form.startsWith(REGEX) && form !== REGEX) return regexExtractor(form.slice(REGEX.length));
  if (form.startsWith(JSON_POINTER)) return pointerExtractor(form.slice(JSON_POINTER.length));
  throw invalidFlag('--answer', `one of ${ANSWER_FORMS}`, form);
}

/** Throws `invalid_value` where the pattern is none. */
function regexExtractor(pattern: string): Extract {
  const regex = compileAnswerRegex(pattern, '--answer');
  return (text) => regex.last(text);
}

/** Throws `invalid_value` where the pointer is none. */
function pointerExtractor(pointer: string): Extract {
  const extract = (text: string) => jsonPointerAnswer(text, pointer, '--answer');
  extract('{}');
  return extract;
}
