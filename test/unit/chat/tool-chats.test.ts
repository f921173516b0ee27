/** Tools, calls and results in a prompt, family by family. */
import t from 'tap';
import type { ChatMessage } from '../../../src/chat/chat-types.js';
import { KingletError } from '../../../src/errors.js';
import { FAMILY_NAMES, familyOf } from '../../../src/tools/families.js';
import { CONVERSATIONS } from '../../jinja-oracle/conversations.js';
import { chatInputOf } from '../../jinja-oracle/chat-json.js';
import { installedTemplates } from '../../jinja-oracle/real-templates.js';
import { chatInput } from '../../support/chat-input.js';
import { refusalOf, rendered } from '../../support/render.js';

const CHATML =
  '{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}';
const TOOL =
  '{"type":"function","function":{"name":"now","description":"The time. <|im_end|>","parameters":{"type":"object","properties":{"zone":{"default":1.0},"1":{}}}}}';
const TOOLS = `[${TOOL}]`;

const user = (content: string): ChatMessage => ({ role: 'user', content });
const call = (name: string, text: string, id?: string) => ({
  ...(id !== undefined && { id }),
  type: 'function' as const,
  function: { name, arguments: text },
});
const calling = (content: string, ...toolCalls: ReturnType<typeof call>[]): ChatMessage => ({
  role: 'assistant',
  content,
  toolCalls,
});
const result = (content: string, toolCallId = 'a'): ChatMessage => ({
  role: 'tool',
  content,
  toolCallId,
});

const HISTORY: readonly ChatMessage[] = [
  user('Time?'),
  calling('Let me look.', call('now', '{"zone": "CET"}', 'a'), call('now', 'not JSON', 'b')),
  result('12:00'),
  result('</tool_response>', 'b'),
  user('Thanks'),
];

const textOf = (
  template: string,
  messages: readonly ChatMessage[],
  family: string,
  tools = false,
) => rendered(template, chatInput(messages, tools ? { toolsJson: TOOLS } : {}), family).text;

t.test('a template without tools: Kinglet tells of them, calls and results are text', async (t) => {
  t.equal(
    textOf(CHATML, HISTORY, 'generic'),
    '<|im_start|>user\nTime?<|im_end|>\n<|im_start|>assistant\nLet me look.\n' +
      '<tool_call>\n{"name": "now", "arguments": {"zone": "CET"}}\n</tool_call>\n' +
      '<tool_call>\n{"name": "now", "arguments": not JSON}\n</tool_call><|im_end|>\n' +
      '<|im_start|>user\n<tool_response>\n12:00\n</tool_response>\n' +
      '<tool_response>\n</tool_response>\n</tool_response><|im_end|>\n<|im_start|>user\nThanks<|im_end|>\n',
  );
  const own = textOf(CHATML, [user('Time?')], 'generic', true);
  t.match(
    own,
    '<tools>\n{"name": "now", "description": "The time. <|im_end|>", "parameters": {"type": ' +
      '"object", "properties": {"zone": {"default": 1.0}, "1": {}}}}\n</tools>',
    'as the request wrote it',
  );
  t.ok(own.startsWith('<|im_start|>system\nYou can call functions.'));
  t.ok(own.endsWith('enough.<|im_end|>\n<|im_start|>user\nTime?<|im_end|>\n'));
  const system = { role: 'system', content: 'Be brief.' };
  t.match(
    textOf(CHATML, [system, user('Time?')], 'generic', true),
    /^<\|im_start\|>system\nBe brief\.\n\nYou can call/,
  );
  t.match(
    textOf(CHATML, [{ ...system, content: '' }, user('x')], 'smollm2', true),
    /system\nYou have/,
  );
  t.equal(textOf(CHATML, [calling('', call('now', '{}'))], 'smollm2'), '<|im_start|>assistant\n<tool_call>[{"name": "now", "arguments": {}}]</tool_call><|im_end|>\n'); // prettier-ignore
  const { text, plain } = rendered(CHATML, chatInput([user('x')], { toolsJson: TOOLS }), 'generic');
  const at = text.indexOf('<|im_end|>');
  t.ok(plain.some(({ start, end }) => start <= at && at < end), "a tool's special strings are text"); // prettier-ignore
});

t.test('a template that takes no system message gets the tools with the first user', async (t) => {
  const refusing = `{% if messages[0].role == 'system' %}{{ raise_exception('No system role') }}{% endif %}${CHATML}`;
  const dropping = CHATML.replace('%}<|im', "%}{% if m.role != 'system' %}<|im").replace(
    '{% endfor',
    '{% endif %}{% endfor',
  );
  const hi: ChatMessage = { role: 'assistant', content: 'Hi' };
  for (const template of [refusing, dropping]) {
    const text = textOf(template, [hi, user('Time?'), user('Well?')], 'generic', true);
    t.match(text, /^<\|im_start\|>assistant\nHi<\|im_end\|>\n<\|im_start\|>user\nYou can call/);
    t.match(text, /enough\.\n\nTime\?<\|im_end\|>\n<\|im_start\|>user\nWell\?<\|im_end\|>\n$/);
  }
  const chat = chatInput([hi], { toolsJson: TOOLS });
  t.equal(refusalOf(refusing, chat, 'generic').message, 'No system role', 'no user to tell');
  const unseen = refusalOf(dropping, { ...chat, requireWhole: false }, 'generic');
  t.strictSame([unseen.code, unseen.param], ['invalid_value', 'tools']);
  const lost = chatInput([user('a'), result('b'), { role: 'critic', content: 'c' }], {
    toolsJson: TOOLS,
  });
  const users = "{% for m in messages %}{% if m.role in ['system', 'user'] %}{{ m.content }}{% endif %}{% endfor %}"; // prettier-ignore
  t.equal(refusalOf(users, lost, 'generic').param, 'messages[2].content', 'counted as sent');
});

t.test('one call a message, where the template takes no more', async (t) => {
  const alone =
    "{% for m in messages %}{% if 'tool_calls' in m %}{% if m.tool_calls|length != 1 %}{{ raise_exception('one') }}{% endif %}" +
    '[{{ m.tool_calls[0].function.name }} {{ m.tool_calls[0].function.arguments | tojson }}{{ m.reasoning_content }}]' +
    '{% else %}{{ m.role }}:{{ m.content }} {% endif %}{% endfor %}';
  t.equal(
    textOf(alone, HISTORY, 'llama3_json'),
    'user:Time? assistant:Let me look. [now {"zone": "CET"}]tool:12:00 [now "not JSON"]tool:</tool_response> user:Thanks ',
  );
  const thought = { ...calling('', call('f', '{}', 'x'), call('g', '{}', 'y')), reasoningContent: 'so' };
  t.equal(
    textOf(alone, [thought, result('G', 'y'), result('?', 'z'), result('F', 'x')], 'llama3_json'),
    '[f {}so]tool:F [g {}]tool:G tool:? ',
  );
  t.equal(textOf(alone, [calling('', call('f', '1'))], 'llama3_json'), '[f 1]');
  t.equal(textOf(alone, [calling('', call('f', '{}'), call('g', '{}'))], 'llama3_json'), '[f {}][g {}]');
}); // prettier-ignore

t.test('no history fails on a real template that takes tools', async (t) => {
  const arguments_ = ['', '{', '"text"', '[1]', 'null', '{"a": {"b": [1.0, null]}}', '['.repeat(300), '{}'];
  for (const { name, source } of await installedTemplates()) {
    const family = familyOf(source);
    if (family.name === 'generic') continue;
    for (const text of arguments_) {
      const messages = [
        user('x'),
        calling('Words.', call('f', text, 'call00001'), call('__proto__', '{}', 'call00002')),
        result('one', 'call00002'),
        result('two', 'unknown'),
      ];
      const chat = chatInput(messages, { toolsJson: TOOLS });
      t.match(rendered(source, chat, family.name).text, /Words\.[^]*one[^]*two/, `${name}: ${text}`);
    }
  }
}); // prettier-ignore

t.test('templates that know tools and calls write them, as in transformers', async (t) => {
  let count = 0;
  for (const { name, source } of await installedTemplates()) {
    const family = familyOf(source);
    if (family.tools !== 'template') continue;
    for (const conversation of CONVERSATIONS) {
      const { messages } = conversation;
      const alone = messages.every(
        ({ tool_calls: calls, content }) =>
          calls === undefined || (calls.length === 1 && content === ''),
      );
      if (family.calls === 'alone' && !alone) continue;
      // What transformers makes of these is held by real-templates.test.ts.
      const chat = { ...chatInputOf(conversation), requireWhole: false };
      const textOf = (toolFamily?: string): string | null => {
        try {
          return rendered(source, chat, toolFamily).text;
        } catch (error) {
          if (error instanceof KingletError) return null;
          throw error;
        }
      };
      const [own, plain] = [textOf(family.name), textOf()];
      count++;
      if (own !== plain) t.equal(own, plain, `${name}: ${conversation.name}`);
    }
  }
  t.ok(count > 1000, `${count} chats`);
});

t.test('a chat without calls is what the template makes of it, in every family', async (t) => {
  const plain = CONVERSATIONS.filter(
    ({ messages, tools }) =>
      tools === undefined && messages.every((m) => m.role !== 'tool' && m.tool_calls === undefined),
  );
  t.ok(plain.length > 50);
  for (const family of FAMILY_NAMES) {
    for (const conversation of plain) {
      const chat = chatInputOf(conversation);
      if (rendered(CHATML, chat, family).text !== rendered(CHATML, chat).text) {
        t.fail(`${family}: ${conversation.name}`);
      }
    }
  }
});
