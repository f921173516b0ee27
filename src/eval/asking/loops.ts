/** Characters of what is repeated. */
const SHORTEST = 4;
const LONGEST = 80;
/** How often it stands there, one after the other. */
const TIMES = 6;

/**
 * Whether a text ends in the same 4 to 80 characters six times or more: an answer that was cut off
 * there was stuck. For servers that don't say so themselves.
 */
export function endsInLoop(text: string): boolean {
  for (let period = SHORTEST; period <= LONGEST && period * TIMES <= text.length; period++) {
    if (repeats(text, period)) return true;
  }
  return false;
}

function repeats(text: string, period: number): boolean {
  const from = text.length - period * (TIMES - 1);
  for (let at = text.length - 1; at >= from; at--) {
    if (text[at] !== text[at - period]) return false;
  }
  return true;
}
