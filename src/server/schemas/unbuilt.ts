/**
 * What clients put into conversations that is not built, told by its place and name. A look before
 * the schema: there, an item of another kind fails in many ways, and none of them names it.
 */
import type { preValidationHookHandler } from 'fastify';
import { unsupportedParameter } from '../../errors/requests.js';
import { echoed } from '../echo.js';
import { TEXT_ONLY } from './fields.js';

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
  known: ['message', 'reasoning', 'function_call', 'function_call_output'],
  unsupported: (type, { name }) => {
    const called = typeof name === 'string' ? `, here of ${shown(name)}` : '';
    return `there are messages, thoughts, function calls and their outputs, not ${type}${called}`;
  },
};
const TOOLS: Kinds = {
  known: ['function'],
  unsupported: (type, { name }) => {
    const which = typeof name === 'string' ? `, here ${shown(name)}` : '';
    return `tools are functions, not ${type}${which}`;
  },
};
const CHOICES: Kinds = {
  known: ['function', 'allowed_tools'],
  unsupported: (type) => `a function or allowed_tools can be chosen, not ${type}`,
};
const CALLS: Kinds = {
  known: ['function'],
  unsupported: (type, call) => {
    const name = member(call['custom'], 'name');
    const what = typeof name === 'string' ? `, here of ${shown(name)}` : '';
    return `calls are of functions, not ${type}${what}`;
  },
};

/** Throws `unsupported_parameter` for the first part, call or tool of another kind in a chat. */
function refuseUnbuiltMessages(body: unknown): void {
  eachObject(member(body, 'messages'), (message, i) => {
    const path = () => `messages[${i}]`;
    refuseUnknown(message['tool_calls'], () => `${path()}.tool_calls`, CALLS);
    refuseUnknown(message['content'], () => `${path()}.content`, CHAT_PARTS);
  });
  refuseUnbuiltTools(body);
}

/** Throws `unsupported_parameter` for the first tool that is no function, in the list or as a choice. */
function refuseUnbuiltTools(body: unknown): void {
  refuseUnknown(member(body, 'tools'), () => 'tools', TOOLS);
  const choice = member(body, 'tool_choice');
  const type = member(choice, 'type');
  if (typeof type !== 'string' || CHOICES.known.includes(type)) return;
  throw unsupportedParameter('tool_choice.type', CHOICES.unsupported(shown(type), {}));
}

/** A hook before validation, for routes that take messages. */
export const unbuiltMessages: preValidationHookHandler = (request, _reply, done) => {
  refuseUnbuiltMessages(request.body);
  done();
};

/** Throws `unsupported_parameter` for the first item, part or tool of another kind in a response. */
export function refuseUnbuiltItems(body: unknown): void {
  const input = member(body, 'input');
  refuseUnknown(input, () => 'input', RESPONSE_ITEMS);
  eachObject(input, (item, i) =>
    refuseUnknown(item['content'], () => `input[${i}].content`, RESPONSE_PARTS),
  );
  eachObject(input, (item, i) =>
    refuseUnknown(item['output'], () => `input[${i}].output`, RESPONSE_PARTS),
  );
  refuseUnbuiltTools(body);
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
