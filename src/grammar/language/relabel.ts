import { LanguageBuilder } from './language-builder.js';
import { REFUSED, type Language } from './language.js';

/** A language with other labels; what `label` refuses is no longer accepted. */
export function relabelled(language: Language, label: (old: number) => number): Language {
  const { edgeOffsets, edgeFirst, edgeLast, edgeTarget, accept } = language;
  const builder = new LanguageBuilder();
  for (let state = 0; state < accept.length; state++) {
    for (let edge = edgeOffsets[state]!; edge < edgeOffsets[state + 1]!; edge++) {
      builder.edge(edgeFirst[edge]!, edgeLast[edge]!, edgeTarget[edge]!);
    }
    const old = accept[state]!;
    builder.endState(old === REFUSED ? REFUSED : label(old));
  }
  return builder.finish();
}
