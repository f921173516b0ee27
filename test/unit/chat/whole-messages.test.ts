import t from 'tap';
import type { ChatInput } from '../../../src/chat/chat-types.js';
import { chatOf, refusalOf, rendered } from '../../support/render.js';

const CHATML =
  '{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}';
/** Writes users and assistants, and the first system message. */
const STRICT =
  "{% if messages[0].role == 'system' %}S:{{ messages[0].content }}\n{% endif %}" +
  "{% for m in messages %}{% if m.role == 'user' %}U:{{ m.content }}\n" +
  "{% elif m.role == 'assistant' %}A:{{ m.content.split('</think>')[-1]|trim }}\n{% endif %}{% endfor %}";

const chat = chatOf([
  ['system', 'Be kind.'],
  ['user', 'hi'],
  ['system', 'Say hi.'],
  ['user', 'hi'],
]);

t.test('a message that the template leaves out is named', (t) => {
  const error = refusalOf(STRICT, chat);
  t.equal(error.code, 'invalid_value');
  t.equal(error.status, 400);
  t.equal(error.param, 'messages[2].content');
  t.match(error.message, /'messages\[2\]\.content'.*leaves this message.*'system', number 3 of 4/);
  t.equal(rendered(STRICT, { ...chat, requireWhole: false }).text, 'S:Be kind.\nU:hi\nU:hi\n');

  // «hi» stands elsewhere in the text; it is another message's.
  const lastOnly = refusalOf('U:{{ messages[-1].content }}', chatOf([['user', 'hi'], ['user', 'hi']])); // prettier-ignore
  t.equal(lastOnly.param, 'messages[0].content');
  const compared = "{% for m in messages %}{% if m.content == 'hi' %}hi{% endif %}{% endfor %}";
  t.equal(refusalOf(compared, chatOf([['user', 'hi']])).param, 'messages[0].content');
  const nothing = refusalOf('', chatOf([['user', '<|im_end|>']]));
  t.equal(nothing.param, 'messages[0].content');
  const tool = refusalOf(STRICT, chatOf([['user', 'x'], ['tool', '21'], ['user', 'y']])); // prettier-ignore
  t.equal(tool.param, 'messages[1].content');
  t.end();
});

t.test('a message that the template cuts is named', (t) => {
  const cases: [template: string, lost: RegExp][] = [
    ['{{ messages[0].content[:10] }}', /lacks "klmnopqrst"/],
    ['{{ messages[0].content[1:] }}', /lacks "a"/],
    ["{{ messages[0].content|truncate(12, true, '') }}", /cuts this message/],
    ["{{ messages[0].content.split('e')[0] }}", /lacks "fghijklmnopqrst"/],
    ["{{ messages[0].content.split('e')|first }}", /lacks "fghijklmnopqrst"/],
    ['{{ messages[0].content[::2] }}', /cuts this message/],
    ['{{ messages[0].content[0]|upper }}', /lacks/],
  ];
  for (const [template, lost] of cases) {
    const error = refusalOf(template, chatOf([['user', 'abcdefghijklmnopqrst']]));
    t.equal(error.param, 'messages[0].content', template);
    t.match(error.message, lost);
  }
  const long = refusalOf('{{ messages[0].content[:1] }}', chatOf([['user', '🙂'.repeat(500)]]));
  t.ok(long.message.length < 250, 'what is lost is not repeated as a whole');
  t.notMatch(long.message, /[\ud800-\udbff](?![\udc00-\udfff])/);
  t.end();
});

t.test('trimmed, escaped, changed, moved and doubled messages are there', (t) => {
  const content = ' \n"Ünï" <b>&\\\n\t👍🏽 1+1\n ';
  const forms = [
    '{{ c }}',
    '{{ c|trim }}',
    '{{ c.strip() }}',
    "{{ c.strip('\\n \"1') }}",
    '{{ c|tojson }}',
    '{{ c|tojson(ensure_ascii=true) }}',
    '{{ [c, {"k": c}]|tojson(indent=2) }}',
    '{{ messages|tojson }}',
    '{{ messages }}',
    '{{ c|e }}',
    '{{ c|upper }}',
    '{{ c|lower }}',
    '{{ c|title }}',
    '{{ c.capitalize() }}',
    '{{ c.swapcase() }}',
    '{{ c.split()|join("-") }}',
    '{{ c.splitlines()|join("|") }}',
    '{{ c|replace("<b>", "") }}',
    '{{ c|replace("\\n", "") }}',
    '{{ c.split("<b>")|join(" ") }}',
    '{{ c.partition("1+1")[0] }}{{ c.partition("1+1")[2] }}',
    '{% for x in c %}{{ x }},{% endfor %}',
    '{{ c|list }}',
    '{{ c|reverse }}',
    '{{ c[::-1] }}',
    '{{ c|urlencode }}',
    '{{ c|indent(4) }}',
    '{{ c|wordwrap(3) }}',
    '{{ c|center(100) }}',
    '{{ c ~ c }}{{ c }}',
    '{{ "%s" % c }}',
    '{{ "{0:>40}".format(c) }}',
    '{{ (c * 3) }}',
    '{{ c[:4] }}{{ c[4:] }}',
    '{% set ns = namespace(t="") %}{% set ns.t = ns.t + c %}{{ ns.t }}',
    '{% filter trim %}{{ c }}{% endfilter %}',
    '{% set x %}{{ c }}{% endset %}{{ x }}',
    '{{ c.removeprefix(" \\n\\"") }}',
    '{{ messages|map(attribute="content")|join }}',
    '{{ (messages|last)["content"] }}',
  ];
  for (const form of forms) {
    const source = `{% set c = messages[0].content %}${form}`;
    t.doesNotThrow(() => rendered(source, chatOf([['user', content]])), form);
  }
  t.end();
});

t.test('blank messages may go, and the thoughts of earlier answers', (t) => {
  t.doesNotThrow(() => rendered(STRICT, chatOf([['user', 'x'], ['system', ''], ['tool', ' \n\u3000']]))); // prettier-ignore
  const thought = (content: string): ChatInput =>
    chatOf([
      ['user', 'q'],
      ['assistant', content],
    ]);
  t.equal(rendered(STRICT, thought('<think>\nhm\n</think>\n\nYes.')).text, 'U:q\nA:Yes.\n');
  t.equal(rendered(STRICT, thought('a</think>b<think>c</think>d')).text, 'U:q\nA:d\n');
  const other = STRICT.replace('</think>', '</thinking>');
  t.equal(rendered(other, thought('<thinking>hm</thinking>Yes.')).text, 'U:q\nA:Yes.\n');
  const beside = { role: 'assistant', content: 'Yes.', reasoningContent: 'hm' };
  t.equal(rendered(STRICT, { ...thought(''), messages: [{ role: 'user', content: 'q' }, beside] }).text, 'U:q\nA:Yes.\n'); // prettier-ignore
  // A user's text behind a tag is no thought.
  const cut = STRICT.replace('U:{{ m.content }}', "U:{{ m.content.split('</think>')[-1] }}");
  const error = refusalOf(cut, chatOf([['user', 'What does </think> mean?']]));
  t.equal(error.param, 'messages[0].content');
  t.match(error.message, /lacks "What does"/);
  // The rest of an answer must be there.
  const dropped = CHATML.replace('m.content', "m.content.split('</think>')[0]");
  t.equal(refusalOf(dropped, thought('<think>hm</think>Yes.')).param, 'messages[1].content');
  t.end();
});

t.test('developer: known to a template that names it, else a system message', (t) => {
  const asked = chatOf([['developer', 'Be brief.'], ['user', 'x']]); // prettier-ignore
  t.equal(rendered(CHATML, asked).text, chatmlOf('system'), 'even where any role is written out');
  t.equal(rendered(STRICT, asked).text, 'S:Be brief.\nU:x\n');
  const knows = `${CHATML}{% if messages[0].role == 'developer' %}{% endif %}`;
  t.equal(rendered(knows, asked).text, chatmlOf('developer'));
  const comment = `${CHATML}{# no "developer" here #}`;
  t.equal(rendered(comment, asked).text, chatmlOf('system'));
  const drops = `${STRICT}{% set roles = ["developer"] %}`;
  t.equal(refusalOf(drops, asked).param, 'messages[0].content');
  const refuses =
    "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}";
  t.equal(refusalOf(refuses, asked).message, 'no system');
  t.end();
});

function chatmlOf(role: string): string {
  return `<|im_start|>${role}\nBe brief.<|im_end|>\n<|im_start|>user\nx<|im_end|>\n`;
}

t.test('the last message, when it is continued, must be whole too', (t) => {
  const going = chatOf([['user', 'q'], ['assistant', 'one two']], { continueFinalMessage: true }); // prettier-ignore
  t.equal(rendered(CHATML, going).text.endsWith('assistant\none two'), true);
  const cut = CHATML.replace('m.content', "m.content.split(' ')[-1] ~ m.content.split(' ')[-2]");
  t.equal(refusalOf(cut, going).param, 'messages[1].content');
  const first = refusalOf('{{ messages[-1].content }}', going);
  t.equal(first.param, 'messages[0].content');
  t.end();
});
