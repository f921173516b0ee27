/** What isn't a template: found when it is parsed, with its line. */
import t from 'tap';
import { parseTemplate, TemplateError, TemplateSyntaxError } from '../../../src/jinja/template.js';
import { renderJinja } from '../../support/jinja.js';

const BROKEN: [source: string, line: number, message: string][] = [
  ['{% foo %}', 1, "Encountered unknown tag 'foo'."],
  ['a\nb {% do x %}', 2, "Encountered unknown tag 'do'."],
  ['\n\n{% trans %}', 3, "Encountered unknown tag 'trans'."],
  ['{% endfor %}', 1, "Encountered unknown tag 'endfor'."],
  ['{% for x in y %}\n{% endif %}', 2, "Encountered unknown tag 'endif'."],
  ['{% for x in y %}', 1, 'Unexpected end of template'],
  ['{% if x %}\n{% else %}\n', 2, 'Unexpected end of template'],
  ['{{ x', 1, 'unexpected end of template'],
  ['{{ x y }}', 1, "expected token 'end of print statement', got 'y'"],
  ['{% if x y %}{% endif %}', 1, "expected token 'end of statement block', got 'y'"],
  ['{{ }}', 1, "Expected an expression, got 'end of print statement'"],
  ['{{ x| }}', 1, "expected token 'name'"],
  ['{{ x.+ }}', 1, 'expected name or number'],
  ['{{ (1 }}', 1, "unexpected '}', expected ')'"],
  ['{{ 1) }}', 1, "unexpected ')'"],
  ['{{ x ! y }}', 1, "unexpected char '!'"],
  ['{{ x is defined is string }}', 1, 'You cannot chain multiple tests with is'],
  ['{{ f(a=1, 2) }}', 1, 'invalid syntax for function call expression'],
  ['{{ "a }}', 1, "unexpected char '\"'"],
  ['\r\n{{ "\\x0" }}', 2, 'escape'],
  ['{# x', 1, 'Missing end of comment tag'],
  ['{% raw %}x', 1, 'Missing end of raw directive'],
  ['{% set true = 1 %}', 1, "can't assign to 'true'"],
  ['{% set 1 = 2 %}', 1, "can't assign to '1'"],
  ['{% break %}', 1, "'break' outside loop"],
  ['{% for x in y %}{% macro m() %}{% continue %}{% endmacro %}{% endfor %}', 1, 'outside loop'],
  ['{% macro m(a=1, b) %}{% endmacro %}', 1, 'non-default argument follows default argument'],
  ['{% block a %}{% endblock %}\n{% block a %}{% endblock %}', 2, "block 'a' defined twice"],
  ['{% call x %}{% endcall %}', 1, 'expected call'],
  ['\n{{ x|nope }}', 2, "No filter named 'nope'."],
  ['{{ x is nope }}', 1, "No test named 'nope'."],
  ['{% filter nope %}{% endfilter %}', 1, "No filter named 'nope'."],
];

t.test('syntax errors', async (t) => {
  for (const [source, line, message] of BROKEN) {
    let failure: unknown;
    try {
      parseTemplate(source);
    } catch (error) {
      failure = error;
    }
    t.ok(failure instanceof TemplateSyntaxError, `${source}: ${String(failure)}`);
    t.equal((failure as TemplateSyntaxError).line, line, source);
    t.match((failure as TemplateSyntaxError).message, `line ${line}: `, source);
    t.ok((failure as Error).message.includes(message), `${source}: ${String(failure)}`);
  }
});

t.test('what an `if` may have asked for fails only where it is reached', async (t) => {
  t.equal(renderJinja('{% if false %}{{ x|nope }}{{ x is nope }}{% endif %}ok').text, 'ok');
  t.equal(renderJinja('{{ x|nope if false else "ok" }}').text, 'ok');
  t.throws(() => renderJinja('{% if true %}{{ 1|nope }}{% endif %}'), TemplateError);
});

t.test('nothing can be loaded', async (t) => {
  for (const tag of ['include "x"', 'import "x" as y', 'from "x" import y, z', 'extends "x"']) {
    t.equal(renderJinja(`{% if false %}{% ${tag} %}{% endif %}ok`).text, 'ok', tag);
    t.throws(
      () => renderJinja(`{% ${tag} %}`),
      new TemplateError('TypeError', 'no loader for this environment specified'),
      tag,
    );
  }
});

t.test('what a template knows', async (t) => {
  const template = parseTemplate(
    '{% for m in messages %}{% if m.role == "developer" %}{{ tools }}{% endif %}{% endfor %}xsystem',
  );
  t.equal(template.mentions('developer'), true);
  t.equal(template.mentions('system'), false, 'part of a longer word');
  t.equal(template.mentions('m.role'), true);
  t.equal(template.reads('tools'), true);
  t.equal(template.reads('m'), true);
  t.equal(template.reads('developer'), false, 'a string, and no name');
});

t.test('what the sandbox hides is undefined, and so is what is asked of it', async (t) => {
  t.equal(renderJinja('{{ {}.__class__ }}').text, '');
  for (const expression of [
    '{}.__class__.__name__',
    "'a'.__len__.x",
    'nope.__name__',
    'nope.__x',
  ]) {
    t.throws(() => renderJinja(`{{ ${expression} }}`), TemplateError, expression);
  }
});
