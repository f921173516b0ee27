/** What passes between the server and the threads that make prompts. Everything can be posted. */
import type { AnswerRule } from '../answers/answer-rule.js';
import type { ChatTemplateSource } from '../chat/chat-template.js';
import type { ChatInput } from '../chat/chat-types.js';
import type { ErrorCode } from '../errors.js';
import type { GrammarSource } from '../grammar/grammar-source.js';
import type { CompiledGrammar } from '../grammar/compile-grammar.js';
import type { EncodingTables } from '../tokenizer/encoding-tables.js';
import type { SpecialTokens } from '../tokenizer/tokenizer.js';

/** What a thread is started with. */
export interface PromptSetup {
  readonly tables: EncodingTables;
  /** null: the checkpoint has none. */
  readonly template: ChatTemplateSource | null;
  /** CPU time that a template may take, in milliseconds. */
  readonly maxRenderMs: number;
}

/** A prompt that is a text. */
export interface TextPrompt {
  readonly text: string;
  /** The request field that it came from, for errors. */
  readonly field: string;
}

/** Such a prompt with its ids. */
export interface EncodedPrompt extends TextPrompt {
  readonly ids: Int32Array;
}

/** Texts to be made into ids. */
export interface EncodeJob {
  readonly kind: 'encode';
  readonly prompts: readonly TextPrompt[];
  readonly special: SpecialTokens;
  /** Tokens that the context has; null: a text may have any number. */
  readonly contextLength: number | null;
}

/** A chat to be rendered and made into ids. */
export interface ChatJob {
  readonly kind: 'chat';
  readonly chat: ChatInput;
  /** Milliseconds since 1970: the date that the template sees. */
  readonly now: number;
  readonly contextLength: number | null;
  /** Whether the result carries the rendered text. */
  readonly withText: boolean;
}

/** Whether the template can render anything at all. */
interface CheckTemplateJob {
  readonly kind: 'check';
  readonly now: number;
}

/** A grammar to be compiled. */
export interface GrammarJob {
  readonly kind: 'grammar';
  readonly source: GrammarSource;
  /** The request field that it came from, for errors. */
  readonly field: string;
}

/** The answer to be found in a text. */
interface AnswerJob {
  readonly kind: 'answer';
  readonly rule: AnswerRule;
  /** The request field that it came from, for errors. */
  readonly field: string;
  readonly text: string;
}

export type PromptJob = EncodeJob | ChatJob | CheckTemplateJob | GrammarJob | AnswerJob;

export interface EncodeResult {
  readonly kind: 'encode';
  /** Of each prompt, in their order. */
  readonly ids: readonly Int32Array[];
}

export interface ChatResult {
  readonly kind: 'chat';
  readonly ids: Int32Array;
  /** Empty where the job did not ask for it. */
  readonly text: string;
  /** The prompt ends inside a thought: the model's first token belongs to it. */
  readonly reasoningOpen: boolean;
}

interface CheckTemplateResult {
  readonly kind: 'check';
  /** Why the template renders nothing, or null. */
  readonly problem: string | null;
}

interface GrammarResult extends CompiledGrammar {
  readonly kind: 'grammar';
}

interface AnswerResult {
  readonly kind: 'answer';
  /** As it is compared; undefined: there is none. */
  readonly answer: string | undefined;
}

export type PromptResult =
  EncodeResult | ChatResult | CheckTemplateResult | GrammarResult | AnswerResult;

/** The result of a job. */
export type ResultOf<Job extends PromptJob> = Extract<PromptResult, { kind: Job['kind'] }>;

/** A KingletError on its way between threads. */
interface PromptFailure {
  readonly kind: 'failure';
  readonly code: ErrorCode;
  readonly message: string;
  readonly param: string | null;
}

/** From the thread; its first message says what it is called in /proc. */
export type FromPromptThread =
  { readonly kind: 'ready'; readonly task: string | null } | PromptResult | PromptFailure;

/** To the thread. */
export interface ToPromptThread {
  /** Counts the thread's jobs; the word CANCELLED names one to be given up. */
  readonly number: number;
  readonly job: PromptJob;
}

/** Indices into the words that a thread shares with the server. */
export const CANCELLED = 0;
/** Grows while the thread gets on with its job. */
export const HEARTBEAT = 1;
export const SHARED_WORDS = 2;
