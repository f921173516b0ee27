/**
 * Reads `normalizer` and applies it. Only normalizers that leave alone what they have normalized are
 * built: texts between added tokens may go through them twice.
 */
import {
  array,
  MAX_NESTING,
  nestedTooDeep,
  object,
  tooManySteps,
  typeOf,
  unsupported,
} from './document.js';
import { CODE_POINTS, membership } from './unicode/code-point-set.js';
import {
  normalFormTables,
  normalizedSegment,
  Role,
  type NormalForm,
  type NormalFormTables,
} from './unicode/normal-forms.js';
import { numbers, setOfRuns, words } from './unicode/properties.js';
import { LOWERCASE, MARKS } from './unicode/tables.js';
import { TextRewriter, type Edges } from './text-rewriter.js';
import type { WorkMeter } from './work-meter.js';

const STEPS = ['NFC', 'NFD', 'NFKC', 'NFKD', 'Lowercase', 'StripAccents'] as const;
export type NormalizerStep = (typeof STEPS)[number];

/**
 * UTF-8 bytes that a step takes, at most, for each byte that it leaves; test/unit/tokenizer shows
 * them. StripAccents may take any number.
 */
const SHRINKS: Readonly<Record<NormalizerStep, number>> = {
  NFC: 3.5,
  NFD: 3,
  NFKC: 4,
  NFKD: 4,
  Lowercase: 3,
  StripAccents: Infinity,
};
const MAX_STEPS = 32;

/** The steps in order. Throws `file_malformed` or `unsupported_model`. */
export function readNormalizer(config: unknown): readonly NormalizerStep[] {
  const steps: NormalizerStep[] = [];
  const read = (value: unknown, key: string, depth: number): void => {
    if (value === null || value === undefined) return;
    const type = typeOf(value);
    if (type === 'Sequence') {
      if (depth === MAX_NESTING) throw nestedTooDeep(key);
      array(object(value, key)['normalizers'], `${key}.normalizers`).forEach((inner, i) =>
        read(inner, `${key}.normalizers[${i}]`, depth + 1),
      );
      return;
    }
    const step = STEPS.find((one) => one === type);
    if (step === undefined) throw unsupported(`${key}.type`, type, STEPS.join(', '));
    if (steps.push(step) > MAX_STEPS) throw tooManySteps(key, MAX_STEPS);
  };
  read(config, 'normalizer', 0);
  return steps;
}

/** UTF-8 bytes of a text, at most, for each byte of its normalized form. */
export function shrinkage(steps: readonly NormalizerStep[]): number {
  return steps.reduce((product, step) => product * SHRINKS[step], 1);
}

/** Applies the steps of a normalizer. */
export class Normalizer {
  readonly #steps: readonly ((text: string, edges: Edges | null) => string)[];

  constructor(steps: readonly NormalizerStep[], meter: WorkMeter) {
    this.#steps = steps.map((step) => {
      if (step === 'Lowercase') return (text, edges) => lowercase(text, edges, meter);
      if (step === 'StripAccents') return (text, edges) => stripAccents(text, edges, meter);
      const tables = normalFormTables(step);
      return (text, edges) => normalForm(text, step, tables, edges, meter);
    });
  }

  get isIdentity(): boolean {
    return this.#steps.length === 0;
  }

  /** `edges`: places of the text, which are moved to the same places of what comes out. */
  apply(text: string, edges: Edges | null = null): string {
    return this.#steps.reduce((form, step) => step(form, edges), text);
  }
}

/** Every code unit below is its own normal form, and joins nothing. */
const FIRST_NOT_PLAIN: Readonly<Record<NormalForm, number>> = {
  NFC: 0x300,
  NFD: 0xc0,
  NFKC: 0xa0,
  NFKD: 0xa0,
};

/** Units of text from one report of work to the next. */
const STRETCH = 4096;

function spend(meter: WorkMeter, told: number, at: number): number {
  meter.spend(at - told);
  return at;
}

function normalForm(
  text: string,
  form: NormalForm,
  tables: NormalFormTables,
  edges: Edges | null,
  meter: WorkMeter,
): string {
  const { roles } = tables;
  const least = FIRST_NOT_PLAIN[form];
  const rewriter = new TextRewriter(text, edges, meter);
  let previous = 0;
  let told = 0;
  for (let i = 0; i < text.length;) {
    if (i - told >= STRETCH) told = spend(meter, told, i);
    if (text.charCodeAt(i) < least) {
      previous = i++;
      continue;
    }
    const code = text.codePointAt(i)!;
    const next = i + (code > 0xffff ? 2 : 1);
    const role = code < roles.length ? roles[code] : Role.plain;
    if (role === Role.plain) {
      previous = i;
      i = next;
      continue;
    }
    // What was rewritten already ended before a code point that doesn't join.
    const start = role === Role.joins ? Math.max(previous, rewriter.taken) : i;
    const codes: number[] = start < i ? [text.codePointAt(start)!] : [];
    codes.push(code);
    let end = next;
    while (end < text.length) {
      const joining = text.codePointAt(end)!;
      if (joining >= roles.length || roles[joining] !== Role.joins) break;
      codes.push(joining);
      end += joining > 0xffff ? 2 : 1;
    }
    rewriter.replace(start, end, normalizedSegment(codes, tables));
    previous = i = end;
  }
  return rewriter.finish();
}

let lowercaseOf: ReadonlyMap<number, readonly number[]> | null = null;

/** Capitals' lowercase. Each stands alone: a final sigma is none. */
function readLowercase(): ReadonlyMap<number, readonly number[]> {
  const map = new Map<number, readonly number[]>([[0x130, [0x69, 0x307]]]);
  for (const run of words(LOWERCASE)) {
    const [first = 0, count = 0, step = 0, distance = 0] = numbers(run);
    for (let i = 0; i < count; i++) {
      const code = first + i * step;
      map.set(code, [code + distance]);
    }
  }
  return map;
}

function lowercase(text: string, edges: Edges | null, meter: WorkMeter): string {
  const lower = (lowercaseOf ??= readLowercase());
  const rewriter = new TextRewriter(text, edges, meter);
  let told = 0;
  for (let i = 0; i < text.length;) {
    if (i - told >= STRETCH) told = spend(meter, told, i);
    const code = text.codePointAt(i)!;
    const next = i + (code > 0xffff ? 2 : 1);
    const mapped = lower.get(code);
    if (mapped !== undefined) rewriter.replace(i, next, mapped);
    i = next;
  }
  return rewriter.finish();
}

let marks: Uint8Array | null = null;

function stripAccents(text: string, edges: Edges | null, meter: WorkMeter): string {
  const stripped = (marks ??= membership(setOfRuns(MARKS), CODE_POINTS));
  const rewriter = new TextRewriter(text, edges, meter);
  let told = 0;
  for (let i = 0; i < text.length;) {
    if (i - told >= STRETCH) told = spend(meter, told, i);
    const code = text.codePointAt(i)!;
    const next = i + (code > 0xffff ? 2 : 1);
    if (stripped[code] === 1) rewriter.replace(i, next, []);
    i = next;
  }
  return rewriter.finish();
}
