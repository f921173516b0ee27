/**
 * Text whose fate is not decided yet, oldest first. Special tokens' strings lie in it too, since
 * tags and stop strings may be spelled by them, but they are hidden: they never come out.
 */
export class HeldText {
  #pieces: { text: string; hidden: boolean }[] = [];
  #length = 0;

  /** UTF-16 units held, hidden ones included. */
  get length(): number {
    return this.#length;
  }

  append(text: string, hidden: boolean): void {
    if (text.length === 0) return;
    this.#pieces.push({ text, hidden });
    this.#length += text.length;
  }

  /** Removes the first `units`, as many as are held at most; returns those that are not hidden. */
  take(units: number): string {
    let visible = '';
    let left = units;
    let whole = 0;
    for (const piece of this.#pieces) {
      const { length } = piece.text;
      if (!piece.hidden) visible += piece.text.slice(0, left);
      if (length > left) {
        piece.text = piece.text.slice(left);
        break;
      }
      left -= length;
      whole++;
    }
    this.#pieces.splice(0, whole);
    this.#length -= units;
    return visible;
  }

  /** Removes everything; returns the pieces, so that they can be read again under another rule. */
  drain(): readonly { readonly text: string; readonly hidden: boolean }[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#length = 0;
    return pieces;
  }
}
