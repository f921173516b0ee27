import type { ToolFamily } from '../family.js';

/**
 * DeepSeek V3 and R1, and R1's distilled models: a fenced block of JSON behind markers. Their
 * templates know of calls and not of tools, and write calls so that an end is missing behind a
 * single one, and the beginning before all but a chat's first: those are spelled out here instead.
 */
export const DEEPSEEK: ToolFamily = {
  name: 'deepseek',
  recognizes: (template) =>
    template.includes('<｜tool▁calls▁begin｜>') && template.includes('```json'),
  format: {
    begin: '<｜tool▁calls▁begin｜>',
    before: '<｜tool▁call▁begin｜>function<｜tool▁sep｜>',
    body: { kind: 'marked', nameEnd: '\n```json\n' },
    after: '\n```<｜tool▁call▁end｜>',
    between: '\n',
    end: '<｜tool▁calls▁end｜>',
    mark: null,
  },
  tools: {
    text:
      '## Tools\n\nYou can call these functions, each described by a JSON object:\n' +
      '{% for tool in tools %}{{ tool.function | tojson }}\n{% endfor %}\n' +
      'Where a function helps, call it, with its name and a JSON object of its arguments:\n' +
      '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>NAME\n' +
      '```json\n{"ARGUMENT": VALUE}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>\n\n' +
      'Where none helps, answer without a call.',
  },
  calls: 'text',
  results: 'template',
};
