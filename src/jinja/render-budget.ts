import { RenderLimitError } from './errors.js';
import { eachSource } from './text/runs.js';
import type { Str } from './text/text.js';

export interface RenderOptions {
  /** What strftime_now tells. */
  readonly now: Date;
  /** UTF-16 units of the rendered text, and of every string on the way. */
  readonly maxOutput: number;
  /**
   * Work that a render may do, in steps: one for each node of the template that is evaluated, one
   * for each 32 units of text and each 64 elements that an operation goes over.
   */
  readonly maxSteps: number;
  /** Called every 2,048 steps; what it throws ends the render. */
  readonly checkpoint?: () => void;
}

/** Source text that an operation took off on purpose. */
export interface Consumed {
  readonly origin: number;
  readonly start: number;
  readonly end: number;
}

const PAUSE = 2048;
/** Elements of one list. */
const MAX_ELEMENTS = 1 << 21;
/** Macros, recursive loops and blocks inside each other. */
const MAX_DEPTH = 200;
/** All flat strings of a render may take this many times `maxOutput`, and this much at least. */
const ALLOCATION = 8;
const MIN_ALLOCATION = 1 << 26;
/** What counts against that, in UTF-16 units: an element of a list; an entry or a short string. */
const ELEMENT = 4;
const OBJECT = 64;

/** The bounds of a render, and what it has used of them. */
export class RenderBudget {
  #depth = 0;
  readonly #options: RenderOptions;
  #steps = 0;
  #pause = PAUSE;
  #allocation: number;
  #consumed: number[] = [];
  #compactAt = 1 << 14;

  constructor(options: RenderOptions) {
    this.#options = options;
    this.#allocation = Math.max(options.maxOutput * ALLOCATION, MIN_ALLOCATION);
  }

  get maxText(): number {
    return this.#options.maxOutput;
  }

  /** Counts steps. Throws `steps` beyond the bound. */
  charge(steps: number): void {
    this.#steps += steps;
    if (this.#steps >= this.#pause) this.#pauseNow();
  }

  /** Counts the steps of an operation that goes over so much text. */
  chargeText(units: number): void {
    this.charge(1 + (units >>> 5));
  }

  chargeElements(count: number): void {
    this.charge(1 + (count >>> 6));
  }

  #pauseNow(): void {
    if (this.#steps > this.#options.maxSteps) {
      throw new RenderLimitError('steps', `takes more than ${this.#options.maxSteps} steps`);
    }
    this.#pause = this.#steps + PAUSE;
    this.#options.checkpoint?.();
  }

  /** Throws `text` where a string of `units` may not be, before it is made. */
  checkText(units: number): void {
    if (!(units <= this.#options.maxOutput)) {
      throw new RenderLimitError(
        'text',
        `makes a string of more than ${this.#options.maxOutput} UTF-16 units`,
      );
    }
  }

  /** Counts a new flat string. Throws `text`, or `memory` where all are too many. */
  allocateText(units: number): void {
    this.checkText(units);
    this.chargeText(units);
    this.#allocate(units);
  }

  /** Counts a new list. Throws `elements`, or `memory` where all are too many. */
  allocateElements(count: number): void {
    if (!(count <= MAX_ELEMENTS)) {
      throw new RenderLimitError('elements', `makes a list of more than ${MAX_ELEMENTS} elements`);
    }
    this.chargeElements(count);
    this.#allocate(count * ELEMENT);
  }

  /** Counts small objects: pieces of a string that know their origin, entries of a dict. */
  allocateObjects(count: number): void {
    this.#allocate(count * OBJECT);
  }

  #allocate(units: number): void {
    this.#allocation -= units;
    if (this.#allocation < 0) {
      throw new RenderLimitError('memory', 'makes more strings and lists than fit in memory');
    }
  }

  /** Goes one level down; the caller comes up again with `leave`. Throws `depth`. */
  enter(): void {
    if (++this.#depth > MAX_DEPTH) {
      throw new RenderLimitError('depth', `macros or loops are nested more than ${MAX_DEPTH} deep`);
    }
  }

  leave(): void {
    this.#depth--;
  }

  /** Reports that the units [from, to) of `value` were taken off on purpose. */
  consume(value: Str, from: number, to: number): void {
    if (typeof value === 'string' || from >= to) return;
    eachSource(value.runs, from, to, (origin, start, end) => {
      const consumed = this.#consumed;
      consumed.push(origin, start, end);
      if (consumed.length > this.#compactAt) {
        this.charge(consumed.length / 3);
        this.#consumed = merged(consumed);
        this.#compactAt = Math.max(1 << 14, 2 * this.#consumed.length);
      }
    });
  }

  /** What was consumed, ascending by origin and start, without overlaps. */
  consumedRanges(): Consumed[] {
    const flat = merged(this.#consumed);
    const ranges: Consumed[] = [];
    for (let i = 0; i < flat.length; i += 3) {
      ranges.push({ origin: flat[i]!, start: flat[i + 1]!, end: flat[i + 2]! });
    }
    return ranges;
  }
}

function merged(flat: readonly number[]): number[] {
  const order = Array.from({ length: flat.length / 3 }, (_, i) => 3 * i);
  order.sort((a, b) => flat[a]! - flat[b]! || flat[a + 1]! - flat[b + 1]!);
  const out: number[] = [];
  for (const i of order) {
    const [origin, start, end] = [flat[i]!, flat[i + 1]!, flat[i + 2]!];
    const last = out.length - 3;
    if (last >= 0 && out[last] === origin && out[last + 2]! >= start) {
      out[last + 2] = Math.max(out[last + 2]!, end);
    } else {
      out.push(origin, start, end);
    }
  }
  return out;
}
