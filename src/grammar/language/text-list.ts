import { finiteLanguage } from './finite.js';
import { isEmpty, type Language } from './language.js';

/**
 * Texts one by one, each accepted as its place in the list; with `others`, any other text is accepted
 * too, as the list's length. A program names it as it is: its automaton is only made where it is
 * combined with others.
 */
export class TextList {
  readonly texts: readonly string[];
  readonly others: boolean;
  #language: Language | null = null;

  constructor(texts: readonly string[], others = false) {
    this.texts = texts;
    this.others = others;
  }

  get language(): Language {
    return (this.#language ??= finiteLanguage(this.texts, this.others));
  }
}

/** Whether there is any text at all. */
export const hasTexts = (texts: Language | TextList): boolean =>
  texts instanceof TextList ? texts.texts.length > 0 || texts.others : !isEmpty(texts);

export const languageOf = (texts: Language | TextList): Language =>
  texts instanceof TextList ? texts.language : texts;
