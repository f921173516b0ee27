/** What an answer can be held to, as requests say it. */
export type GrammarSource =
  /** A JSON Schema's text. */
  | { readonly kind: 'schema'; readonly text: string }
  /** A regular expression of the whole answer. */
  | { readonly kind: 'regex'; readonly text: string }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  /** Rules in llama.cpp's GBNF. */
  | { readonly kind: 'ebnf'; readonly text: string };

/** Two sources of one key have the same answers. */
export function sourceKey(source: GrammarSource): string {
  return source.kind === 'choice'
    ? `choice ${JSON.stringify(source.choices)}`
    : `${source.kind} ${source.text}`;
}
