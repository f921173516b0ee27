import { answerReader } from '../answers/answer-rule.js';
import { createChatTemplate, type ChatTemplate } from '../chat/chat-template.js';
import type { TextRange } from '../chat/chat-types.js';
import { renderChat } from '../chat/render-chat.js';
import { templateProblem } from '../chat/template-problem.js';
import { KingletError } from '../errors.js';
import type { RenderOptions } from '../jinja/template.js';
import { createEncoder, type Encoder } from '../tokenizer/encoder.js';
import { invalidValue, unsupportedParameter } from '../errors/requests.js';
import { compileGrammar, type CompiledGrammar } from '../grammar/compile-grammar.js';
import { GrammarError, tooComplex } from '../grammar/grammar-error.js';
import { contextExceeded } from './fit.js';
import type {
  ChatJob,
  ChatResult,
  EncodeJob,
  EncodeResult,
  GrammarJob,
  PromptJob,
  PromptResult,
  PromptSetup,
} from './jobs.js';

/** UTF-16 units of a rendered chat: far above any context, far below a heap. */
const MAX_RENDERED = 1 << 23;
const MAX_STEPS = 1 << 24;
/** Characters that an error shows of what is wrong with a grammar, and of the place. */
const MAX_SHOWN = 300;

/** What a job may use. */
export interface JobGuard {
  /** Throws where the job was given up; called between small pieces of work. */
  checkpoint(): void;
  /** As `checkpoint`, and throws `template_failed` once the template has used its time. */
  renderCheckpoint(): void;
  /** As `checkpoint`, and throws a `GrammarError` once compiling has used its time. */
  compileCheckpoint(): void;
}

interface EncodeAs {
  readonly special: 'parse' | 'plain';
  readonly plain?: readonly TextRange[];
  readonly contextLength: number | null;
  readonly field: string;
}

/** Makes prompts, synchronously, one after the other: for a thread of its own. */
export class PromptMaker {
  readonly #encoder: Encoder;
  readonly #setup: PromptSetup;
  #template: ChatTemplate | KingletError | null = null;

  constructor(setup: PromptSetup) {
    this.#setup = setup;
    this.#encoder = createEncoder(setup.tables);
  }

  /** Throws a KingletError that says what is wrong with the request, or what the guard throws. */
  run(job: PromptJob, guard: JobGuard): PromptResult {
    switch (job.kind) {
      case 'encode':
        return this.#encodeTexts(job, guard);
      case 'chat':
        return this.#chat(job, guard);
      case 'grammar':
        return { kind: 'grammar', ...compiled(job, guard) };
      case 'answer':
        return { kind: 'answer', answer: answerReader(job.rule, job.field)(job.text) };
      case 'check':
        return {
          kind: 'check',
          problem: templateProblem(() => this.#parsedTemplate(), renderOptions(job.now, guard)),
        };
    }
  }

  #encodeTexts(job: EncodeJob, guard: JobGuard): EncodeResult {
    const { special, contextLength } = job;
    const ids = job.prompts.map(({ text, field }) =>
      this.#encode(text, { special, contextLength, field }, guard),
    );
    return { kind: 'encode', ids };
  }

  #chat(job: ChatJob, guard: JobGuard): ChatResult {
    const options = renderOptions(job.now, guard);
    const { text, plain, reasoningOpen } = renderChat(this.#parsedTemplate(), job.chat, options);
    const { contextLength } = job;
    const how = { special: 'parse', plain, contextLength, field: 'messages' } as const;
    const ids = this.#encode(text, how, guard);
    return { kind: 'chat', ids, text: job.withText ? text : '', reasoningOpen };
  }

  /** Throws `context_length_exceeded` before or soon after the context is passed. */
  #encode(text: string, how: EncodeAs, guard: JobGuard): Int32Array {
    const { special, plain, contextLength, field } = how;
    const encoder = this.#encoder;
    const bytes = Buffer.byteLength(text);
    const maxTokens = contextLength ?? Infinity;
    const tooLong = (atLeast: number): KingletError =>
      contextExceeded({ bytes, atLeast, contextLength: maxTokens, field });
    if (contextLength !== null) {
      const most = encoder.maxBytesOf(contextLength);
      if (most !== null && bytes > most) throw tooLong(encoder.minTokensOf(bytes));
    }
    const { ids, complete, atLeast } = encoder.encode(text, {
      special,
      plain,
      maxTokens,
      checkpoint: () => guard.checkpoint(),
    });
    if (!complete) throw tooLong(Math.max(atLeast, encoder.minTokensOf(bytes)));
    return ids;
  }

  /** Parsed when it is first asked for; a failure is remembered too. */
  #parsedTemplate(): ChatTemplate {
    if (this.#template === null) {
      const { template } = this.#setup;
      if (template === null) throw new Error('a chat without a template');
      try {
        this.#template = createChatTemplate(template);
      } catch (error) {
        if (!(error instanceof KingletError)) throw error;
        this.#template = error;
      }
    }
    if (this.#template instanceof KingletError) throw this.#template;
    return this.#template;
  }
}

/** Throws `invalid_value`, or `unsupported_parameter` for what is not built, naming the place. */
function compiled({ source, field }: GrammarJob, guard: JobGuard): CompiledGrammar {
  try {
    return compileGrammar(source, () => guard.compileCheckpoint());
  } catch (caught) {
    const { fault, message, place } = grammarError(caught);
    const said = shortened(message);
    const what = place === '' ? said : `${said}, at ${shortened(place)}`;
    throw fault === 'unsupported' ? unsupportedParameter(field, what) : invalidValue(field, what);
  }
}

/** What a grammar is told; a stack or a list that can't grow on is the grammar's own doing. */
function grammarError(error: unknown): GrammarError {
  if (error instanceof GrammarError) return error;
  if (error instanceof RangeError) return tooComplex('it is nested too deeply, or too large');
  throw error;
}

/** A text that is long by its beginning and its end. */
function shortened(text: string): string {
  if (text.length <= MAX_SHOWN) return text;
  const half = MAX_SHOWN / 2;
  return `${text.slice(0, half)}…${text.slice(-half)}`.toWellFormed();
}

function renderOptions(now: number, guard: JobGuard): RenderOptions {
  return {
    now: new Date(now),
    maxOutput: MAX_RENDERED,
    maxSteps: MAX_STEPS,
    checkpoint: () => guard.renderCheckpoint(),
  };
}
