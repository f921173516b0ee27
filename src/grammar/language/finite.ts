import { LanguageBuilder } from './language-builder.js';
import { LAST_CODE_POINT, REFUSED, type Language } from './language.js';

/** As many as an automaton may have edges: those of lists are cheap. */
const MAX_FINITE_STATES = 400_000;

/** Texts that have the same first `depth` code points, from one place of a sorted list to another. */
interface Branch {
  readonly from: number;
  readonly to: number;
  readonly depth: number;
}

interface Entry {
  readonly codes: readonly number[];
  readonly label: number;
}

const compareCodes = (a: Entry, b: Entry): number => {
  const length = Math.min(a.codes.length, b.codes.length);
  for (let i = 0; i < length; i++) {
    if (a.codes[i] !== b.codes[i]) return a.codes[i]! - b.codes[i]!;
  }
  return a.codes.length - b.codes.length || a.label - b.label;
};

/** Adds a text's code points to a list. */
export function addCodes(text: string, codes: number[]): void {
  for (let i = 0; i < text.length; i++) {
    const code = text.codePointAt(i)!;
    if (code > 0xffff) i++;
    codes.push(code);
  }
}

function codesOf(text: string): number[] {
  const codes: number[] = [];
  addCodes(text, codes);
  return codes;
}

/**
 * The language of some texts, each accepted as its place in the list. With `others`, any other text
 * is accepted too, as the list's length.
 */
export function finiteLanguage(texts: readonly string[], others = false): Language {
  const entries = texts.map((text, label) => ({ codes: codesOf(text), label })).sort(compareCodes);
  const builder = new LanguageBuilder(MAX_FINITE_STATES);
  // The state of other texts comes right after the first, where there is one.
  const elsewhere = 1;
  const branches: Branch[] = [{ from: 0, to: entries.length, depth: 0 }];
  let count = others ? 2 : 1;
  const addState = ({ from, to, depth }: Branch): void => {
    let label = others ? texts.length : REFUSED;
    let at = from;
    let code = 0;
    if (at < to && entries[at]!.codes.length === depth) label = entries[at]!.label;
    while (at < to && entries[at]!.codes.length === depth) at++;
    while (at < to) {
      const next = entries[at]!.codes[depth]!;
      let end = at + 1;
      while (end < to && entries[end]!.codes[depth] === next) end++;
      if (others && next > code) builder.edge(code, next - 1, elsewhere);
      builder.edge(next, next, count++);
      branches.push({ from: at, to: end, depth: depth + 1 });
      code = next + 1;
      at = end;
    }
    if (others && code <= LAST_CODE_POINT) builder.edge(code, LAST_CODE_POINT, elsewhere);
    builder.endState(label);
  };
  addState(branches[0]!);
  if (others) {
    builder.edge(0, LAST_CODE_POINT, elsewhere);
    builder.endState(texts.length);
  }
  for (let i = 1; i < branches.length; i++) addState(branches[i]!);
  return builder.finish();
}

let anything: Language | null = null;

/** Every text. */
export function anyText(): Language {
  if (anything === null) {
    const builder = new LanguageBuilder();
    builder.edge(0, LAST_CODE_POINT, 0);
    builder.endState(0);
    anything = builder.finish();
  }
  return anything;
}
