/** Reads native/batch/fields.def, the table of a step's arrays. */
import { readFileSync } from 'node:fs';
import { REPOSITORY } from '../../support/reference.js';

const KINDS = ['INPUT', 'STEP', 'LIST', 'DRAW', 'SAMPLING', 'SCORE', 'RESULT'] as const;

const ARRAYS = {
  uint8_t: Uint8Array,
  int32_t: Int32Array,
  uint32_t: Uint32Array,
  uint64_t: BigUint64Array,
  float: Float32Array,
} as const;

export type FieldArray = InstanceType<(typeof ARRAYS)[keyof typeof ARRAYS]>;

export interface Field {
  readonly kind: (typeof KINDS)[number];
  /** In addon.ts. */
  readonly name: string;
  /** In messages: a result's name has a prefix. */
  readonly path: string;
  readonly array: (typeof ARRAYS)[keyof typeof ARRAYS];
  /** Of C++: in terms of the counts; a list's is a name. */
  readonly length: string;
  /** Of C++: what each element must be; '' where the element is a result. */
  readonly legal: string;
}

export interface FieldTable {
  readonly counts: readonly string[];
  readonly fields: readonly Field[];
}

/** Throws on a row that it does not understand, so that none is overlooked. */
export function readFieldTable(): FieldTable {
  const text = readFileSync(new URL('native/batch/fields.def', REPOSITORY), 'utf8');
  const counts: string[] = [];
  const fields: Field[] = [];
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('//') || line.startsWith('#')) continue;
    const count = /^KINGLET_COUNT\((\w+)\)$/.exec(line)?.[1];
    if (count !== undefined) counts.push(count);
    else fields.push(readRow(line));
  }
  return { counts, fields };
}

function readRow(line: string): Field {
  const row = /^KINGLET_([A-Z]+)\(\w+, "(\w+)", (\w+), ([^,]+?)(?:, (.+))?\)$/.exec(line);
  const [, kindName, name = '', element = '', length = '', legal = ''] = row ?? [];
  const kind = KINDS.find((known) => known === kindName);
  if (kind === undefined || !Object.hasOwn(ARRAYS, element)) throw new Error(`no row: ${line}`);
  return {
    kind,
    name,
    path: kind === 'RESULT' ? `results.${name}` : name,
    array: ARRAYS[element as keyof typeof ARRAYS],
    length,
    legal,
  };
}

/** The value of sums and products of names and numbers. Throws on an unknown name. */
export function evaluate(expression: string, names: Readonly<Record<string, number>>): number {
  const atom = (text: string): number => {
    const value = names[text] ?? Number(text);
    if (Number.isNaN(value)) throw new Error(`${text} of ${expression} is unknown`);
    return value;
  };
  const product = (text: string): number =>
    text.split(' * ').reduce((value, factor) => value * atom(factor), 1);
  return expression.split(' + ').reduce((sum, term) => sum + product(term), 0);
}
