import { invalidValue } from '../../errors/requests.js';
import type { ServedModel } from '../served-model.js';
import type { ChatCompletionBody } from '../schemas/chat-completion.js';
import {
  checkAsksForNothing,
  requestedTools,
  type RequestedTools,
  type ToolChoice,
} from './tool-request.js';

type ToolFields = Pick<
  ChatCompletionBody,
  'tools' | 'tool_choice' | 'parallel_tool_calls' | 'functions' | 'function_call'
>;

/** What a chat says of tools; throws as `requestedTools` does. */
export function chatTools(model: ServedModel, fields: ToolFields): RequestedTools {
  const { tools = [], functions = [], parallel_tool_calls: parallel = true } = fields;
  const { toolFamily } = model.prompts;
  const choice = choiceOf(fields.tool_choice);
  const functionCall = oldChoice(fields.function_call);
  if (functions.length === 0) {
    checkAsksForNothing(functionCall);
    const offered = tools.map((tool) => tool.function);
    return requestedTools(
      { tools: offered, source: tools, field: 'tools', within: 'function', choice, parallel },
      toolFamily,
    );
  }
  if (tools.length > 0) throw invalidValue('functions', "'tools' are given too, their new name");
  checkAsksForNothing(choice);
  return requestedTools(
    {
      ...{ tools: functions, source: functions, field: 'functions', within: '' },
      choice: functionCall,
      // A message has one place for the call of a function.
      parallel: false,
    },
    toolFamily,
  );
}

function choiceOf(choice: ToolFields['tool_choice'] = 'auto'): ToolChoice {
  if (typeof choice === 'string') {
    return { mode: choice, names: null, field: 'tool_choice' };
  }
  if (choice.type === 'function') {
    return { mode: 'required', names: [choice.function.name], field: 'tool_choice' };
  }
  const { mode, tools } = choice.allowed_tools;
  return {
    mode,
    names: tools.map((tool) => tool.function.name),
    field: 'tool_choice.allowed_tools',
  };
}

function oldChoice(choice: ToolFields['function_call'] = 'auto'): ToolChoice {
  const field = 'function_call';
  return typeof choice === 'string'
    ? { mode: choice, names: null, field }
    : { mode: 'required', names: [choice.name], field };
}
