import type { ToolFamily } from '../family.js';

/** Hermes 2 Pro, Qwen2.5, Qwen3, Granite 4 and others: a JSON object between tags for each call. */
export const HERMES: ToolFamily = {
  name: 'hermes',
  recognizes: (template) =>
    /\btools\b/.test(template) &&
    template.includes('<tool_call>') &&
    /"arguments\\?"/.test(template) &&
    // The same tags around XML: Qwen3-Coder's and GLM's.
    !/<function=|<arg_key>/.test(template),
  format: {
    begin: '',
    before: '<tool_call>\n',
    body: { kind: 'json', argumentsKey: 'arguments' },
    after: '\n</tool_call>',
    between: '\n',
    end: '',
    mark: null,
  },
  tools: 'template',
  calls: 'template',
  results: 'template',
};
