/** How far a start has come, from the server's own log. */

/** What a line of the log says that begins so, in the order of a start. */
const MARKS: readonly (readonly [mark: string, message: RegExp])[] = [
  ['model read', /^model .* tensors$/],
  ['listening', /^kinglet \S+ listens on /],
  ['tokenizer ready', /^tokenizer: /],
  ['weights loaded', /^loaded in /],
  ['ready', /^ready: /],
];

export const MARK_NAMES: readonly string[] = MARKS.map(([mark]) => mark);

interface LogLine {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly msg: string;
}

/** Milliseconds from `spawnedAt` to each mark that the log has; other output than lines of the log is left out. */
export function marksOf(log: string, spawnedAt: number): Map<string, number> {
  const times = new Map<string, number>();
  // The last line may not be whole yet.
  for (const line of log.split('\n').slice(0, -1)) {
    if (!line.startsWith('{"level"')) continue;
    const { time, msg } = JSON.parse(line) as LogLine;
    const mark = MARKS.find(([, message]) => message.test(msg))?.[0];
    if (mark !== undefined && !times.has(mark)) times.set(mark, time - spawnedAt);
  }
  return times;
}
