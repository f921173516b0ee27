/** The thread in which templates run: one message in, one out. */
import { parentPort, workerData } from 'node:worker_threads';
import { type ErrorCode, KingletError } from '../errors.js';
import { type ChatTemplate, type ChatTemplateSource, createChatTemplate } from './chat-template.js';
import type { ChatInput, RenderedChat } from './chat-types.js';
import { renderChat } from './render-chat.js';
import { templateProblem } from './template-problem.js';

/** UTF-16 units of a rendered chat: far above any context, far below a heap. */
const MAX_OUTPUT = 1 << 23;
const MAX_STEPS = 1 << 26;

export interface RenderRequest {
  /** null: say whether the template can render anything. */
  readonly chat: ChatInput | null;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export type RenderReply =
  | { readonly rendered: RenderedChat }
  | { readonly problem: string | null }
  | { readonly error: { code: ErrorCode; message: string; param: string | null } };

const port = parentPort!;
let template: ChatTemplate | null = null;
let failure: unknown = null;

/** Parsed once, whether it can be or not. */
function parsedTemplate(): ChatTemplate {
  if (failure !== null) throw failure;
  try {
    template ??= createChatTemplate(workerData as ChatTemplateSource);
    return template;
  } catch (error) {
    failure = error;
    throw error;
  }
}

function replyTo({ chat, now }: RenderRequest): RenderReply {
  const options = { now: new Date(now), maxOutput: MAX_OUTPUT, maxSteps: MAX_STEPS };
  try {
    return chat === null
      ? { problem: templateProblem(parsedTemplate, options) }
      : { rendered: renderChat(parsedTemplate(), chat, options) };
  } catch (error) {
    if (error instanceof KingletError) {
      const { code, message, param } = error;
      return { error: { code, message, param } };
    }
    const message = `the chat template failed: ${(error as Error).message}`;
    return { error: { code: 'template_failed', message, param: 'messages' } };
  }
}

port.on('message', (request: RenderRequest) => port.postMessage(replyTo(request)));
port.postMessage('ready');
