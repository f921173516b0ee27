/** The header of a GGUF file: all that comes before the tensors' data. */

export type Value =
  | { readonly u8: number }
  | { readonly u16: number }
  | { readonly u32: number }
  | { readonly i32: number }
  | { readonly f32: number }
  | { readonly bool: boolean }
  | { readonly string: string }
  | { readonly strings: readonly string[] }
  | { readonly i32s: readonly number[] };

/** A tensor as the header names it. */
export interface HeaderTensor {
  readonly name: string;
  /** GGUF's order: columns first. */
  readonly dimensions: readonly number[];
  /** GGUF's type number; 0 is f32. */
  readonly type?: number;
  readonly bytes: number;
}

export interface HeaderSpec {
  readonly version?: number;
  readonly keys: Readonly<Record<string, Value>>;
  readonly tensors: readonly HeaderTensor[];
  readonly alignment?: number;
}

/** GGUF's own alignment of tensors, unless a key says otherwise. */
const ALIGNMENT = 32;

/** Where each field of a header lies, so that a test can overwrite it. */
export interface Field {
  readonly name: string;
  readonly offset: number;
  readonly bytes: 1 | 2 | 4 | 8;
}

export interface GgufHeader {
  /** Not padded: data begins at the next multiple of the alignment, and so does each tensor. */
  readonly bytes: Buffer;
  readonly fields: readonly Field[];
}

/** Lists longer than this are written at once, without a field for each element. */
const MAX_LISTED = 1000;

/** GGUF's type numbers. */
const TYPES = { u8: 0, u16: 2, u32: 4, i32: 5, f32: 6, bool: 7, string: 8, list: 9 } as const;

/** A header as it grows. */
class HeaderWriter {
  readonly parts: Buffer[] = [];
  readonly fields: Field[] = [];
  length = 0;

  push(bytes: Uint8Array): void {
    this.parts.push(Buffer.from(bytes));
    this.length += bytes.length;
  }

  number(name: string, bytes: Field['bytes'], value: number | bigint): void {
    const buffer = Buffer.alloc(8);
    buffer.writeBigInt64LE(BigInt.asIntN(64, BigInt(value)));
    this.#field(name, bytes, buffer);
  }

  float(name: string, value: number): void {
    const buffer = Buffer.alloc(4);
    buffer.writeFloatLE(value);
    this.#field(name, 4, buffer);
  }

  string(name: string, text: string): void {
    this.number(`length of ${name}`, 8, Buffer.byteLength(text));
    this.push(Buffer.from(text));
  }

  value(key: string, value: Value): void {
    const type = (number: number): void => this.number(`type of ${key}`, 4, number);
    if ('strings' in value) {
      type(TYPES.list);
      this.#list(key, TYPES.string, value.strings, (name, text) => this.string(name, text));
    } else if ('i32s' in value) {
      type(TYPES.list);
      this.#list(key, TYPES.i32, value.i32s, (name, number) => this.number(name, 4, number));
    } else if ('string' in value) {
      type(TYPES.string);
      this.string(key, value.string);
    } else if ('f32' in value) {
      type(TYPES.f32);
      this.float(key, value.f32);
    } else if ('u8' in value) {
      type(TYPES.u8);
      this.number(key, 1, value.u8);
    } else if ('u16' in value) {
      type(TYPES.u16);
      this.number(key, 2, value.u16);
    } else if ('u32' in value) {
      type(TYPES.u32);
      this.number(key, 4, value.u32);
    } else if ('i32' in value) {
      type(TYPES.i32);
      this.number(key, 4, value.i32);
    } else {
      type(TYPES.bool);
      this.number(key, 1, Number(value.bool));
    }
  }

  #list<T>(
    key: string,
    elementType: number,
    list: readonly T[],
    write: (name: string, element: T) => void,
  ): void {
    this.number(`element type of ${key}`, 4, elementType);
    this.number(`count of ${key}`, 8, list.length);
    const { length } = this.fields;
    for (const [i, element] of list.entries()) write(`${key}[${i}]`, element);
    if (list.length > MAX_LISTED) this.fields.length = length;
  }

  #field(name: string, bytes: Field['bytes'], buffer: Buffer): void {
    this.fields.push({ name, offset: this.length, bytes });
    this.push(buffer.subarray(0, bytes));
  }
}

export function ggufHeader({
  version = 3,
  keys,
  tensors,
  alignment = ALIGNMENT,
}: HeaderSpec): GgufHeader {
  const header = new HeaderWriter();
  header.number('magic', 4, 0x46554747);
  header.number('version', 4, version);
  header.number('tensor count', 8, tensors.length);
  header.number('key count', 8, Object.keys(keys).length);
  for (const [key, value] of Object.entries(keys)) {
    header.string(`key ${key}`, key);
    header.value(key, value);
  }
  let offset = 0;
  for (const { name, dimensions, type = 0, bytes } of tensors) {
    header.string(`name of ${name}`, name);
    header.number(`dimension count of ${name}`, 4, dimensions.length);
    for (const [i, size] of dimensions.entries()) {
      header.number(`dimension ${i} of ${name}`, 8, size);
    }
    header.number(`type of ${name}`, 4, type);
    header.number(`offset of ${name}`, 8, offset);
    offset += bytes + padding(bytes, alignment);
  }
  return { bytes: Buffer.concat(header.parts), fields: header.fields };
}

/** Bytes from `length` to the next multiple of `alignment`. */
export function padding(length: number, alignment = ALIGNMENT): number {
  return Math.ceil(length / alignment) * alignment - length;
}
