/**
 * What clients put into conversations that is not built, told by its place and name. A look before
 * the schema: there, an item of another kind fails in many ways, and none of them names it.
 */
import type { preValidationHookHandler } from 'fastify';
import { unsupportedParameter } from '../../errors/requests.js';
import { echoed } from '../echo.js';
import { NO_TOOLS, TEXT_ONLY } from './fields.js';

/** Characters of a client's name for something that an error repeats. */
const SHOWN_CHARACTERS = 60;

/** What of a kind is read, and why the rest is refused. */
interface Kinds {
  readonly known: readonly string[];
  readonly unsupported: (type: string, element: Record<string, unknown>) => string;
}

const CHAT_PARTS: Kinds = {
  known: ['text'],
  unsupported: (type) => `${TEXT_ONLY}, not ${type}`,
};
const RESPONSE_PARTS: Kinds = {
  known: ['input_text', 'output_text', 'reasoning_text'],
  unsupported: (type) => `${TEXT_ONLY}, not ${type}`,
};
const RESPONSE_ITEMS: Kinds = {
  known: ['message', 'reasoning'],
  unsupported: (type, { name }) => {
    if (!/_call(_output)?'$|tool|approval/.test(type)) {
      return `there are items of type message and reasoning, not ${type}`;
    }
    const does = typeof name === 'string' ? `calls ${shown(name)}` : 'needs tools';
    return `an item of type ${type} ${does}, and ${NO_TOOLS}`;
  },
};

/** Throws `unsupported_parameter` for the first part or tool call in the messages of a chat. */
function refuseUnbuiltMessages(body: unknown): void {
  eachObject(member(body, 'messages'), (message, i) => {
    const path = () => `messages[${i}]`;
    refuseToolCalls(message['tool_calls'], path);
    refuseUnknown(message['content'], () => `${path()}.content`, CHAT_PARTS);
  });
}

/** A hook before validation, for routes that take messages. */
export const unbuiltMessages: preValidationHookHandler = (request, _reply, done) => {
  refuseUnbuiltMessages(request.body);
  done();
};

/** Throws `unsupported_parameter` for the first item or part of another kind in a response's input. */
export function refuseUnbuiltItems(body: unknown): void {
  const input = member(body, 'input');
  refuseUnknown(input, () => 'input', RESPONSE_ITEMS);
  eachObject(input, (item, i) =>
    refuseUnknown(item['content'], () => `input[${i}].content`, RESPONSE_PARTS),
  );
}

function refuseToolCalls(calls: unknown, path: () => string): void {
  eachObject(calls, (call, i) => {
    const name = member(call['function'], 'name') ?? member(call['custom'], 'name');
    const what = typeof name === 'string' ? `it calls ${shown(name)}` : 'it is a tool call';
    throw unsupportedParameter(`${path()}.tool_calls[${i}]`, `${what}, and ${NO_TOOLS}`);
  });
}

function refuseUnknown(list: unknown, path: () => string, { known, unsupported: why }: Kinds) {
  eachObject(list, (element, i) => {
    const { type } = element;
    if (typeof type !== 'string' || known.includes(type)) return;
    throw unsupportedParameter(`${path()}[${i}].type`, why(shown(type), element));
  });
}

/** Visits the objects of a list; paths are put together only where one is told. */
function eachObject(
  list: unknown,
  visit: (element: Record<string, unknown>, index: number) => void,
): void {
  if (!Array.isArray(list)) return;
  list.forEach((element: unknown, i) => {
    if (typeof element === 'object' && element !== null && !Array.isArray(element)) {
      visit(element as Record<string, unknown>, i);
    }
  });
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

function shown(text: string): string {
  return `'${echoed(text, SHOWN_CHARACTERS)}'`;
}
