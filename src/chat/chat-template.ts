import {
  parseTemplate,
  RenderLimitError,
  type Template,
  TemplateError,
  TemplateRefusal,
  TemplateSyntaxError,
} from '../jinja/template.js';
import { templateFailed } from '../errors/requests.js';
import { familyNamed } from '../tools/families.js';
import type { ToolFamily } from '../tools/family.js';
import type { ReasoningTagPair, TextRange } from './chat-types.js';
import { thoughtOpener } from './reasoning-tags.js';

/** What a checkpoint says of its chats; it can be posted to a thread. */
export interface ChatTemplateSource {
  readonly source: string;
  /** bos_token and the like, as templates name them. */
  readonly tokens: Readonly<Record<string, string>>;
  readonly specialStrings: readonly string[];
  readonly reasoningTags: ReasoningTagPair | null;
  /** Of src/tools/families.ts, by name; absent: calls and results are the template's business. */
  readonly toolFamily?: string;
}

/** A checkpoint's template, parsed. */
export interface ChatTemplate extends ChatTemplateSource {
  readonly template: Template;
  /** How calls and results get into a prompt; null: as the template has it. */
  readonly family: ToolFamily | null;
  /** The template has its own form for the role. */
  readonly knowsDeveloper: boolean;
  /** Whether a rendered text, of which `plain` came from the request, ends inside a thought. */
  readonly opensThought: (text: string, plain: readonly TextRange[]) => boolean;
}

/** Comments name nothing. */
const COMMENT = /\{#.*?#\}/gs;
const DEVELOPER = /(["'])developer\1/;

/** Throws `template_failed` with the line and the words of the parser. */
export function createChatTemplate(source: ChatTemplateSource): ChatTemplate {
  try {
    const { reasoningTags, specialStrings, toolFamily } = source;
    return {
      ...source,
      template: parseTemplate(source.source),
      family: toolFamily === undefined ? null : familyNamed(toolFamily),
      knowsDeveloper: DEVELOPER.test(source.source.replace(COMMENT, '')),
      opensThought:
        reasoningTags === null ? () => false : thoughtOpener(reasoningTags, specialStrings),
    };
  } catch (error) {
    throw templateFailure(error);
  }
}

/** What the engine throws, as the error of a request; anything else stays as it is. */
export function templateFailure(error: unknown): unknown {
  if (error instanceof TemplateRefusal) {
    return templateFailed(error.message, error);
  }
  const what =
    error instanceof TemplateSyntaxError
      ? 'cannot be parsed'
      : error instanceof TemplateError || error instanceof RenderLimitError
        ? 'failed'
        : null;
  if (what === null) return error;
  const { message } = error as Error;
  return templateFailed(`the chat template ${what}: ${message}`, error);
}
