import type { ToolFamily } from '../family.js';

/** SmolLM2: one JSON list of calls between tags; its template knows neither tools nor calls. */
export const SMOLLM2: ToolFamily = {
  name: 'smollm2',
  recognizes: (template) => template.includes('SmolLM') && !/\btools\b/.test(template),
  format: {
    begin: '<tool_call>[',
    before: '',
    body: { kind: 'json', argumentsKey: 'arguments' },
    after: '',
    between: ', ',
    end: ']</tool_call>',
    mark: null,
  },
  tools: {
    text:
      'You have access to the following tools:\n' +
      '<tools>[{% for tool in tools %}{{ tool.function | tojson }}{{ "" if loop.last else ", " }}{% endfor %}]</tools>\n\n' +
      'Where a tool helps, answer with nothing but a list of calls, in this format:\n' +
      '<tool_call>[{"name": "NAME", "arguments": {"ARGUMENT": VALUE}}]</tool_call>\n' +
      'A result comes between <tool_response> and </tool_response>. Answer in words where no tool ' +
      'helps, or where the results are enough.',
  },
  calls: 'text',
  results: 'text',
};
