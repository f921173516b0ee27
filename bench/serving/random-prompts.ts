/** Prompts of about a wanted number of tokens, no two of them the same. */

/** Words that most vocabularies hold with the space before them. */
const WORDS = (
  'time year people way day man thing woman life child world school state family student group ' +
  'country problem hand part place case week company system program question work government ' +
  'number night point home water room mother area money story fact month lot right study book ' +
  'eye job word business issue side kind head house service friend father power hour game line ' +
  'end member law car city community name president team minute idea body information back ' +
  'parent face others level office door health person art war history party result change ' +
  'morning reason research girl guy moment air teacher force education'
).split(' ');

export function randomWords(count: number): string {
  const word = (): string => WORDS[Math.floor(Math.random() * WORDS.length)] ?? '';
  return Array.from({ length: Math.max(1, count) }, word).join(' ');
}

/** How many words make a prompt of how many tokens, the template's tokens included. */
export interface PromptLength {
  readonly words: number;
  readonly tokens: number;
  readonly tokensPerWord: number;
}

/** `count` tells how many tokens a prompt of that many random words has. */
export async function measurePrompt(
  wanted: number,
  count: (words: number) => Promise<number>,
): Promise<PromptLength> {
  const SHORT = 4;
  const SPAN = 64;
  const least = await count(SHORT);
  const tokensPerWord = Math.max(0.1, ((await count(SHORT + SPAN)) - least) / SPAN);
  let words = wordsFor(wanted, { words: SHORT, tokens: least, tokensPerWord });
  let tokens = await count(words);
  for (let tries = 0; tries < 3 && tokens !== wanted; tries++) {
    words = wordsFor(wanted, { words, tokens, tokensPerWord });
    tokens = await count(words);
  }
  return { words, tokens, tokensPerWord };
}

/** Words of a prompt of `wanted` tokens. */
export function wordsFor(wanted: number, known: PromptLength): number {
  return Math.max(1, known.words + Math.round((wanted - known.tokens) / known.tokensPerWord));
}
