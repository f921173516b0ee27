import type { GenerationRequest, RequestUsage } from '../../engine/types.js';
import { KingletError } from '../../errors.js';
import { engineFailed } from '../../errors/availability.js';
import { missingParameter } from '../../errors/requests.js';
import type { ServerContext } from '../context.js';
import { answeredName, type ServedModel } from '../served-model.js';
import { chatPrompt } from '../generation/chat-prompt.js';
import type { GenerationEvent } from '../generation/measured-events.js';
import type { RequestRecord } from '../generation/record.js';
import { grammarOf, tellUnenforced, textFormatSources } from '../generation/structure.js';
import { generationRequest, newId } from '../generation/request.js';
import { generate } from '../generation/run.js';
import { type AnswerPiece, joinedParts, ToolAnswer } from '../generation/tool-answer.js';
import type { RequestedTools } from '../generation/tool-request.js';
import { toKingletError } from '../plugins/errors.js';
import type { Message } from '../schemas/messages.js';
import { assistantMessage, inputMessages } from './conversation.js';
import type { ResponseHistory } from './history.js';
import { ResponseOutput, type OutputEvent } from './output.js';
import { responseObject, type ResponseHead, type ResponseProgress } from './response-object.js';
import { responseTools } from './response-tools.js';
import type { ResponseCreate } from './schema.js';

/** What a response needs of its connection. */
export interface ResponseScope {
  readonly context: ServerContext;
  readonly history: ResponseHistory;
  readonly cacheSalt: string;
  readonly signal: AbortSignal;
  readonly record: RequestRecord;
  /** Sends an event of this response; resolves when the reader has room for the next. */
  readonly emit: (event: OutputEvent) => Promise<void>;
}

/**
 * Answers one `response.create`, from `response.created` to `response.completed`, `.incomplete` or
 * `.failed`, and remembers it. Throws what is wrong with the request before the first event.
 */
export async function runResponse(scope: ResponseScope, request: ResponseCreate): Promise<void> {
  const { context, emit, signal, record } = scope;
  const model = context.modelNamed(request.model);
  const conversation = conversationOf(scope, request);
  const tools = responseTools(model, request);
  const generation = await toGeneration(scope, model, request, { conversation, tools });
  const events = generate(context, model, generation, record, signal);
  const head = headOf(answeredName(model, request.model), request, generation);
  const output = new ResponseOutput();
  const progress = (rest: Partial<ResponseProgress>) =>
    responseObject(head, { status: 'in_progress', output: output.items, usage: null, ...rest });
  await emit({ type: 'response.created', response: progress({}) });
  await emit({ type: 'response.in_progress', response: progress({}) });
  try {
    const answer = new ToolAnswer(tools.plan);
    const { status, usage, turn } = await emitOutput(scope, request, events, { output, answer });
    scope.history.add(
      head.id,
      turn === null ? conversation : [...conversation, turn],
      usage.promptTokens + usage.completionTokens,
    );
    await emit({ type: `response.${status}`, response: progress({ status, usage }) });
  } catch (error) {
    const known = toKingletError(error);
    if (known.code !== 'cancelled' && known.code !== 'reader_stalled') {
      await emit({
        type: 'response.failed',
        response: progress({ status: 'failed', error: known.message }),
      });
    }
    throw error;
  }
}

function headOf(
  model: string,
  request: ResponseCreate,
  { id, sampling }: GenerationRequest,
): ResponseHead {
  const { temperature, topP, presencePenalty, frequencyPenalty } = sampling;
  const createdAt = Math.floor(Date.now() / 1000);
  return {
    id,
    model,
    request,
    temperature,
    topP,
    presencePenalty,
    frequencyPenalty,
    createdAt,
  };
}

/** How a generation ended. */
interface Ending {
  readonly status: 'completed' | 'incomplete';
  readonly usage: RequestUsage;
  /** The turn that it adds to the conversation; null where none was asked for. */
  readonly turn: Message | null;
}

/** Sends what is generated, item by item. */
async function emitOutput(
  { emit }: ResponseScope,
  request: ResponseCreate,
  events: AsyncIterable<GenerationEvent>,
  { output, answer }: { readonly output: ResponseOutput; readonly answer: ToolAnswer },
): Promise<Ending> {
  let status: Ending['status'] = 'completed';
  let thought = '';
  const pieces: AnswerPiece[] = [];
  for await (const event of events) {
    if (event.type === 'delta') {
      const { reasoning, finish } = event.delta;
      const read = answer.read(event.delta);
      thought += reasoning;
      pieces.push(...read);
      for (const part of output.delta(reasoning, read)) await emit(part);
      if (finish?.reason === 'length') status = 'incomplete';
    } else if (event.type === 'end') {
      const { usage } = event;
      if (request.generate === false) return { status: 'completed', usage, turn: null };
      for (const part of output.end(status)) await emit(part);
      const { text, calls } = joinedParts(pieces);
      return { status, usage, turn: assistantMessage(text, thought, calls) };
    }
  }
  // generate() ends with an `end` event or throws.
  throw engineFailed();
}

/** The messages that go on: those of the response that is continued, then the input's. */
function conversationOf(scope: ResponseScope, request: ResponseCreate): Message[] {
  const { previous_response_id: previous } = request;
  const messages = [
    ...(previous === undefined ? [] : scope.history.messages(previous)),
    ...inputMessages(request.input),
  ];
  if (messages.length === 0) throw missingParameter('input');
  return messages;
}

async function toGeneration(
  scope: ResponseScope,
  model: ServedModel,
  request: ResponseCreate,
  { conversation, tools }: { conversation: readonly Message[]; tools: RequestedTools },
) {
  const { context } = scope;
  // Instructions are this response's alone: they are rendered, and not remembered.
  const messages: readonly Message[] =
    request.instructions === undefined
      ? conversation
      : [{ role: 'system', content: request.instructions }, ...conversation];
  const held = { sources: textFormatSources(request.text), tools: tools.plan, ignoreEos: false };
  const grammar = await grammarOf(model, held, scope.signal);
  tellUnenforced(context, grammar.unenforced, null);
  const promptScope = { signal: scope.signal, answered: true, toolsJson: tools.toolsJson };
  const prompt = await chatPrompt(context, model, messages, request, promptScope).catch(
    (error: unknown) => {
      throw inResponsesNames(error, request.instructions !== undefined);
    },
  );
  return generationRequest(model, {
    id: newId('resp'),
    promptIds: prompt.ids,
    fields: request,
    maxTokens: request.generate === false ? 0 : (request.max_output_tokens ?? null),
    defaultMaxTokens: model.defaults.maxNewTokens ?? null,
    maxTokensField: 'max_output_tokens',
    promptField: 'input',
    topLogprobs: null,
    promptTopLogprobs: null,
    reasoning: prompt.reasoning,
    grammar: grammar.use,
    tools: tools.plan,
    cacheSalt: scope.cacheSalt,
    maxStopBytes: context.config.maxStopBytes,
  });
}

/** An error of the prompt under the names of this API: the messages come from other fields here. */
function inResponsesNames(error: unknown, hasInstructions: boolean): unknown {
  if (!(error instanceof KingletError) || error.param === null) return error;
  const message = /^messages(?:\[(\d+)\].*)?$/.exec(error.param);
  if (message === null) return error;
  const param = hasInstructions && message[1] === '0' ? 'instructions' : 'input';
  return new KingletError(error.code, error.message.replace(`'${error.param}'`, `'${param}'`), {
    param,
    cause: error,
  });
}
