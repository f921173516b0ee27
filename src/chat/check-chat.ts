import { invalidValue } from '../errors/requests.js';
import type { ChatInput } from './chat-types.js';

/** Names that a request may not give to the template. */
const RESERVED = new Set(['messages', 'add_generation_prompt', 'chat_template']);
const MAX_DEPTH = 64;

/**
 * Throws `invalid_value` for a chat that no template can render as asked, or nested too deep. The
 * JSON in it has been parsed before, so it is well formed.
 */
export function checkChat(input: ChatInput): void {
  if (input.messages.length === 0) {
    throw invalidValue('messages', 'it is empty');
  }
  checkContinuation(input);
  checkDepth(input.templateKwargsJson, 'chat_template_kwargs');
  checkDepth(input.toolsJson, 'tools');
}

/** Throws `invalid_value` where a prompt would have to end in two places. */
export function checkContinuation({
  addGenerationPrompt,
  continueFinalMessage,
}: Pick<ChatInput, 'addGenerationPrompt' | 'continueFinalMessage'>): void {
  if (addGenerationPrompt && continueFinalMessage) {
    throw invalidValue(
      'continue_final_message',
      'the final message cannot be continued after a generation prompt; set add_generation_prompt to false',
    );
  }
}

/** Throws `invalid_value` for names in chat_template_kwargs that Kinglet itself sets. */
export function checkNames(names: Iterable<string>, input: ChatInput): void {
  for (const name of names) {
    if (!RESERVED.has(name) && !(name === 'tools' && input.toolsJson !== null)) continue;
    throw invalidValue('chat_template_kwargs', `it may not set ${name}`);
  }
}

/** Throws `invalid_value` for JSON that is nested too deep for templates. */
export function checkDepth(json: string | null, param: string): void {
  if (json === null || !isTooDeep(json)) return;
  throw invalidValue(param, `it is nested more than ${MAX_DEPTH} deep`);
}

/**
 * Whether a JSON text has more brackets inside each other than templates are given; of text that is
 * not JSON the result means nothing.
 */
export function isTooDeep(json: string): boolean {
  let depth = 0;
  for (let i = 0; i < json.length; i++) {
    switch (json.charCodeAt(i)) {
      case 0x22:
        for (i++; i < json.length && json.charCodeAt(i) !== 0x22; i++) {
          if (json.charCodeAt(i) === 0x5c) i++;
        }
        break;
      case 0x5b:
      case 0x7b:
        if (++depth > MAX_DEPTH) return true;
        break;
      case 0x5d:
      case 0x7d:
        depth--;
        break;
    }
  }
  return false;
}
