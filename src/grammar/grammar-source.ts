import type { CallsSource } from './calls/calls-source.js';

/** What an answer can be held to, as requests say it. */
export type GrammarSource =
  /** A JSON Schema's text. */
  | { readonly kind: 'schema'; readonly text: string }
  /** A regular expression of the whole answer. */
  | { readonly kind: 'regex'; readonly text: string }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  /** Rules in llama.cpp's GBNF. */
  | { readonly kind: 'ebnf'; readonly text: string }
  | { readonly kind: 'calls'; readonly calls: CallsSource };

/** Two sources of one key have the same answers. */
export function sourceKey(source: GrammarSource): string {
  return `${source.kind} ${sourceText(source)}`;
}

/** All that a source says, in one text. */
export function sourceText(source: GrammarSource): string {
  switch (source.kind) {
    case 'choice':
      return JSON.stringify(source.choices);
    case 'calls':
      return JSON.stringify(source.calls);
    case 'schema':
    case 'regex':
    case 'ebnf':
      return source.text;
  }
}
