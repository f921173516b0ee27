/** What a hostile template can cost: an error that names the bound, at once and in little memory. */
import t from 'tap';
import {
  parseTemplate,
  RenderLimitError,
  TemplateError,
  TemplateSyntaxError,
  userString,
} from '../../../src/jinja/template.js';
import { renderJinja } from '../../support/jinja.js';
import { cpuMs } from '../../support/cpu-time.js';

const BIG = 1_000_000_000;
const grown = (start: string, step: string): string =>
  `{% set ns = namespace(v=${start}) %}{% for i in range(1000) %}{% set ns.v = ${step} %}{% endfor %}`;

const LIMITED: [limit: string, template: string][] = [
  ['steps', '{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}'],
  ['steps', '{% for i in range(99999) %}{% if "ab" in big %}{% endif %}{% endfor %}'],
  ['steps', '{% for i in range(99999) %}{% set x = big|length %}{% endfor %}'],
  [
    'steps',
    '{% set a = namespace(v=1) %}{% set b = namespace(v=1) %}{% for i in range(99) %}' +
      '{% set a.v = (a.v, a.v) %}{% set b.v = (b.v, b.v) %}{% endfor %}{{ a.v == b.v }}',
  ],
  ['output', '{% for i in range(99999) %}{{ big }}{% endfor %}'],
  ['text', `{{ "x" * ${BIG} }}`],
  ['text', `{{ "x".center(${BIG}) }}`],
  ['text', `{{ "x"|center(${BIG}) }}`],
  ['text', `{{ "x".ljust(${BIG}) }}`],
  ['text', `{{ "x".zfill(${BIG}) }}`],
  ['text', `{{ "\\t".expandtabs(${BIG}) }}`],
  ['text', `{{ "x"|indent(${BIG}, true) }}`],
  ['text', `{{ "%${BIG}d" % 1 }}`],
  ['text', `{{ "%*d" % (${BIG}, 1) }}`],
  ['text', `{{ "{:${BIG}}".format(1) }}`],
  ['text', `{{ "{:0${BIG},}".format(1) }}`],
  ['text', `{{ [1]|tojson(indent=${BIG}) }}`],
  ['text', '{{ [[[[[1]]]]]|tojson(indent=big) }}'],
  ['text', '{{ big.replace("a", big) }}'],
  ['text', '{{ big.join(range(99)|map("string")) }}'],
  ['text', '{{ range(99)|join(big) }}'],
  ['text', grown('"x"', 'ns.v ~ ns.v')],
  ['text', grown('big', 'ns.v + ns.v')],
  ['text', grown('"x"', '[ns.v, ns.v]|join')],
  ['text', grown('"x"', 'ns.v.replace("x", "x" * 99)')],
  ['text', `${grown('1', '[ns.v, ns.v]').replace('1000', '100')}{{ ns.v|string }}`],
  ['elements', `{{ [1] * ${BIG} }}`],
  ['elements', `{{ [1]|batch(${BIG}, 0)|list }}`],
  ['elements', `{{ [1]|slice(${BIG})|list }}`],
  ['elements', grown('[1]', 'ns.v + ns.v')],
  ['memory', '{% for i in range(9999) %}{% set x = big|upper %}{% endfor %}'],
  ['memory', '{% for i in range(9999) %}{% set x = big.split("a") %}{% endfor %}'],
  ['memory', grown('[]', 'ns.v + [range(99999)|list]')],
  ['digits', `{{ 2 ** ${BIG} }}`],
  ['digits', '{{ 10 ** 99999 }}'],
  ['digits', `{{ "%.${BIG}f" % 1 }}`],
  ['digits', `{{ "{:.${BIG}f}".format(1.5) }}`],
  ['depth', '{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}'],
  ['depth', '{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}'],
  ['depth', '{% macro f(x) %}{% call f(x) %}{% endcall %}{{ caller() }}{% endmacro %}{{ f(1) }}'],
  ['depth', `${grown('1', '[ns.v]')}{{ ns.v }}`],
  ['depth', `${grown('1', '{"k": ns.v}')}{{ ns.v|tojson }}`],
  ['depth', `${grown('1', '[ns.v]')}{{ ns.v|pprint }}`],
  ['depth', `${grown('(1,)', '(ns.v,)')}{{ {ns.v: 1} }}`],
];

t.test('each bound', async (t) => {
  const big = userString('a'.repeat(1 << 20), 0);
  const before = process.memoryUsage().rss;
  for (const [limit, template] of LIMITED) {
    let failure: unknown;
    const ms = cpuMs(() => {
      try {
        renderJinja(template, { big });
      } catch (error) {
        failure = error;
      }
    });
    t.ok(failure instanceof RenderLimitError, `${template}: ${String(failure)}`);
    t.equal((failure as RenderLimitError).limit, limit, template);
    t.ok(ms < 2000, `${template}: ${ms} ms`);
  }
  t.ok(process.memoryUsage().rss - before < 700e6, 'memory');
});

t.test('values nested too deep for the stack', async (t) => {
  const nested = `${grown('[1]', 'ns.v|map("string")').replace('1000', '100000')}{{ ns.v|list }}`;
  t.throws(() => renderJinja(nested), RenderLimitError);
  const far = '{% set a = namespace(v=1) %}'.concat(
    '{% for i in range(1000) %}{% set a.v = [a.v] %}{% endfor %}{{ a.v == [a.v][0] }}',
  );
  t.equal(renderJinja(far).text, 'True', 'the same object needs no look inside');
});

t.test('work of one operation is linear', async (t) => {
  const a = 'a'.repeat(1 << 20);
  const rows: [expression: string, text: string][] = [
    ['(a ~ "b") in (a ~ a)', 'False'],
    ['(a ~ "b").find(a[1:] ~ "c")', '-1'],
    ['a.rfind("b" ~ a[:500000])', '-1'],
    ['a.count("a" * 200 ~ "b")', '0'],
    ['(a ~ a ~ "b").index(a ~ "b")', String(1 << 20)],
    ['(a ~ "xb" ~ a).rindex("b" ~ a)', String((1 << 20) + 1)],
    ['("." * 1000000 ~ "x")|urlize|length', '1000001'],
    ['("<!--" * 250000)|striptags|length', '1000000'],
    ['("a-" * 300000)|wordwrap(10)|length', '659999'],
    ['("😀" * 300000)|wordwrap(10)|length', '329999'],
  ];
  for (const [expression, text] of rows) {
    const ms = cpuMs(() => {
      t.equal(renderJinja(`{{ ${expression} }}`, { a }).text, text, expression);
    });
    t.ok(ms < 1500, `${expression}: ${ms} ms`);
  }
});

t.test('the checkpoint is called along the way, and what it throws ends the render', async (t) => {
  let calls = 0;
  const { text } = renderJinja(
    '{% for i in range(20000) %}.{% endfor %}',
    {},
    { checkpoint: () => void calls++ },
  );
  t.equal(text.length, 20000);
  t.ok(calls >= 5, String(calls));
  calls = 0;
  renderJinja(
    '{% if "b" in a %}{% endif %}',
    { a: 'a'.repeat(1 << 20) },
    { checkpoint: () => void calls++ },
  );
  t.ok(calls >= 16, `${calls} calls in a search through 1 MiB`);
  const gone = new Error('gone');
  t.throws(
    () =>
      renderJinja(
        '{% macro m() %}{% for i in range(20000) %}.{% endfor %}{% endmacro %}{{ m() }}',
        {},
        {
          checkpoint: () => {
            throw gone;
          },
        },
      ),
    gone,
  );
});

t.test('templates nested or chained without end are syntax errors', async (t) => {
  const n = 100_000;
  const sources = [
    `{{ ${'('.repeat(n)}1${')'.repeat(n)} }}`,
    `{{ ${'['.repeat(n)}`,
    `{{ ${'{1:'.repeat(n)}`,
    `{{ ${'not '.repeat(n)}1 }}`,
    `{{ ${'- '.repeat(n)}1 }}`,
    `{{ 1${' + 1'.repeat(n)} }}`,
    `{{ 1${' and 1'.repeat(n)} }}`,
    `{{ 1${' or 1'.repeat(n)} }}`,
    `{{ 1${' ** 1'.repeat(n)} }}`,
    `{{ a${'.b'.repeat(n)} }}`,
    `{{ a${'[0]'.repeat(n)} }}`,
    `{{ a${'()'.repeat(n)} }}`,
    `{{ a${'|upper'.repeat(n)} }}`,
    `{{ a${' if b'.repeat(n)} }}`,
    `{{ a${' if b else c'.repeat(n)} }}`,
    `{{ ${'f('.repeat(n)}`,
    '{% if a %}'.repeat(n),
    '{% for a in b %}'.repeat(n),
    '{% macro a() %}'.repeat(n),
    `{% set ${'('.repeat(n)}a`,
    `{% filter ${'upper|'.repeat(n)}lower %}{% endfilter %}`,
  ];
  for (const source of sources) {
    const ms = cpuMs(() => {
      t.throws(() => parseTemplate(source), TemplateSyntaxError, source.slice(0, 40));
    });
    t.ok(ms < 1000, `${source.slice(0, 40)}: ${ms} ms`);
  }
  // Long, but flat.
  t.equal(renderJinja(`{{ ${'a ~ '.repeat(n)}a }}`, { a: 'x' }).text.length, n + 1);
  t.equal(renderJinja(`{% if 0 %}${'{% elif 0 %}'.repeat(5000)}{% else %}y{% endif %}`).text, 'y');
  t.equal(renderJinja(`{{ ${'1 < '.repeat(n)}2 }}`).text, 'False');
});

t.test('errors of Python are errors, and no crashes', async (t) => {
  for (const template of [
    '{{ range(1000000) }}',
    '{{ 1 / 0 }}',
    '{{ 1 % 0 }}',
    '{{ 1.0 // 0 }}',
    '{{ "x" * 99999999999999999999 }}',
    '{{ 10 ** 5000 }}',
    '{{ [1, "a"]|sort }}',
    '{{ {[]: 1} }}',
    '{{ lipsum() }}',
    '{{ [1, 2]|random }}',
    '{{ "%d" % "a" }}',
    '{{ [1][::0] }}',
  ]) {
    t.throws(() => renderJinja(template), TemplateError, template);
  }
});
