import type { ToolFamily } from '../family.js';

/**
 * Llama 3.1, 3.2 and 4: the answer is the JSON object of a call, which Llama 3.1 may begin with a
 * special token.
 */
export const LLAMA3_JSON: ToolFamily = {
  name: 'llama3_json',
  recognizes: (template) =>
    /\btools\b/.test(template) &&
    /\{\\?"name\\?": /.test(template) &&
    /\\?"parameters\\?": dictionary/.test(template),
  format: {
    begin: '',
    before: '',
    body: { kind: 'json', argumentsKey: 'parameters' },
    after: '',
    between: '; ',
    end: '',
    mark: '<|python_tag|>',
  },
  tools: 'template',
  calls: 'alone',
  results: 'template',
};
