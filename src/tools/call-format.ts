/**
 * How a family of models writes calls, as data: what a grammar forces, what a history shows and what
 * the parser takes all come from it.
 */
export interface CallFormat {
  /** Before the first call, and after the last one. */
  readonly begin: string;
  readonly end: string;
  /** Around each call. */
  readonly before: string;
  readonly after: string;
  readonly between: string;
  /**
   * What stands between `before` and `after`. `json`: one object with the members `name` and
   * `argumentsKey`. `marked`: the name, `nameEnd`, and the object of arguments.
   */
  readonly body:
    | { readonly kind: 'json'; readonly argumentsKey: 'arguments' | 'parameters' }
    | { readonly kind: 'marked'; readonly nameEnd: string };
  /**
   * A marker that a model may write before its calls, and that no history shows. Where `begin` and
   * `before` are empty, calls are looked for at the start of an answer and behind this marker only.
   */
  readonly mark: string | null;
}

/** The literal texts of calls in the order in which they stand; between them name and arguments. */
export interface CallSpelling {
  /** Before the first call. */
  readonly begin: string;
  readonly beforeName: string;
  /** Between name and arguments. */
  readonly beforeArguments: string;
  readonly afterArguments: string;
  /** Between the end of one call and the `beforeName` of the next. */
  readonly between: string;
  /** After the last call. */
  readonly end: string;
}

/** A format spelled out: the one way of writing calls that a grammar forces and a history shows. */
export function spellingOf({ begin, end, before, after, between, body }: CallFormat): CallSpelling {
  switch (body.kind) {
    case 'json':
      return {
        ...{ begin, between, end },
        beforeName: `${before}{"name": "`,
        beforeArguments: `", "${body.argumentsKey}": `,
        afterArguments: `}${after}`,
      };
    case 'marked':
      return {
        ...{ begin, between, end },
        beforeName: before,
        beforeArguments: body.nameEnd,
        afterArguments: after,
      };
  }
}

/** A call as a history holds it. `arguments`: the text that the model wrote, JSON or not. */
export interface SpelledCall {
  readonly name: string;
  readonly arguments: string;
}

/** Calls written as the model itself would write them; '' for none. */
export function spellCalls(format: CallFormat, calls: readonly SpelledCall[]): string {
  if (calls.length === 0) return '';
  const spelling = spellingOf(format);
  const texts = calls.map(
    ({ name, arguments: text }) =>
      spelling.beforeName + name + spelling.beforeArguments + text + spelling.afterArguments,
  );
  return spelling.begin + texts.join(spelling.between) + spelling.end;
}

/** The markers of a format: strings that may be tokens of their own, special ones among them. */
export function markersOf({ begin, end, before, after, between, mark }: CallFormat): string[] {
  const texts = [begin, before, after, between, end, mark ?? ''].join(' ');
  return [...new Set(texts.match(/<[^<>\s]+>/g))];
}

/** How calls begin in a text that may be words. */
export interface CallOpening {
  /** The string that announces calls wherever it stands; its first unit stands in it once. */
  readonly text: string;
  /** The parts of the format that must follow it before the body of the first call. */
  readonly rest: readonly string[];
  /** The body of a call may also stand at the start of an answer, without any opening. */
  readonly bare: boolean;
}

/** Where calls may begin: what a parser looks for, and what a grammar is switched on by. */
export function openingOf({ begin, before, mark }: CallFormat): CallOpening {
  const [first, ...rest] = [...partsOf(begin), ...partsOf(before)];
  return { text: first ?? mark ?? '', rest, bare: first === undefined };
}

/**
 * A literal in the parts that the parser looks for: whitespace may stand between two of them, or be
 * missing, whatever the format says.
 */
export function partsOf(literal: string): string[] {
  return literal.split(/\s+|(?<=[[\],;]|```)|(?=[[\],;])/).filter((part) => part !== '');
}
