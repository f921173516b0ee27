import { partsOf, type CallFormat } from '../call-format.js';
import { readContainer, readString, skipValue } from './json-text.js';
import { readOneOf } from './literals.js';
import type { Reader, Reading } from './reader.js';

/**
 * `none`: no call that may be made; what was read is held. `ended`: a whole call. `broken`: a call
 * whose end is not as it must be; what was read behind its arguments is held.
 */
type Outcome = 'none' | 'ended' | 'broken';

/** Models mix them up, whichever their family has. */
const ARGUMENT_KEYS: readonly string[] = ['arguments', 'parameters'];

/** Members that models put before a call's name; with another one there an object is no call. */
const BEFORE_NAME: readonly string[] = ['type', 'id', 'index'];

/**
 * Reads what stands between `before` and `after` of a format. A call begins, as an event, when its
 * name is known to be one of `names` and its arguments have begun.
 */
export function readBody(
  reader: Reader,
  body: CallFormat['body'],
  names: ReadonlySet<string>,
): Reading<Outcome> {
  return body.kind === 'json'
    ? new JsonCall(reader, names).read()
    : readMarked(reader, body.nameEnd, names);
}

function* readMarked(
  reader: Reader,
  nameEnd: string,
  names: ReadonlySet<string>,
): Reading<Outcome> {
  yield* reader.space();
  let name = '';
  while (reader.unit !== null && /[\w-]/.test(reader.unit)) {
    name += reader.unit;
    reader.hold();
    reader.unit = yield;
  }
  if (!names.has(name)) return 'none';
  if ((yield* readOneOf(reader, [partsOf(nameEnd)])) === null) return 'none';
  yield* reader.space();
  if (reader.unit !== '{') return 'none';
  reader.call(name);
  return yield* streamed(reader);
}

/** The arguments of a call that has begun, as they come. */
function* streamed(reader: Reader): Reading<'ended' | 'broken'> {
  const whole = yield* readContainer(reader, (unit) => reader.arguments(unit));
  return whole ? 'ended' : 'broken';
}

/** A call that is a JSON object: its members in any order, and others among them. */
class JsonCall {
  readonly #reader: Reader;
  readonly #names: ReadonlySet<string>;
  #name: string | null = null;
  /** Arguments that came before the name. */
  #early: string | null = null;
  #begun = false;

  constructor(reader: Reader, names: ReadonlySet<string>) {
    this.#reader = reader;
    this.#names = names;
  }

  *read(): Reading<Outcome> {
    const reader = this.#reader;
    yield* reader.space();
    if (!(yield* reader.expect('{'))) return 'none';
    do {
      if (!(yield* this.#member())) return this.#begun ? 'broken' : 'none';
      yield* reader.space();
    } while (yield* reader.expect(','));
    if (reader.unit !== '}') return this.#begun ? 'broken' : 'none';
    reader.hold();
    reader.unit = yield;
    if (this.#name === null) return 'none';
    if (!this.#begun) this.#begin(this.#name, this.#early ?? '{}');
    reader.drop();
    return 'ended';
  }

  /** False where it is none, and where there can be no call. */
  *#member(): Reading<boolean> {
    const reader = this.#reader;
    yield* reader.space();
    const key = yield* readString(reader);
    if (key === null) return false;
    yield* reader.space();
    if (!(yield* reader.expect(':'))) return false;
    yield* reader.space();
    if (key === 'name' && this.#name === null) return yield* this.#readName();
    if (ARGUMENT_KEYS.includes(key) && !this.#begun && this.#early === null) {
      return yield* this.#readArguments();
    }
    if (this.#name === null && !BEFORE_NAME.includes(key)) return false;
    return yield* skipValue(reader);
  }

  *#readName(): Reading<boolean> {
    const name = yield* readString(this.#reader);
    if (name === null || !this.#names.has(name)) return false;
    this.#name = name;
    return true;
  }

  *#readArguments(): Reading<boolean> {
    const reader = this.#reader;
    if (reader.unit !== '{') return false;
    if (this.#name === null) {
      const start = reader.held.length;
      if (!(yield* readContainer(reader, () => reader.hold()))) return false;
      this.#early = reader.held.slice(start);
      return true;
    }
    this.#begun = true;
    reader.call(this.#name);
    return (yield* streamed(reader)) === 'ended';
  }

  #begin(name: string, text: string): void {
    this.#begun = true;
    this.#reader.call(name);
    this.#reader.arguments(text);
  }
}
