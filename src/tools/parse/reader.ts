/** What an answer turned out to hold, in order. Pieces of a text or of arguments that follow each other are to be joined. */
export type CallEvent =
  /** Words of the answer. */
  | { readonly type: 'text'; readonly text: string }
  /** A call has begun; what follows until `end` is its. */
  | { readonly type: 'call'; readonly name: string }
  /** Arguments as the model wrote them, without the whitespace around them. */
  | { readonly type: 'arguments'; readonly text: string }
  /** The call is over; not `whole`: the answer ended before the call did. */
  | { readonly type: 'end'; readonly whole: boolean };

/**
 * Reads a text one unit at a time; the unit that is awaited comes by `next`. A generator that has
 * read the whole text sees null from then on.
 */
export type Reading<Result> = Generator<void, Result, string | null>;

/** A place in an answer: the unit there, and what was read before it and isn't decided yet. */
export class Reader {
  /** The unit that is looked at; null at the end of the answer. */
  unit: string | null = null;
  #held = '';
  #events: CallEvent[] = [];

  get held(): string {
    return this.#held;
  }

  /** The unit that is looked at is read, and undecided; `unit = yield` is to follow. */
  hold(): void {
    this.#held += this.unit ?? '';
  }

  /** Whitespace is read, and undecided. */
  *space(): Reading<void> {
    while (isSpace(this.unit)) {
      this.hold();
      this.unit = yield;
    }
  }

  /** The unit is read, and undecided, if it is the one that is wanted. */
  *expect(unit: string): Reading<boolean> {
    if (this.unit !== unit) return false;
    this.hold();
    this.unit = yield;
    return true;
  }

  /** What is undecided was markup. */
  drop(): void {
    this.#held = '';
  }

  /** The first units of what is undecided, which they are no more. */
  take(units: number): string {
    const taken = this.#held.slice(0, units);
    this.#held = this.#held.slice(units);
    return taken;
  }

  text(text: string): void {
    if (text === '') return;
    const last = this.#events.at(-1);
    if (last?.type !== 'text') this.#events.push({ type: 'text', text });
    else this.#events[this.#events.length - 1] = { type: 'text', text: last.text + text };
  }

  call(name: string): void {
    this.#held = '';
    this.#events.push({ type: 'call', name });
  }

  arguments(text: string): void {
    const last = this.#events.at(-1);
    if (last?.type !== 'arguments') this.#events.push({ type: 'arguments', text });
    else this.#events[this.#events.length - 1] = { type: 'arguments', text: last.text + text };
  }

  end(whole: boolean): void {
    this.#events.push({ type: 'end', whole });
  }

  /** What was decided since the last time. */
  takeEvents(): CallEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }
}

export function isSpace(unit: string | null): boolean {
  return unit === ' ' || unit === '\n' || unit === '\t' || unit === '\r';
}
