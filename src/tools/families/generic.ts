import type { ToolFamily } from '../family.js';

/** For every other model: a format of Kinglet's choice, which the model is told of in the prompt. */
export const GENERIC: ToolFamily = {
  name: 'generic',
  recognizes: () => true,
  format: {
    begin: '',
    before: '<tool_call>\n',
    body: { kind: 'json', argumentsKey: 'arguments' },
    after: '\n</tool_call>',
    between: '\n',
    end: '',
    mark: null,
  },
  tools: {
    text:
      'You can call functions. These are described by a JSON object each:\n<tools>\n' +
      '{% for tool in tools %}{{ tool.function | tojson }}\n{% endfor %}</tools>\n\n' +
      'To call one, write a JSON object with its name and its arguments between tags:\n' +
      '<tool_call>\n{"name": "NAME", "arguments": {"ARGUMENT": VALUE}}\n</tool_call>\n' +
      'Its result comes between <tool_response> and </tool_response>. Answer in words where no ' +
      'function helps, or where the results are enough.',
  },
  calls: 'text',
  results: 'text',
};
