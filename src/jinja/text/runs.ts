/**
 * Where the characters of a text come from: flat groups of RUN numbers
 * [start, end, origin, source, per], ascending and disjoint. The characters [start, end) of the
 * text show those of the source `origin` from position `source` on; each of these fills `per`
 * characters (1 where it is written as it is, 6 for an escape as \u001f). Positions are UTF-16
 * units.
 */
export type Runs = number[];

export const RUN = 5;
export const NO_RUNS: Runs = [];

/** Appends a run, as part of the last one where it goes on with it. */
export function pushRun(
  out: Runs,
  start: number,
  end: number,
  origin: number,
  source: number,
  per: number,
): void {
  const last = out.length - RUN;
  if (
    last >= 0 &&
    out[last + 1] === start &&
    out[last + 2] === origin &&
    out[last + 4] === per &&
    out[last + 3]! + (start - out[last]!) / per === source
  ) {
    out[last + 1] = end;
    return;
  }
  out.push(start, end, origin, source, per);
}

/** Appends the runs of a text that comes to lie at `at`. */
export function pushRuns(out: Runs, runs: Runs, at: number): void {
  for (let i = 0; i < runs.length; i += RUN) {
    pushRun(out, at + runs[i]!, at + runs[i + 1]!, runs[i + 2]!, runs[i + 3]!, runs[i + 4]!);
  }
}

/** Index of the first run that ends after `position`. */
function firstEndingAfter(runs: Runs, position: number): number {
  let low = 0;
  let high = runs.length / RUN;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (runs[middle * RUN + 1]! > position) high = middle;
    else low = middle + 1;
  }
  return low * RUN;
}

/** Appends the runs of [from, to) to `out`, moved so that `from` comes to lie at `at`. */
export function clipRuns(runs: Runs, from: number, to: number, at: number, out: Runs): void {
  const shift = at - from;
  for (let i = firstEndingAfter(runs, from); i < runs.length && runs[i]! < to; i += RUN) {
    const start = runs[i]!;
    const origin = runs[i + 2]!;
    const source = runs[i + 3]!;
    const per = runs[i + 4]!;
    let low = Math.max(start, from);
    const high = Math.min(runs[i + 1]!, to);
    if (per === 1) {
      pushRun(out, low + shift, high + shift, origin, source + low - start, 1);
      continue;
    }
    // A cut through an escape leaves a character that fills less.
    const ragged = (low - start) % per;
    if (ragged !== 0) {
      const end = Math.min(low + per - ragged, high);
      const position = source + Math.floor((low - start) / per);
      pushRun(out, low + shift, end + shift, origin, position, end - low);
      low = end;
    }
    const whole = low + Math.floor((high - low) / per) * per;
    if (whole > low) {
      pushRun(out, low + shift, whole + shift, origin, source + (low - start) / per, per);
    }
    if (high > whole) {
      const position = source + (whole - start) / per;
      pushRun(out, whole + shift, high + shift, origin, position, high - whole);
    }
  }
}

/** Calls `visit` with the ranges of sources that [from, to) shows. */
export function eachSource(
  runs: Runs,
  from: number,
  to: number,
  visit: (origin: number, start: number, end: number) => void,
): void {
  for (let i = firstEndingAfter(runs, from); i < runs.length && runs[i]! < to; i += RUN) {
    const start = runs[i]!;
    const source = runs[i + 3]!;
    const per = runs[i + 4]!;
    const low = Math.floor((Math.max(start, from) - start) / per);
    const high = Math.ceil((Math.min(runs[i + 1]!, to) - start) / per);
    visit(runs[i + 2]!, source + low, source + high);
  }
}

/** The origin and source position of the character at `position`; null for one without. */
export function sourceAt(runs: Runs, position: number): [origin: number, source: number] | null {
  const i = firstEndingAfter(runs, position);
  if (i >= runs.length || runs[i]! > position) return null;
  return [runs[i + 2]!, runs[i + 3]! + Math.floor((position - runs[i]!) / runs[i + 4]!)];
}
