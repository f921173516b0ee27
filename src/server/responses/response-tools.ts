import {
  requestedTools,
  type RequestedTools,
  type ToolChoice,
} from '../generation/tool-request.js';
import type { ServedModel } from '../served-model.js';
import type { ResponseCreate } from './schema.js';

/** What a response's request says of tools; throws as `requestedTools` does. */
export function responseTools(model: ServedModel, request: ResponseCreate): RequestedTools {
  const { tools = [], parallel_tool_calls: parallel = true } = request;
  const choice = choiceOf(request.tool_choice);
  return requestedTools(
    { tools, source: tools, field: 'tools', within: '', choice, parallel },
    model.prompts.toolFamily,
  );
}

function choiceOf(choice: ResponseCreate['tool_choice'] = 'auto'): ToolChoice {
  const field = 'tool_choice';
  if (typeof choice === 'string') return { mode: choice, names: null, field };
  if (choice.type === 'function') return { mode: 'required', names: [choice.name], field };
  return { mode: choice.mode, names: choice.tools.map(({ name }) => name), field };
}
