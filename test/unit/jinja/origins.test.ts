/** Where the characters of a rendered text come from, and what was taken off on purpose. */
import t from 'tap';
import {
  type OriginRun,
  type Rendered,
  userString,
  valueFromJson,
} from '../../../src/jinja/template.js';
import { renderJinja } from '../../support/jinja.js';

/** The pieces of a text with where they come from: `piece@origin:source`, `/per` where escaped. */
function shown({ text, runs }: Rendered): string[] {
  return runs.map(({ start, end, origin, source, per }: OriginRun) => {
    const escaped = per === 1 ? '' : `/${per}`;
    return `${text.slice(start, end)}@${origin}:${source}${escaped}`;
  });
}

/** What was consumed, as `text@origin`. */
function taken({ consumed }: Rendered, sources: readonly string[]): string[] {
  return consumed.map(
    ({ origin, start, end }) => `${sources[origin]!.slice(start, end)}@${origin}`,
  );
}

t.test('every operation keeps where characters come from', async (t) => {
  const a = 'Hello, World';
  const rows: [expression: string, text: string, runs: string[]][] = [
    ['a', a, [`${a}@0:0`]],
    ['"<" ~ a ~ ">"', `<${a}>`, [`${a}@0:0`]],
    ['a[7:]', 'World', ['World@0:7']],
    ['a[0] + a[-1]', 'Hd', ['H@0:0', 'd@0:11']],
    ['a[::-1][:2]', 'dl', ['d@0:11', 'l@0:10']],
    ['a.split(", ")[1]', 'World', ['World@0:7']],
    ['a.split(", ")|join("-")', 'Hello-World', ['Hello@0:0', 'World@0:7']],
    ['a.partition(",")[2]', ' World', [' World@0:6']],
    ['a.replace("l", "L")', 'HeLLo, WorLd', ['He@0:0', 'o, Wor@0:4', 'd@0:11']],
    ['a|replace("World", b)', 'Hello, you & me', ['Hello, @0:0', 'you & me@1:0']],
    ['a|upper', 'HELLO, WORLD', ['HELLO, WORLD@0:0']],
    ['a|title', 'Hello, World', ['Hello, World@0:0']],
    ['a|list|last', 'd', ['d@0:11']],
    ['"%s!" % a', `${a}!`, [`${a}@0:0`]],
    ['"{}|{}".format(a[:1], b)', 'H|you & me', ['H@0:0', 'you & me@1:0']],
    ['a % ()', a, [`${a}@0:0`]],
    ['a|center(14)', ` ${a} `, [`${a}@0:0`]],
    ['a.zfill(14)', `00${a}`, [`${a}@0:0`]],
    ['a|truncate(8, true, "…", 0)', 'Hello, …', ['Hello, @0:0']],
    ['a|wordwrap(6)', 'Hello,\nWorld', ['Hello,@0:0', 'World@0:7']],
    ['a|reverse|first', 'd', ['d@0:11']],
    ['a|e', a, [`${a}@0:0`]],
    ['b|e', 'you &amp; me', ['you @1:0', '&amp;@1:4/5', ' me@1:5']],
    ['(b|e)[4:7]', '&am', ['&am@1:4/3']],
    ['c|tojson', '"\\"q\\"\\n"', ['\\"@2:0/2', 'q@2:1', '\\"\\n@2:2/2']],
    ['[c]', `['"q"\\n']`, ['"q"@2:0', '\\n@2:3/2']],
    ['{c: 1}', `{'"q"\\n': 1}`, ['"q"@2:0', '\\n@2:3/2']],
    ['d|upper', 'STRASSE', ['STRA@3:0', 'SS@3:4/2', 'E@3:5']],
    ['d|indent(2, true)', '  straße', ['straße@3:0']],
    ['e|indent(1)', 'x\n y', ['x\n@4:0', 'y@4:2']],
    ['e.splitlines()|join', 'xy', ['x@4:0', 'y@4:2']],
    ['f[1:]', 'x😀', ['x😀@5:2']],
    ['f|list|join', '😀x😀', ['😀x😀@5:0']],
    [
      'f|tojson(ensure_ascii=true)',
      '"\\ud83d\\ude00x\\ud83d\\ude00"',
      ['\\ud83d\\ude00@5:0/6', 'x@5:2', '\\ud83d\\ude00@5:3/6'],
    ],
    ['a ~ a', a + a, [`${a}@0:0`, `${a}@0:0`]],
    ['[a, b]|map("first")|join', 'Hy', ['H@0:0', 'y@1:0']],
    ['[b, a]|sort|first', a, [`${a}@0:0`]],
    ['a|safe', a, [`${a}@0:0`]],
    ['a * 2', a + a, [`${a}@0:0`, `${a}@0:0`]],
    ['a == "Hello, World"', 'True', []],
    ['a|length', '12', []],
    ['{"Hello, World": "k"}[a]', 'k', []],
    ['"plain"', 'plain', []],
  ];
  const sources = [a, 'you & me', '"q"\n', 'straße', 'x\ny', '😀x😀'];
  const context = Object.fromEntries(
    sources.map((source, origin) => ['abcdef'.charAt(origin), userString(source, origin)]),
  );
  for (const [expression, text, runs] of rows) {
    const rendered = renderJinja(`{{ ${expression} }}`, context);
    t.equal(rendered.text, text, expression);
    t.same(shown(rendered), runs, `${expression}: origins`);
  }
});

t.test('statements too', async (t) => {
  const x = userString('abc', 7);
  const rows: [template: string, text: string, runs: string[]][] = [
    ['{% for c in x %}<{{ c }}>{% endfor %}', '<a><b><c>', ['a@7:0', 'b@7:1', 'c@7:2']],
    ['{% set y %}[{{ x }}]{% endset %}{{ y[1:3] }}', 'ab', ['ab@7:0']],
    ['{% macro m(v) %}({{ v }}){% endmacro %}{{ m(x) }}', '(abc)', ['abc@7:0']],
    [
      '{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}{{ x }}{% endcall %}',
      'abc',
      ['abc@7:0'],
    ],
    ['{% filter upper %}x{{ x }}{% endfilter %}', 'XABC', ['ABC@7:0']],
    ['{% generation %}{{ x }}{% endgeneration %}', 'abc', ['abc@7:0']],
    [
      '{% set ns = namespace(s="") %}{% for c in x %}{% set ns.s = ns.s + c %}{% endfor %}{{ ns.s }}',
      'abc',
      ['abc@7:0'],
    ],
    ['{% autoescape true %}{{ x ~ "<" }}{% endautoescape %}', 'abc&lt;', ['abc@7:0']],
  ];
  for (const [template, text, runs] of rows) {
    const rendered = renderJinja(template, { x });
    t.equal(rendered.text, text, template);
    t.same(shown(rendered), runs, `${template}: origins`);
  }
});

t.test('a text that a loop built up has its origins, however long the loop', async (t) => {
  const rendered = renderJinja(
    '{% set ns = namespace(s="") %}{% for i in range(50000) %}{% set ns.s = x ~ ns.s %}{% endfor %}' +
      '{{ ns.s[:2] }}',
    { x: userString('ab', 1) },
  );
  t.same(shown(rendered), ['ab@1:0']);
});

t.test('what is taken off on purpose is told', async (t) => {
  const source = '  <think>hm</think>\n\nYes';
  const rows: [expression: string, taken: string[]][] = [
    ['x', []],
    ['x|trim', ['  @0']],
    ['x.strip(" Y")', ['  @0']],
    ['x.rstrip("es")', ['es@0']],
    ['x.split("</think>")[-1].lstrip("\\n")', ['</think>\n\n@0']],
    ['x.split("</think>")[0].split("<think>")|last', ['<think>@0', '</think>@0']],
    ['x.split()|join', ['  @0', '\n\n@0']],
    ['x.replace("<think>", "")', ['<think>@0']],
    ['x.removeprefix("  ").removesuffix("Yes")', ['  @0', 'Yes@0']],
    ['x.partition("<think>")[0]', ['<think>@0']],
    ['x.rsplit("\\n", 1)[1]', ['\n@0']],
    ['x.splitlines()|first', ['\n\n@0']],
    // Cut off, which nobody asked for.
    ['x[:3]', []],
    ['x|truncate(5, true, "", 0)', []],
    // Looked for only.
    ['"think" in x', []],
    ['x.find("think")', []],
  ];
  for (const [expression, expected] of rows) {
    const rendered = renderJinja(`{{ ${expression} }}`, { x: userString(source, 0) });
    t.same(taken(rendered, [source]), expected, expression);
  }
});

t.test('origins of strings in JSON', async (t) => {
  const seen: [string, string][] = [];
  const value = valueFromJson('{"k\\n": ["v", 1, "k\\n"], "e": ""}', (text, place) => {
    seen.push([text, place]);
    return place === 'key' ? null : seen.length - 1;
  });
  t.same(seen, [
    ['k\n', 'key'],
    ['v', 'value'],
    ['k\n', 'value'],
    ['e', 'key'],
    ['', 'value'],
  ]);
  const rendered = renderJinja('{{ x["k\\n"]|join("|") }}', { x: value });
  t.equal(rendered.text, 'v|1|k\n');
  t.same(shown(rendered), ['v@1:0', 'k\n@2:0']);
});
