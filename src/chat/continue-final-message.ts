import { templateFailed } from '../errors/requests.js';
import { trimSpaceEnd } from '../jinja/text/whitespace.js';

/**
 * Goes after the last message while it is rendered. The space at its end shows whether the
 * template trims messages: where it is gone, so is the whitespace at the end of the message, as
 * transformers' apply_chat_template has it.
 */
export const MARK = 'TO_BE_CONTINUED ';

/**
 * Where a rendered chat ends: after the content of its last message, which stands in front of the
 * last mark, at position `at` of the text; null where the text shows none.
 * Throws `template_failed` where the template leaves that message out.
 */
export function continuedEnd(text: string, at: number | null): number {
  if (at === null) {
    throw templateFailed(
      'continue_final_message: the template leaves the last message out of the prompt',
    );
  }
  return text.startsWith(MARK, at) ? at : trimSpaceEnd(text, 0, at);
}
