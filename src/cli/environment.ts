/** Variables of the environment that look like Kinglet's and are not. */
import { SERVE_FLAGS } from '../config.js';

const PREFIX = 'KINGLET_';
/** Variables that are no flags. */
const OTHERS = ['KINGLET_ADDON', 'KINGLET_CACHE', 'KINGLET_MODEL'];
/** What Kubernetes sets beside a service named kinglet, and what tests of Kinglet read. */
const FOREIGN = /^KINGLET_(SERVICE_|PORT_\d|TEST_)/;
/** Edits that a misspelling takes at most. */
const NEAR = 4;

/** One warning for each variable that begins with KINGLET_ and means nothing. */
export function unknownVariables(
  environment: Readonly<Record<string, string | undefined>>,
): string[] {
  const known = [...SERVE_FLAGS.map((flag) => flag.env), ...OTHERS];
  return Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && !known.includes(name) && !FOREIGN.test(name))
    .map((name) => {
      const nearest = known
        .map((each) => ({ each, distance: editDistance(name, each) }))
        .reduce((best, next) => (next.distance < best.distance ? next : best));
      const hint = nearest.distance <= NEAR ? `; did you mean ${nearest.each}?` : '.';
      return `${name.slice(0, 100)} is no variable of Kinglet's and is not looked at${hint}`;
    });
}

/** Levenshtein's distance: insertions, deletions and replacements of one character. */
function editDistance(a: string, b: string): number {
  // Of the characters of `a` so far to each beginning of `b`; the first, which is empty, apart.
  let row = Array.from(b, (_, j) => j + 1);
  for (const [i, character] of Array.from(a).entries()) {
    let diagonal = i;
    let left = i + 1;
    row = row.map((above, j) => {
      left = Math.min(diagonal + (character === b[j] ? 0 : 1), above + 1, left + 1);
      diagonal = above;
      return left;
    });
  }
  return row.at(-1) ?? a.length;
}
