import { type Call, FILTERS, METHODS, parseCalls, TESTS } from './call-tables.js';
import type { Choice } from './random-choice.js';
import { type Kind, NAMES, OTHER_NAMES } from './values.js';

const KIND_OF_LETTER: Readonly<Record<string, Kind>> = {
  s: 'string',
  n: 'float',
  l: 'list',
  d: 'dict',
  r: 'rows',
  x: 'any',
};
const KINDS = Object.keys(NAMES) as Exclude<Kind, 'any'>[];

const byKind = (table: readonly (readonly [string, string])[]): [string, Call][] =>
  table.flatMap(([kind, calls]) => parseCalls(calls).map((call): [string, Call] => [kind, call]));
const FILTER_CALLS = byKind(FILTERS).filter(([, { name }]) => name !== 'random');
const METHOD_CALLS = byKind(METHODS);
const TEST_CALLS = parseCalls(TESTS);
const FILTER_NAMES = ['upper', 'lower', 'trim', 'int', 'string', 'length', 'first', 'tojson', 'e'];
const TEST_NAMES = ['odd', 'even', 'string', 'number', 'defined', 'none', 'mapping', 'lower', 'in'];
const ATTRIBUTES = ['name', 'age', 'role', 'content', 'a', '0', 'tags', 'x', 'a.x', 'missing', 'b'];
const STRINGS = [
  "''", "'a'", "'l'", "'o'", "' '", "'x'", "'\\n'", "','", '"\'"', "'</think>'", "'\\u00e9'", "'é'",
  "'%s'", "'%5.2f|'", "'%r %x'", "'{}'", "'{0!r}{name}'", "'A' 'b'", "'\\t'", "'<|im_end|>'", "'👍'",
  "'\\\\d'", '"\\x41"', "'one'", "'%(a)s'",
]; // prettier-ignore
const INTEGERS = ['0', '1', '2', '3', '-1', '-2', '5', '10', '79', '1_0', '0x1f', '0b11', '0o17'];
const FLOATS = [
  '1.0',
  '0.5',
  '-2.75',
  '1e3',
  '1E-7',
  '1_0.5',
  '12345.678',
  '1e16',
  '3.14159',
  '.5',
];

/** Expressions of jinja2, most of them such that they mean something. */
export class Expressions {
  readonly #choice: Choice;
  /** Names that the statements around have set. */
  readonly locals: string[] = [];

  constructor(choice: Choice) {
    this.#choice = choice;
  }

  any(depth: number): string {
    const choice = this.#choice;
    if (depth <= 0) return this.atom('any');
    return choice.weighted<string>([
      [6, () => this.filtered(depth)],
      [4, () => this.method(depth)],
      [3, () => this.operation(depth)],
      [2, () => this.test(depth)],
      [2, () => this.comparison(depth)],
      [2, () => this.subscript(depth)],
      [1, () => this.conditional(depth)],
      [1, () => this.literal(depth)],
      [1, () => this.unary(depth)],
      [1, () => this.global(depth)],
      [1, () => this.atom('any')],
    ]);
  }

  /** Something of a kind, as a rule; one in twelve is of any. */
  of(kind: Kind, depth: number): string {
    const choice = this.#choice;
    if (choice.chance(1 / 12)) return this.#wrapped(this.any(depth - 1));
    if (depth <= 0 || kind === 'rows' || kind === 'any') {
      return kind === 'any' && depth > 0 ? this.#wrapped(this.any(depth - 1)) : this.atom(kind);
    }
    if (choice.chance(0.6)) return this.atom(kind);
    switch (kind) {
      case 'string':
        return this.#wrapped(
          choice.weighted<string>([
            [1, () => `${this.of('any', depth - 1)} ~ ${this.of('any', depth - 1)}`],
            [1, () => `${this.of('string', depth - 1)}${this.slice()}`],
            [1, () => `${this.of('any', depth - 1)}|string`],
            [1, () => `${this.of('string', depth - 1)}.strip()`],
          ]),
        );
      case 'int':
      case 'float':
        return this.#wrapped(this.operation(depth));
      case 'list':
        return choice.chance(0.5)
          ? `${this.of('list', depth - 1)}${this.slice()}`
          : this.literal(depth);
      case 'dict':
        return this.atom(kind);
    }
  }

  atom(kind: Kind): string {
    const choice = this.#choice;
    if (this.locals.length > 0 && choice.chance(0.3)) return choice.pick(this.locals);
    if (kind === 'any') {
      if (choice.chance(0.15)) return choice.pick(OTHER_NAMES);
      return this.atom(choice.pick(KINDS));
    }
    if (kind === 'string' && choice.chance(0.25)) return choice.pick(STRINGS);
    if (kind === 'int' && choice.chance(0.4)) return choice.pick(INTEGERS);
    if (kind === 'float') {
      if (choice.chance(0.4)) return choice.pick([...FLOATS, ...INTEGERS]);
      return choice.pick([...NAMES.float, ...NAMES.int]);
    }
    return choice.pick(NAMES[kind]);
  }

  literal(depth: number): string {
    const choice = this.#choice;
    const items = (count: number): string[] =>
      Array.from({ length: count }, () => this.of('any', depth - 1));
    choice.label('literal');
    return choice.weighted<string>([
      [3, () => `[${items(choice.below(4)).join(', ')}]`],
      [1, () => `(${items(2).join(', ')})`],
      [1, () => `(${this.of('any', depth - 1)},)`],
      [1, () => '()'],
      [
        2,
        () =>
          `{${items(choice.below(3))
            .map((item) => `${choice.pick(["'k'", '1', "'a'", 'lower', 'none'])}: ${item}`)
            .join(', ')}}`,
      ],
    ]);
  }

  filtered(depth: number): string {
    const choice = this.#choice;
    const [kind, call] = choice.pick(FILTER_CALLS);
    choice.label(`filter ${call.name}/${call.args.length}`);
    const input = this.of(this.#kindOf(kind), depth - 1);
    return `${input}|${call.name}${this.#arguments(call, depth - 1, true)}`;
  }

  method(depth: number): string {
    const choice = this.#choice;
    const [kind, call] = choice.pick(METHOD_CALLS);
    choice.label(`method ${call.name}/${call.args.length}`);
    let input = this.of(this.#kindOf(kind), depth - 1);
    if (/^-?[\d.]/.test(input)) input = `(${input})`;
    const attribute = /^(__class__|real|imag|numerator)$/.test(call.name);
    return `${input}.${call.name}${attribute ? '' : this.#arguments(call, depth - 1, false)}${call.rest}`;
  }

  test(depth: number): string {
    const choice = this.#choice;
    const call = choice.pick(TEST_CALLS);
    choice.label(`test ${call.name}`);
    const not = choice.chance(0.2) ? 'not ' : '';
    const [only] = call.args;
    const bare = only !== undefined && call.args.length === 1 && choice.chance(0.2);
    const name = /^[=>]/.test(call.name) ? (call.name === '==' ? 'eq' : 'ge') : call.name;
    const args = bare ? ` ${this.#argument(only, 0)}` : this.#arguments(call, depth - 1, true);
    return `${this.of('any', depth - 1)} is ${not}${name}${args}`;
  }

  operation(depth: number): string {
    const choice = this.#choice;
    const operator = choice.pick(['+', '-', '*', '/', '//', '%', '~', '+', '%', '**', 'and', 'or']);
    choice.label(`operator ${operator}`);
    if (operator === '**') {
      return `${choice.pick(['2', '-3', 'f', 'g', 'i', '0', '10'])}**${choice.pick(['2', '-1', '0', '0.5', '20', '-2'])}`;
    }
    if (operator === '*') {
      const many = choice.pick([
        's',
        'ints',
        '(1,)',
        'i',
        'f',
        'neg',
        'big',
        "'ab'",
        'huge',
        'tenth',
      ]);
      return `${many} * ${choice.pick(['0', '1', '2', '3', '-1', 'yes', '1.5', 'neg', 'g'])}`;
    }
    const kind = choice.pick<Kind>(['int', 'float', 'float', 'string', 'list', 'any']);
    const other = choice.chance(0.8) ? kind : 'any';
    return `${this.of(kind, depth - 1)} ${operator} ${this.of(other, depth - 1)}`;
  }

  comparison(depth: number): string {
    const choice = this.#choice;
    const operator = choice.pick(['==', '!=', '<', '<=', '>', '>=', 'in', 'not in']);
    choice.label(`comparison ${operator}`);
    if (operator.endsWith('in')) {
      const within = choice.pick<Kind>(['string', 'list', 'dict']);
      const what = within === 'list' ? 'any' : 'string';
      return `${this.of(what, depth - 1)} ${operator} ${this.of(within, depth - 1)}`;
    }
    const kind = choice.pick<Kind>(['int', 'float', 'string', 'list', 'any']);
    const chain = choice.chance(0.15) ? ` < ${this.of(kind, 0)}` : '';
    return `${this.of(kind, depth - 1)} ${operator} ${this.of(kind, depth - 1)}${chain}`;
  }

  unary(depth: number): string {
    const operator = this.#choice.pick(['not ', '-', '+', '--', 'not not ']);
    this.#choice.label(`unary ${operator}`);
    return `${operator}${this.of('any', depth - 1)}`;
  }

  subscript(depth: number): string {
    const choice = this.#choice;
    const kind = choice.pick<Kind>(['string', 'list', 'dict', 'any']);
    const input = this.of(kind, depth - 1);
    choice.label(`subscript ${kind}`);
    return choice.weighted<string>([
      [2, () => `${input}${this.slice()}`],
      [2, () => `${input}[${this.of('int', 0)}]`],
      [2, () => `${input}['${choice.pick(ATTRIBUTES)}']`],
      [1, () => `${input}[${this.of('any', depth - 1)}]`],
      [2, () => (/^[\d.]/.test(input) ? input : `${input}.${choice.pick(['a', 'name', 'x.y', 'items', '0', '_p', '__len__'])}`)],
    ]); // prettier-ignore
  }

  conditional(depth: number): string {
    const choice = this.#choice;
    choice.label('conditional');
    const otherwise = choice.chance(0.7) ? ` else ${this.of('any', depth - 1)}` : '';
    return `${this.of('any', depth - 1)} if ${this.of('any', depth - 1)}${otherwise}`;
  }

  global(depth: number): string {
    const choice = this.#choice;
    choice.label('global');
    const small = (): string => choice.pick(['0', '1', '3', '5', '-2', 'neg', 'one', 'f', 'yes']);
    return choice.weighted<string>([
      [2, () => `range(${small()})|list`],
      [1, () => `range(${small()}, ${small()}, ${small()})|list`],
      [1, () => `range(${small()}, ${small()})`],
      [1, () => `dict(a=${this.of('any', depth - 1)})`],
      [1, () => `dict(${this.of('any', 0)}, b=1)`],
      [1, () => `namespace(a=${this.of('any', depth - 1)}).a`],
      [1, () => `joiner('|')()`],
      [1, () => `cycler(1, 'a').next()`],
      [1, () => `raise_exception(${this.of('any', 0)})`],
      [1, () => `strftime_now(${choice.pick(["'%d %b %Y'", "'%H:%M:%S %p %j %A'", "'%-d/%-m %y %%'", "'%I %e %B %a %U %w'"])})`],
      [1, () => `dict.fromkeys(${this.of('list', 0)})`],
    ]); // prettier-ignore
  }

  slice(): string {
    const choice = this.#choice;
    const bound = (): string =>
      choice.chance(0.4) ? '' : choice.pick(['0', '1', '2', '-1', '-2', '9']);
    choice.label('slice');
    const step = choice.chance(0.3) ? `:${choice.pick(['', '-1', '2', '-2', '0'])}` : '';
    return `[${bound()}:${bound()}${step}]`;
  }

  #arguments({ args, name }: Call, depth: number, omitEmpty: boolean): string {
    const given: string[] = [];
    for (const arg of args) {
      if (arg.endsWith('?') && this.#choice.chance(0.4)) break;
      given.push(this.#argument(arg.replace('?', ''), depth));
    }
    this.#choice.label(`${name} with ${given.length}`);
    return given.length === 0 && omitEmpty ? '' : `(${given.join(', ')})`;
  }

  #argument(arg: string, depth: number): string {
    const choice = this.#choice;
    const at = arg.indexOf('=');
    const keyword = arg.slice(0, Math.max(0, at));
    const value = this.#value(arg.slice(at + 1), depth);
    if (choice.chance(0.03)) return this.atom('any');
    return keyword === '' ? value : `${keyword}=${value}`;
  }

  #value(letter: string, depth: number): string {
    const choice = this.#choice;
    switch (letter) {
      case 'i':
        return choice.pick(['0', '1', '2', '3', '-1', '4', '8', '12', '20', 'one', 'f', '9']);
      case 'b':
        return choice.pick(['true', 'false', 'True', 'yes', '0', "'x'"]);
      case 'c':
        return choice.pick(["' '", "'\\n'", "'H'", "'Hd'", "' \\n\\t'", "''", 'none', "'<>/'"]);
      case 'q':
        return choice.pick(["'*'", "'é'", "'ab'", "' '"]);
      case 'a':
        return `'${choice.pick(ATTRIBUTES)}'`;
      case 't':
        return `'${choice.pick(TEST_NAMES)}'`;
      case 'f':
        return `'${choice.pick(FILTER_NAMES)}'`;
      case 'm':
        return choice.pick(["'ceil'", "'floor'", "'common'", "'other'"]);
      case 'p':
        return choice.pick(["(',', ':')", "[', ', '=']", "('; ', ' : ')", 'none']);
      case 'z':
        return choice.pick(['none', 'true', 'false', 'nil', 'yes']);
      case 'by_':
        return choice.pick(["'key'", "'value'", "'other'"]);
      default:
        return this.of(this.#kindOf(letter), depth);
    }
  }

  #kindOf(letter: string): Kind {
    if (letter === 'n') return this.#choice.pick(['int', 'float', 'string']);
    return KIND_OF_LETTER[letter] ?? 'any';
  }

  #wrapped(expression: string): string {
    return /^[\w.[\]]+$/.test(expression) ? expression : `(${expression})`;
  }
}
