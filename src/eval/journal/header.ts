import { createHash } from 'node:crypto';
import { KingletError } from '../../errors.js';
import { show } from '../../errors/model-file.js';
import { Fields, isObject } from '../fields.js';

/** What such files are told by. */
export const FORMAT = 'kinglet eval 1';

/** The kinds of lines that follow. */
const JOURNAL_TYPES = ['open', 'choices', 'perplexity', 'kl'] as const;
type JournalType = (typeof JOURNAL_TYPES)[number];

/** The first line: all that decides the lines behind it. */
export interface Header {
  readonly format: typeof FORMAT;
  readonly type: JournalType;
  /** The task file's name, for people. */
  readonly file: string;
  /** Lines that there will be. */
  readonly count: number;
  /** By what reports group, or null. */
  readonly by: string | null;
  /** What decides answers; compared member by member. */
  readonly decisive: Readonly<Record<string, unknown>>;
}

/** Throws `file_malformed` where the line is no header. */
export function readHeader(value: unknown, place: string): Header {
  const fields = new Fields(value, place);
  if (fields.value('format') !== FORMAT) throw fields.wrong('format', `'${FORMAT}'`);
  const type = JOURNAL_TYPES.find((each) => each === fields.value('type'));
  if (type === undefined) throw fields.wrong('type', `one of ${JOURNAL_TYPES.join(', ')}`);
  const decisive = fields.value('decisive');
  if (!isObject(decisive)) throw fields.wrong('decisive', 'an object');
  return {
    ...{ format: FORMAT, type, decisive },
    file: fields.text('file'),
    count: fields.count('count'),
    by: fields.has('by') ? fields.text('by') : null,
  };
}

/** Throws `invalid_flag` naming what differs: answers of both would not be of one evaluation. */
export function checkSame(path: string, earlier: Header, now: Header): void {
  const before = flat(comparable(earlier));
  const after = flat(comparable(now));
  const names = [...new Set([...before.keys(), ...after.keys()])];
  const differing = names.filter((name) => before.get(name) !== after.get(name));
  if (differing.length === 0) return;
  const differences = differing
    .map(
      (name) => `${name} was ${before.get(name) ?? 'absent'} and is ${after.get(name) ?? 'absent'}`,
    )
    .join('; ');
  throw new KingletError(
    'invalid_flag',
    `${path} holds answers of another evaluation: ${differences}. Ask as before to go on with it, or name another file with --output.`,
  );
}

/** Hex digits that name an evaluation among those of one file and one model. */
export function digestOf(header: Header): string {
  return createHash('sha256')
    .update(JSON.stringify(comparable(header)))
    .digest('hex')
    .slice(0, 8);
}

function comparable({ type, count, by, decisive }: Header): Record<string, unknown> {
  return { type, questions: count, by, ...decisive };
}

/** Values as JSON by their paths. */
function flat(value: unknown, path = ''): Map<string, string> {
  if (!isObject(value)) return new Map([[path, show(value ?? null)]]);
  const prefix = path === '' ? '' : `${path}.`;
  return new Map(Object.entries(value).flatMap(([name, each]) => [...flat(each, prefix + name)]));
}
