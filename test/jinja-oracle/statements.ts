import { Expressions } from './expressions.js';
import { Choice } from './random-choice.js';

const TEXTS = [
  'a', ' ', '\n', '\n\n', '  \n  ', 'x\n', '\ty ', '\r\n', '\r', '<|im_end|>', ' z\n  ', '"', "'", '}', '{ ',
  '#', '# line\n', '##', '\\n', '% ',
]; // prettier-ignore
const LOOP = [
  'index', 'index0', 'revindex', 'revindex0', 'first', 'last', 'length', 'depth', 'depth0',
  'previtem', 'nextitem', "cycle('a','b')", 'changed(x)', 'missing',
]; // prettier-ignore

/** Whole templates: text, output, loops, macros, assignments, comments and their whitespace. */
class Statements {
  readonly #choice: Choice;
  readonly #expressions: Expressions;
  #names = 0;
  #inLoop = false;

  constructor(choice: Choice) {
    this.#choice = choice;
    this.#expressions = new Expressions(choice);
  }

  template(depth: number): string {
    return this.#body(depth);
  }

  #body(depth: number): string {
    const known = this.#expressions.locals.length;
    const parts = Array.from({ length: 1 + this.#choice.below(4) }, () => this.#part(depth));
    // Names set in here are sometimes used outside of it: scoping is part of the language.
    if (this.#choice.chance(0.7)) this.#expressions.locals.length = known;
    return parts.join('');
  }

  #part(depth: number): string {
    const choice = this.#choice;
    if (depth <= 0) return choice.chance(0.5) ? this.#text() : this.#output();
    return choice.weighted<string>([
      [5, () => this.#text()],
      [5, () => this.#output()],
      [3, () => this.#loop(depth)],
      [3, () => this.#branch(depth)],
      [3, () => this.#assignment(depth)],
      [2, () => this.#macro(depth)],
      [1, () => this.#namespace()],
      [1, () => this.#call(depth)],
      [1, () => this.#block('filter', this.#filterName(), 'endfilter', depth)],
      [1, () => this.#with(depth)],
      [1, () => this.#comment()],
      [1, () => this.#raw()],
      [1, () => this.#block('generation', '', 'endgeneration', depth)],
      [0.3, () => this.#block('block', this.#fresh('b'), 'endblock', depth)],
      [
        0.3,
        () => this.#block('autoescape', choice.pick(['true', 'false']), 'endautoescape', depth),
      ],
      [0.5, () => this.#jump()],
      [0.1, () => this.#odd()],
    ]);
  }

  #text(): string {
    return this.#choice.pick(TEXTS);
  }

  #output(): string {
    const choice = this.#choice;
    choice.label('output');
    const expression = this.#expressions.any(choice.below(3));
    return `{{${choice.pick(['', '', '', '-', '+'])} ${expression} ${choice.pick(['', '', '', '-'])}}}`;
  }

  #tag(inside: string): string {
    const choice = this.#choice;
    const [open, close] = [choice.pick(['', '', '-', '+']), choice.pick(['', '', '-', '+'])];
    choice.label(`tag ${open}${close} ${inside.split(' ')[0]}`);
    return `{%${open} ${inside} ${close}%}`;
  }

  #loop(depth: number): string {
    const choice = this.#choice;
    const unpack = choice.chance(0.2);
    const source = unpack
      ? choice.pick([
          'd.items()',
          'pairs',
          'nested',
          'd|items',
          "people|groupby('age')",
          'd|dictsort',
        ])
      : this.#expressions.of('list', 1);
    const outer = this.#inLoop;
    this.#inLoop = true;
    const known = this.#expressions.locals.length;
    const variable = unpack ? 'k, x' : 'x';
    this.#expressions.locals.push(...(unpack ? ['k', 'x'] : ['x']), `loop.${choice.pick(LOOP)}`);
    const filter = choice.chance(0.2) ? ` if ${this.#expressions.any(1)}` : '';
    const recursive = choice.chance(0.05) ? ' recursive' : '';
    let body = this.#body(depth - 1);
    if (recursive !== '') body += '{% if loop.depth < 3 %}{{ loop(ints) }}{% endif %}';
    this.#expressions.locals.length = known;
    this.#inLoop = outer;
    const otherwise = choice.chance(0.2) ? this.#tag('else') + this.#body(depth - 1) : '';
    choice.label(`loop ${unpack} ${filter !== ''} ${recursive} ${otherwise !== ''}`);
    return (
      this.#tag(`for ${variable} in ${source}${filter}${recursive}`) +
      body +
      otherwise +
      this.#tag('endfor')
    );
  }

  #branch(depth: number): string {
    const choice = this.#choice;
    let text = this.#tag(`if ${this.#expressions.any(1)}`) + this.#body(depth - 1);
    if (choice.chance(0.3))
      text += this.#tag(`elif ${this.#expressions.any(1)}`) + this.#body(depth - 1);
    if (choice.chance(0.4)) text += this.#tag('else') + this.#body(depth - 1);
    return text + this.#tag('endif');
  }

  #assignment(depth: number): string {
    const choice = this.#choice;
    const name = this.#fresh('v');
    const done = (text: string): string => {
      this.#expressions.locals.push(name);
      return text;
    };
    return choice.weighted<string>([
      [3, () => done(this.#tag(`set ${name} = ${this.#expressions.any(2)}`))],
      [1, () => done(this.#tag(`set ${name}, w = ${choice.pick(['(1, 2)', 'pairs[0]', 'nested', "'ab'", 'ints'])}`))],
      [1, () => done(this.#tag(`set ${name}`) + this.#body(depth - 1) + this.#tag('endset'))],
      [1, () => done(this.#tag(`set ${name} | ${this.#filterName()}`) + this.#body(depth - 1) + this.#tag('endset'))],
      [1, () => done(this.#tag(`set ${name} = 1, ${this.#expressions.any(0)}`))],
    ]); // prettier-ignore
  }

  #namespace(): string {
    const name = this.#fresh('ns');
    const set = this.#tag(`set ${name} = namespace(n=0, s='')`);
    const change =
      `{% for x in ${this.#expressions.of('list', 1)} %}` +
      this.#tag(`set ${name}.n = ${name}.n + loop.index`) +
      this.#tag(`set ${name}.s = ${name}.s ~ x`) +
      '{% endfor %}';
    this.#expressions.locals.push(`${name}.n`, `${name}.s`);
    return `${set}${change}{{ ${name}.n }}|{{ ${name}.s }}`;
  }

  #macro(depth: number): string {
    const choice = this.#choice;
    const name = this.#fresh('m');
    const known = this.#expressions.locals.length;
    const signature = choice.pick(['', 'p', 'p, q', 'p, q=1', "p='d', q=none", 'p=s', 'q, p=q']);
    this.#expressions.locals.push(
      'p',
      'q',
      choice.pick(['varargs', 'kwargs', 'caller', name + '.name', 'p']),
    );
    const body = this.#body(depth - 1);
    this.#expressions.locals.length = known;
    const given = choice.pick([
      '',
      '1',
      '1, 2',
      "q='k'",
      'p=s',
      '1, 2, 3',
      '*ints',
      '**d',
      'q=1, p=2',
      's, z=1',
    ]);
    choice.label(`macro ${signature} of ${given}`);
    const call = `${name}(${given})`;
    const use = choice.pick([
      `{{ ${call} }}`,
      `{{ ${call}|upper }}`,
      `{{ ${call} ~ '!' }}`,
      `{{ ${name} is callable }}`,
      `{% set v = ${call} %}{{ v|trim|length }}`,
    ]);
    return this.#tag(`macro ${name}(${signature})`) + body + this.#tag('endmacro') + use;
  }

  #call(depth: number): string {
    const choice = this.#choice;
    const name = this.#fresh('c');
    const inner = choice.pick(['', '1', "'u', 2"]);
    const given = choice.pick(['', '(u)', '(u, v=3)']);
    const macro = `{% macro ${name}(p='d') %}[{{ p }}:{{ caller(${inner}) }}]{% endmacro %}`;
    const known = this.#expressions.locals.length;
    if (given !== '') this.#expressions.locals.push('u');
    const body = this.#body(depth - 1);
    this.#expressions.locals.length = known;
    return (
      macro +
      this.#tag(`call${given} ${name}(${choice.pick(['', '1', "p='e'"])})`) +
      body +
      this.#tag('endcall')
    );
  }

  #with(depth: number): string {
    const known = this.#expressions.locals.length;
    const value = this.#expressions.any(1);
    this.#expressions.locals.push('t');
    const body = this.#body(depth - 1);
    this.#expressions.locals.length = known;
    return this.#tag(`with t = ${value}`) + body + this.#tag('endwith');
  }

  #block(tag: string, of: string, end: string, depth: number): string {
    return this.#tag(`${tag} ${of}`.trim()) + this.#body(depth - 1) + this.#tag(end);
  }

  #comment(): string {
    const choice = this.#choice;
    const inside = choice.pick([' c ', '\n {% if %} \n', ' {{ x ', '-', '#']);
    return `{#${choice.pick(['', '-', '+'])}${inside}${choice.pick(['', '-', '+'])}#}`;
  }

  #raw(): string {
    const choice = this.#choice;
    const [a, b] = [choice.pick(['', '-', '+']), choice.pick(['', '-'])];
    return `{%${a} raw ${b}%} {{ x }} {% if %}\n {%${b} endraw ${a === '+' ? '' : a}%}`;
  }

  #jump(): string {
    const jump = this.#choice.pick(['break', 'continue']);
    if (!this.#inLoop) return this.#text();
    return `{% if ${this.#expressions.any(1)} %}{% ${jump} %}{% endif %}`;
  }

  /** What no template of this environment may hold. */
  #odd(): string {
    return this.#choice.pick([
      '{% do ints.append(1) %}', '{% include "x" %}', '{% extends "x" %}', '{% import "x" as y %}',
      '{% endfor %}', '{% unknown %}', '{{ }}', '{{ 1 + }}', '{% if %}', '{{ x', '{% set 1 = 2 %}',
      '{{ s|nofilter }}', '{{ s is notest }}', "{{ 'open }}", '{% for x %}{% endfor %}', '{{ (1 }}',
      '{% trans %}a{% endtrans %}', '{% debug %}', '{{ a b }}', '{% set none = 1 %}', '{{ 1.a }}',
      '{% include "x" ignore missing %}', '{{ @ }}', '{{ 1 ! 2 }}', '{% break %}', '{#', '{% raw %}',
    ]); // prettier-ignore
  }

  #filterName(): string {
    return this.#choice.pick([
      'upper',
      'trim',
      'title',
      "replace('a', 'b')",
      'e',
      'length',
      'indent',
      'trim|upper',
      'int',
    ]);
  }

  #fresh(prefix: string): string {
    return `${prefix}${this.#names++}`;
  }
}

/** The fuzzed template of a seed, and labels that tell what it holds. */
export function fuzzedTemplate(seed: number): { template: string; labels: ReadonlySet<string> } {
  const choice = new Choice(seed);
  if (choice.chance(0.6)) {
    const expression = new Expressions(choice).any(1 + choice.below(3));
    return { template: `{{ ${expression} }}`, labels: choice.labels };
  }
  return { template: new Statements(choice).template(1 + choice.below(3)), labels: choice.labels };
}
