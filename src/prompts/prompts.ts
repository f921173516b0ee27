import type { AnswerRule } from '../answers/answer-rule.js';
import type { ChatInput, ReasoningTagPair } from '../chat/chat-types.js';
import { findReasoningTags } from '../chat/reasoning-tags.js';
import { thinkingSwitches } from '../chat/thinking-switches.js';
import { MAX_PROGRAM_BYTES } from '../engine/grammar-memory.js';
import { KingletError } from '../errors.js';
import { templateFailed } from '../errors/requests.js';
import { familyNamed, familyOf } from '../tools/families.js';
import type { ToolFamily } from '../tools/family.js';
import type { SpecialTokens, Tokenizer } from '../tokenizer/tokenizer.js';
import { sourceText, type GrammarSource } from '../grammar/grammar-source.js';
import { GrammarCache, type KnownGrammar } from './grammar-cache.js';
import type { ChatResult, EncodedPrompt, TextPrompt } from './jobs.js';
import { MESSAGE_BYTES, PromptThreads, type LaneName, type LaneStats } from './prompt-threads.js';

export interface PromptOptions {
  /** Text that may wait to be rendered and tokenized, in bytes, in each of the two lanes. */
  readonly maxQueuedBytes: number;
  /** CPU time that a template may take, in milliseconds. */
  readonly maxRenderMs: number;
  /** How calls of tools are written: a family's name, `auto`: as the template tells, `off`: not at all. */
  readonly toolCallParser?: string;
  /** Memory of the compiled grammars that are kept; MAX_PROGRAM_BYTES unless told otherwise. */
  readonly maxProgramBytes?: number;
  /** The date that templates see. */
  readonly now?: () => Date;
}

/** How a prompt is to be made. */
export interface PromptTerms {
  /** Aborted when the client goes: what waits or runs for it ends. */
  readonly signal: AbortSignal;
  /** Tokens that the context has; null: the prompt may have any number. */
  readonly contextLength: number | null;
}

/**
 * Makes prompts: renders chats through the checkpoint's template and turns texts into ids, in threads
 * of their own. Whatever it does for a request throws `queue_full` where too much waits, `cancelled`
 * where the client has gone, and `context_length_exceeded`, before or soon after a prompt has
 * passed the context.
 */
export class Prompts {
  /** The tags around a thought, where the template or the added tokens have them. */
  readonly reasoningTags: ReasoningTagPair | null;
  /** Arguments of the template that switch its thoughts on and off. */
  readonly thinkingSwitches: readonly string[];
  /** How the model calls tools; null: it calls none. */
  readonly toolFamily: ToolFamily | null;
  readonly #hasTemplate: boolean;
  readonly #threads: PromptThreads;
  readonly #now: () => Date;
  readonly #grammars: GrammarCache;

  /** `threads` may have been started before; they are begun here, and closed with the rest. */
  constructor(
    tokenizer: Tokenizer,
    options: PromptOptions,
    threads = new PromptThreads(options.maxQueuedBytes),
  ) {
    const { chatTemplate, templateTokens, specialStrings } = tokenizer;
    this.reasoningTags = findReasoningTags(tokenizer);
    this.thinkingSwitches = thinkingSwitches(chatTemplate ?? '');
    this.toolFamily = toolFamilyOf(chatTemplate ?? '', options.toolCallParser ?? 'auto');
    this.#hasTemplate = chatTemplate !== null;
    this.#grammars = new GrammarCache(options.maxProgramBytes ?? MAX_PROGRAM_BYTES);
    this.#now = options.now ?? (() => new Date());
    threads.begin({
      tables: tokenizer.encoding,
      template:
        chatTemplate === null
          ? null
          : {
              source: chatTemplate,
              tokens: templateTokens,
              specialStrings,
              reasoningTags: this.reasoningTags,
              ...(this.toolFamily !== null && { toolFamily: this.toolFamily.name }),
            },
      maxRenderMs: options.maxRenderMs,
    });
    this.#threads = threads;
  }

  /** Starts the thread of all but long prompts ahead of the first one. */
  start(): Promise<void> {
    return this.#threads.start();
  }

  /**
   * Renders a chat and makes ids of it. Nothing is added to what the template writes (no second
   * BOS). Throws `invalid_value` for contradictory input and for a message that the prompt lacks,
   * `template_failed` where there is no template, where it refuses the messages (its own words are
   * the message), fails, or takes too long.
   */
  async chat(
    chat: ChatInput,
    { signal, contextLength, withText = false }: PromptTerms & { readonly withText?: boolean },
  ): Promise<ChatResult> {
    if (!this.#hasTemplate) {
      throw templateFailed(
        'this model has no chat template; render the prompt yourself and send it to /v1/completions',
      );
    }
    const now = this.#now().getTime();
    const job = { kind: 'chat', chat, now, contextLength, withText } as const;
    return this.#threads.run(job, weightOf(chat), signal);
  }

  /** Texts with their ids, in their order; nothing is added to them. */
  async encode(
    prompts: readonly TextPrompt[],
    special: SpecialTokens,
    { signal, contextLength }: PromptTerms,
  ): Promise<EncodedPrompt[]> {
    const job = { kind: 'encode', prompts, special, contextLength } as const;
    const bytes = prompts.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
    const encoded = await this.#threads.run(job, bytes, signal);
    return prompts.map((prompt, i) => {
      const ids = encoded.ids[i];
      if (ids === undefined) {
        throw new KingletError('internal_error', `The prompt thread left out ${prompt.field}.`);
      }
      return { ...prompt, ids };
    });
  }

  /**
   * A grammar, compiled here or before. Throws `invalid_value` for one that is malformed, that no
   * text fits or that takes too much, `unsupported_parameter` for what is not built.
   */
  grammar(source: GrammarSource, field: string, signal: AbortSignal): Promise<KnownGrammar> {
    const job = { kind: 'grammar', source, field } as const;
    return this.#grammars.get(source, () =>
      this.#threads.run(job, sourceText(source).length, signal),
    );
  }

  /**
   * The answer that a text has by a rule, spelled so that equal answers are the same text; undefined: it
   * has none. Throws `invalid_value` where the rule itself is wrong.
   */
  async answer(
    { rule, field }: { readonly rule: AnswerRule; readonly field: string },
    text: string,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const job = { kind: 'answer', rule, field, text } as const;
    return (await this.#threads.run(job, Buffer.byteLength(text), signal)).answer;
  }

  /**
   * What keeps the template from rendering one message of a user: it can't be parsed, fails, or
   * takes too long. null where nothing does, where it refuses such a chat, and without a template.
   */
  async templateProblem(): Promise<string | null> {
    if (!this.#hasTemplate) return null;
    const job = { kind: 'check', now: this.#now().getTime() } as const;
    try {
      return (await this.#threads.run(job, 0, new AbortController().signal)).problem;
    } catch (error) {
      if (error instanceof KingletError && error.code === 'template_failed') return error.message;
      throw error;
    }
  }

  /**
   * What ends a thought in the model's place: `sentence`, if there is one, and the tag with what the
   * template has around it where a history shows a thought. Empty for a model without thoughts.
   */
  async thoughtClosing(sentence: string): Promise<readonly number[]> {
    if (this.reasoningTags === null) return [];
    const signal = new AbortController().signal;
    const text = sentence + (await this.#templateClosing(this.reasoningTags.end, signal));
    const prompt = { text, field: 'reasoning_budget_message' };
    const [encoded] = await this.encode([prompt], 'parse', { signal, contextLength: null });
    return [...(encoded?.ids ?? [])];
  }

  async #templateClosing(tag: string, signal: AbortSignal): Promise<string> {
    const [thought, answer] = ['THOUGHT', 'ANSWER'];
    const messages = [
      { role: 'user', content: 'QUESTION' },
      { role: 'assistant', content: answer, reasoningContent: thought },
    ];
    const terms = { signal, contextLength: null, withText: true };
    const rendered = await this.chat(
      {
        ...{ messages, addGenerationPrompt: false, continueFinalMessage: false },
        ...{ templateKwargsJson: null, toolsJson: null, requireWhole: false },
      },
      terms,
    ).then(
      ({ text }) => text,
      () => '',
    );
    const begin = rendered.indexOf(thought) + thought.length;
    const between = rendered.slice(begin, rendered.indexOf(answer, begin));
    const shown = rendered.includes(thought) && between.trim() === tag;
    // As most models write it; a template that drops the thoughts of a history says nothing of it.
    return shown ? between : `\n${tag}\n\n`;
  }

  /** What waits in a lane. */
  stats(lane: LaneName): LaneStats {
    return this.#threads.stats(lane);
  }

  close(): Promise<void> {
    return this.#threads.close();
  }
}

function toolFamilyOf(template: string, parser: string): ToolFamily | null {
  if (parser === 'off') return null;
  return parser === 'auto' ? familyOf(template) : familyNamed(parser);
}

/** What a chat costs to render, as bytes of text. */
function weightOf({ messages, templateKwargsJson, toolsJson }: ChatInput): number {
  let bytes = (templateKwargsJson?.length ?? 0) + (toolsJson?.length ?? 0);
  for (const { content, reasoningContent, toolCalls } of messages) {
    bytes += MESSAGE_BYTES + Buffer.byteLength(content) + (reasoningContent?.length ?? 0);
    for (const call of toolCalls ?? []) bytes += MESSAGE_BYTES + call.function.arguments.length;
  }
  return bytes;
}
