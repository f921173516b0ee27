/** Changes JSON at random: values, types, what is there, how often, and how deep. */

type Random = () => number;

const STRINGS = [
  ...[
    '',
    ' ',
    'x',
    '\ud800',
    '\u0120',
    '(',
    '[',
    '(?i:',
    '\\p{L}+',
    'a*',
    '\\s+(?!\\S)',
    '(a|b)+?c',
  ],
  ...[
    '[^\\s\\p{L}]{1,3}',
    '(?<=a)b',
    '(a+)+$',
    'a{1000}',
    '(?:a{9}){999}',
    '.*',
    '\\X',
    '[[:alpha:]]',
  ],
  ...[
    'Sequence',
    'Split',
    'Digits',
    'ByteLevel',
    'BPE',
    'Unigram',
    'NFKC',
    'StripAccents',
    'Removed',
  ],
  ...['MergedWithNext', 'FixedLength', 'Metaspace', '<|eot_id|>', '__proto__', 'toString'],
];

function anyValue(random: Random): unknown {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  switch (Math.floor(random() * 8)) {
    case 0:
      return pick([null, true, false]);
    case 1:
      return pick([0, -1, 1, 0.5, 1e308, 2 ** 31, 2 ** 32 - 1, 2 ** 53, 4_194_303, 383, 5]);
    case 2:
      return pick(STRINGS).repeat(random() < 0.05 ? 3000 : 1);
    case 3:
      return [];
    case 4:
      return {};
    case 5:
      return [pick(STRINGS), pick(STRINGS)];
    case 6:
      return { type: pick(STRINGS), pattern: { Regex: pick(STRINGS) }, behavior: 'Isolated' };
    default:
      return nested(Math.floor(random() * 40), random() < 0.5);
  }
}

function nested(depth: number, inObjects: boolean): unknown {
  let value: unknown = inObjects ? { type: 'Sequence', pretokenizers: [] } : [];
  for (let i = 0; i < depth; i++) {
    value = inObjects
      ? { type: 'Sequence', pretokenizers: [value], normalizers: [value] }
      : [value];
    if (inObjects) (value as { normalizers: unknown }).normalizers = [];
  }
  return value;
}

/** Where a mutation takes place: containers with many members count as few. */
function place(root: object, random: Random): { parent: Record<string, unknown>; key: string } {
  let parent = root as Record<string, unknown>;
  for (;;) {
    const keys = Object.keys(parent);
    const key = keys[Math.floor(random() * keys.length)] ?? 'x';
    const child = parent[key];
    const goOn = typeof child === 'object' && child !== null && random() < 0.8;
    if (!goOn || Object.keys(child).length === 0) return { parent, key };
    parent = child as Record<string, unknown>;
  }
}

/** The text of a document with one to four mutations. */
export function mutated(json: string, random: Random): string {
  const document = JSON.parse(json) as object;
  for (let count = 1 + Math.floor(random() * 4); count > 0; count--) {
    const { parent, key } = place(document, random);
    const other = place(document, random);
    switch (Math.floor(random() * 6)) {
      case 0:
      case 1:
        parent[key] = anyValue(random);
        break;
      case 2:
        if (Array.isArray(parent)) parent.splice(Number(key) || 0, 1);
        else delete parent[key];
        break;
      case 3:
        parent[key] = structuredClone(other.parent[other.key]);
        break;
      case 4:
        if (Array.isArray(parent)) parent.push(structuredClone(parent[Number(key) || 0]));
        else parent[`${key}x`] = parent[key];
        break;
      default: {
        const value = parent[key];
        if (typeof value === 'string') {
          const at = Math.floor(random() * (value.length + 1));
          parent[key] =
            value.slice(0, at) +
            STRINGS[Math.floor(random() * STRINGS.length)] +
            value.slice(at + 1);
        } else if (typeof value === 'number') parent[key] = value + Math.floor(random() * 3) - 1;
        else if (typeof value === 'boolean') parent[key] = !value;
        else parent[key] = other.parent[other.key] === document ? null : anyValue(random);
      }
    }
  }
  return JSON.stringify(document);
}
