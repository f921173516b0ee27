import type { Interval } from '../../statistics/intervals.js';

interface Scores {
  readonly accuracy: Interval | null;
  /** The share of questions whose majority is right; null where each has one answer. */
  readonly majority: number | null;
}

/** Questions that have the same in the field of `--by`. */
export interface Group extends Scores {
  readonly name: string;
  readonly questions: number;
}

/** In the order in which they first come; none without `--by`. */
export function groupsOf<R extends { readonly group: string | null }>(
  records: readonly R[],
  scores: (members: readonly R[]) => Scores,
): Group[] {
  const groups = new Map<string, R[]>();
  for (const record of records) {
    if (record.group === null) continue;
    const members = groups.get(record.group);
    if (members === undefined) groups.set(record.group, [record]);
    else members.push(record);
  }
  return [...groups].map(([name, members]) => ({
    name,
    questions: members.length,
    ...scores(members),
  }));
}
