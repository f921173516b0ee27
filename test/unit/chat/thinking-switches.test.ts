import t from 'tap';
import { thinkingSwitches } from '../../../src/chat/thinking-switches.js';

t.test('arguments by which a template is told whether to think', (t) => {
  for (const [template, switches] of [
    ['{% if enable_thinking is defined and enable_thinking is false %}', ['enable_thinking']],
    ['{%- if not thinking is defined %}{% set thinking = false %}{% endif %}', ['thinking']],
    ['{{ enable_thinking }}{% if thinking %}', ['enable_thinking', 'thinking']],
    ['{# enable_thinking #}{{ messages }}', []],
    ['enable_thinking', []],
    ['{{ \'enable_thinking\' }}{{ "thinking" }}', []],
    ['{{ message.thinking }}{% if message.enable_thinking %}', []],
    ['{{ my_thinking }}{{ thinking_budget }}{{ thinking() }}', []],
    ["{{ 'a \\' b' + thinking }}", ['thinking']],
    ['', []],
  ] as const) {
    t.strictSame(thinkingSwitches(template), switches, template);
  }
  t.end();
});
