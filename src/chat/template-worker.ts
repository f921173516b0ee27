/** The thread in which templates run: one message in, one out. */
import { parentPort } from 'node:worker_threads';
import { parse, type Program, tokenize } from './jinja.js';
import { BoundedInterpreter, templateScope, TemplateRefusal } from './template-environment.js';

export interface RenderRequest {
  readonly template: string;
  readonly context: Readonly<Record<string, unknown>>;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export type RenderReply =
  | { readonly text: string }
  /** `refused`: by the template's own raise_exception. */
  | { readonly error: string; readonly refused: boolean };

const port = parentPort!;
let parsed: { template: string; program: Program } | null = null;

function render({ template, context, now }: RenderRequest): string {
  if (parsed?.template !== template) {
    // As transformers sets jinja up.
    const tokens = tokenize(template, { trim_blocks: true, lstrip_blocks: true });
    parsed = { template, program: parse(tokens) };
  }
  const interpreter = new BoundedInterpreter(templateScope(context, new Date(now)));
  return String(interpreter.run(parsed.program).value);
}

port.on('message', (request: RenderRequest) => {
  let reply: RenderReply;
  try {
    reply = { text: render(request) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    reply = { error: message, refused: error instanceof TemplateRefusal };
  }
  port.postMessage(reply);
});
port.postMessage('ready');
