import { KingletError } from '../errors.js';

/**
 * A space behind the mark shows whether the template trims messages: where it is gone, so is the
 * whitespace at the end of the message, as transformers' apply_chat_template has it.
 */
export const MARK_SUFFIX = ' ';

/**
 * Cuts a rendered chat behind the content of its last message, which ends with `mark` and a space.
 * Throws `template_failed` where the template leaves that message out.
 */
export function continuedText(rendered: string, mark: string): string {
  const at = rendered.lastIndexOf(mark);
  if (at < 0) {
    throw new KingletError(
      'template_failed',
      'continue_final_message: the template leaves the last message out of the prompt',
      { param: 'messages' },
    );
  }
  const kept = rendered.startsWith(mark + MARK_SUFFIX, at);
  const text = rendered.slice(0, at).replaceAll(mark, '');
  return kept ? text : text.trimEnd();
}
