import { KingletError } from '../errors.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { checkChat, templateContext } from './chat-context.js';
import type { ChatInput, ChatPrompt, ReasoningTagPair } from './chat-types.js';
import { continuedText, MARK_SUFFIX } from './continue-final-message.js';
import { SpecialGuard } from './special-guard.js';
import { findReasoningTags, thoughtOpener } from './reasoning-tags.js';
import { TemplateThread } from './template-thread.js';

export type {
  ChatInput,
  ChatMessage,
  ChatPrompt,
  ChatToolCall,
  ReasoningTagPair,
} from './chat-types.js';

/** Renders chats with the checkpoint's template and turns them into ids. */
export interface ChatRenderer {
  /** The tags around a thought, where the template or the added tokens have them. */
  readonly reasoningTags: ReasoningTagPair | null;

  /**
   * Renders and encodes a chat. Nothing is added to what the template writes (no second BOS).
   * Throws `invalid_value` for contradictory input, `template_failed` where there is no template,
   * where it refuses the messages (its own words are the message), or takes too long.
   */
  prompt(input: ChatInput): Promise<ChatPrompt>;

  /** Ends the template's thread. */
  close(): Promise<void>;
}

export interface ChatRendererOptions {
  /** The date that templates see. */
  readonly now?: () => Date;
  /** Milliseconds that a template may take. */
  readonly deadlineMs?: number;
}

export function createChatRenderer(
  tokenizer: Tokenizer,
  options: ChatRendererOptions = {},
): ChatRenderer {
  const { now = () => new Date(), deadlineMs = 1000 } = options;
  const template = tokenizer.chatTemplate;
  const reasoningTags = findReasoningTags(tokenizer);
  const opensThought =
    reasoningTags === null ? () => false : thoughtOpener(reasoningTags, tokenizer.specialStrings);
  const guards = new SpecialGuard(tokenizer.specialStrings, [
    template ?? '',
    ...Object.values(tokenizer.templateTokens),
  ]);
  const thread = new TemplateThread(deadlineMs);

  async function prompt(input: ChatInput): Promise<ChatPrompt> {
    if (template === null) {
      throw new KingletError(
        'template_failed',
        'this model has no chat template; render the prompt yourself and send it to /v1/completions',
        { param: 'messages' },
      );
    }
    checkChat(input);
    const [guard, mark] = guards.choose([input.messages, input.templateKwargs]);
    const context = templateContext(
      input,
      tokenizer.templateTokens,
      (text) => guards.insert(text, guard),
      mark + MARK_SUFFIX,
    );
    let rendered = await thread.render(template, context, now());
    // A template may write JSON in ASCII; the request holds neither form of these code points.
    rendered = unescaped(unescaped(rendered, guard), mark);
    if (input.continueFinalMessage) rendered = continuedText(rendered, mark);
    const { text, plain } = withoutGuards(rendered, guard);
    return {
      ids: await tokenizer.encodeRendered(text, plain),
      text,
      reasoningOpen: opensThought(rendered),
    };
  }

  return { reasoningTags, prompt, close: () => thread.close() };
}

/** A special-token string with a guard in it is text: the places of the guards are. */
function withoutGuards(
  rendered: string,
  guard: string,
): { text: string; plain: { start: number; end: number }[] } {
  const parts = rendered.split(guard);
  const plain: { start: number; end: number }[] = [];
  let at = 0;
  for (const part of parts.slice(0, -1)) {
    at += part.length;
    // The guard stood behind the string's first character.
    const start = Math.max(at - 1, plain.at(-1)?.end ?? 0);
    if (start < at + 1) plain.push({ start, end: at + 1 });
  }
  return { text: parts.join(''), plain };
}

function unescaped(text: string, character: string): string {
  const code = character.charCodeAt(0).toString(16).padStart(4, '0');
  return text.replaceAll(`\\u${code}`, character);
}
