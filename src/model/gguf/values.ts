/** GGUF's metadata values: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. */
import { malformed, unsupported } from '../../errors/model-file.js';
import type { HeaderReader } from './header-reader.js';
import type { PassedStrings } from './passed-strings.js';

export type GgufNumbers =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array
  | BigUint64Array
  | BigInt64Array;

/** A scalar, a list of strings, or numbers in their own width (booleans as bytes). */
type GgufValue =
  number | bigint | boolean | string | readonly string[] | PassedStrings | GgufNumbers;

export interface GgufEntry {
  /** "uint32", "string", "array of string" … for messages. */
  readonly type: string;
  readonly value: GgufValue;
}

interface ScalarType {
  readonly name: string;
  readonly bytes: number;
  readonly read: (reader: HeaderReader, what: string) => number | bigint | boolean;
  readonly array: new (buffer: ArrayBuffer) => GgufNumbers;
}

const STRING = 8;
const ARRAY = 9;
const SCALARS: Readonly<Record<number, ScalarType>> = {
  0: { name: 'uint8', bytes: 1, read: (r, what) => r.u8(what), array: Uint8Array },
  1: { name: 'int8', bytes: 1, read: (r, what) => r.i8(what), array: Int8Array },
  2: { name: 'uint16', bytes: 2, read: (r, what) => r.u16(what), array: Uint16Array },
  3: { name: 'int16', bytes: 2, read: (r, what) => r.i16(what), array: Int16Array },
  4: { name: 'uint32', bytes: 4, read: (r, what) => r.u32(what), array: Uint32Array },
  5: { name: 'int32', bytes: 4, read: (r, what) => r.i32(what), array: Int32Array },
  6: { name: 'float32', bytes: 4, read: (r, what) => r.f32(what), array: Float32Array },
  7: { name: 'bool', bytes: 1, read: readBoolean, array: Uint8Array },
  10: { name: 'uint64', bytes: 8, read: (r, what) => r.u64(what), array: BigUint64Array },
  11: { name: 'int64', bytes: 8, read: (r, what) => r.i64(what), array: BigInt64Array },
  12: { name: 'float64', bytes: 8, read: (r, what) => r.f64(what), array: Float64Array },
};

function readBoolean(reader: HeaderReader, what: string): boolean {
  const byte = reader.u8(what);
  if (byte > 1) throw malformed(reader.file.path, `${what} is ${byte}: a bool is 0 or 1`);
  return byte === 1;
}

/**
 * Reads the type and value that follow a key. `what` names the key in errors. An array of strings is
 * passed over where `later` says so.
 */
export function readEntry(reader: HeaderReader, what: string, later: boolean): GgufEntry {
  const type = reader.u32(`the type of ${what}`);
  if (type === STRING) return { type: 'string', value: reader.string(what) };
  if (type === ARRAY) return readArray(reader, what, later);
  const scalar = SCALARS[type];
  if (scalar === undefined) {
    throw malformed(reader.file.path, `${what} has type ${type}: 0 to 12 are known`);
  }
  return { type: scalar.name, value: scalar.read(reader, what) };
}

function readArray(reader: HeaderReader, what: string, later: boolean): GgufEntry {
  const type = reader.u32(`the element type of ${what}`);
  if (type === ARRAY) {
    throw unsupported(
      reader.file.path,
      `${what} is an array of arrays, which no key of a model needs`,
    );
  }
  const scalar = SCALARS[type];
  if (scalar === undefined && type !== STRING) {
    throw malformed(reader.file.path, `${what} has elements of type ${type}: 0 to 12 are known`);
  }
  // A string has at least its length's 8 bytes.
  const elementBytes = scalar?.bytes ?? 8;
  const count = reader.count(
    `the count of ${what}`,
    Math.max(0, Math.floor((reader.remaining - 8) / elementBytes)),
    'elements fit into the file',
  );
  if (scalar === undefined) {
    const element = `an element of ${what}`;
    const type = 'array of string';
    if (later) return { type, value: reader.passStrings(count, element) };
    const strings: string[] = [];
    for (let i = 0; i < count; ++i) strings.push(reader.string(element));
    return { type, value: strings };
  }
  // The copy aligns the elements; both GGUF and every machine that Node runs on are little-endian.
  const bytes = new Uint8Array(reader.bytes(count * elementBytes, what));
  return { type: `array of ${scalar.name}`, value: new scalar.array(bytes.buffer) };
}
