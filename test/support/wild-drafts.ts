import type { DraftSource } from '../../src/engine/speculation/draft-source.js';
import { TextDrafts } from '../../src/engine/speculation/text-drafts.js';

/**
 * Random ids below `vocabSize` for every other draft of the texts', in place of it or behind its first
 * token: what a draft says must change no answer.
 */
export function wildDrafts(random: () => number, vocabSize: number): DraftSource {
  const texts = new TextDrafts();
  return {
    draft: (sequence, most) => {
      const said = texts.draft(sequence, most);
      if (random() < 0.5) return said;
      const nonsense = Array.from({ length: most }, () => Math.floor(random() * vocabSize));
      const [first] = said?.tokens ?? [];
      if (first !== undefined && random() < 0.5) nonsense[0] = first;
      return { tokens: nonsense, matched: 2 + Math.floor(random() * 40) };
    },
  };
}
