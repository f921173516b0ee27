/**
 * The text that a parsed value was parsed from. JavaScript's numbers and objects lose what JSON says
 * (1.0 is no float any more, 123456789012345680 is rounded, the key "1" moves to the front), and
 * templates print it: so members that templates read keep their source.
 */
const KEPT: ReadonlySet<string> = new Set([
  'chat_template_kwargs',
  'tools',
  'functions',
  'documents',
  'response_format',
  'structured_outputs',
  'guided_json',
  'text',
]);
/** A name of the set, each character written as an escape, with quotes. */
const MAX_NAME_BYTES = 6 * 'chat_template_kwargs'.length + 2;

const sources = new WeakMap<object, string>();

interface Member {
  readonly name: () => string;
  readonly nameBytes: number;
  readonly source: () => string;
}

/** Keeps the sources of some members of a body. Of a name that stands twice the last one counts. */
export function keepSources(body: Record<string, unknown>, members: readonly Member[]): void {
  for (const member of members) {
    if (member.nameBytes > MAX_NAME_BYTES) continue;
    const name = member.name();
    if (!KEPT.has(name) || !Object.hasOwn(body, name)) continue;
    const value = body[name];
    if (value !== null && typeof value === 'object') sources.set(value, member.source());
  }
}

/** A copy of a value that was made without changing what it says has its source too. */
export function carrySource(from: object, to: object): void {
  const source = sources.get(from);
  if (source !== undefined) sources.set(to, source);
}

/**
 * The JSON text of a member of a request whose source is kept, as the client wrote it; null for a
 * value that came otherwise, or is absent.
 */
export function jsonSourceOf(value: unknown): string | null {
  if (value === null || typeof value !== 'object') return null;
  return sources.get(value) ?? null;
}
