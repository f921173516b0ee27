/** A piece of a text that is computed at once, in places of its tokens. */
export interface TextWindow {
  readonly begin: number;
  readonly end: number;
  /** Tokens before this one are only context: an earlier window has scored them. */
  readonly scoredFrom: number;
}

/**
 * Windows of `size` tokens, each `stride` further than the one before, until the text's end: every token
 * is scored once, with at least `size - stride` tokens before it but in the first window. `first` is the
 * first token that can be scored: 1, where nothing stands before the text.
 */
export function windowsOf(
  tokens: number,
  size: number,
  stride: number,
  first: 0 | 1,
): TextWindow[] {
  const windows: TextWindow[] = [];
  let scored: number = first;
  for (let begin = 0; scored < tokens; begin += stride) {
    const end = Math.min(tokens, begin + size);
    windows.push({ begin, end, scoredFrom: scored });
    scored = end;
  }
  return windows;
}
