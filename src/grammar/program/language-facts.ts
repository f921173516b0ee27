/** What the walk over a vocabulary asks of a language's states. */
import {
  FIRST_SURROGATE,
  LAST_CODE_POINT,
  LAST_SURROGATE,
  stateCount,
  type Language,
} from '../language/language.js';
import { StateFlag } from './program.js';

export interface LanguageFacts {
  readonly flags: Int32Array;
  /** [states] listed names that can still come, ascending; empty where nothing is listed. */
  readonly labels: readonly (readonly number[])[];
}

const known = new WeakMap<Language, LanguageFacts>();

/** `names`: how many accepted labels are listed names; 0 for a language without labels. */
export function languageFacts(language: Language, names: number | null): LanguageFacts {
  let facts = known.get(language);
  if (facts === undefined) known.set(language, (facts = findFacts(language, names)));
  return facts;
}

function findFacts(language: Language, names: number | null): LanguageFacts {
  const states = stateCount(language);
  const sources = sourcesOf(language);
  const flags = new Int32Array(states);
  const labels: number[][] = Array.from({ length: states }, () => []);
  if (names !== null) {
    const others: number[] = [];
    const listed: [label: number, state: number][] = [];
    language.accept.forEach((label, state) => {
      if (label >= names) others.push(state);
      else if (label >= 0) listed.push([label, state]);
    });
    for (const state of reaching(sources, others, states)) flags[state]! |= StateFlag.other;
    listed.sort(([a], [b]) => a - b);
    for (const [label, state] of listed) {
      for (const before of reaching(sources, [state], states)) {
        if (labels[before]!.at(-1) !== label) labels[before]!.push(label);
      }
    }
  }
  markTotal(language, sources, flags, names === null ? 0 : StateFlag.other);
  return { flags, labels };
}

function sourcesOf({ edgeOffsets, edgeTarget, accept }: Language): readonly number[][] {
  const sources: number[][] = Array.from(accept, () => []);
  for (let state = 0; state < accept.length; state++) {
    for (let edge = edgeOffsets[state]!; edge < edgeOffsets[state + 1]!; edge++) {
      const of = sources[edgeTarget[edge]!]!;
      if (of[of.length - 1] !== state) of.push(state);
    }
  }
  return sources;
}

function reaching(
  sources: readonly (readonly number[])[],
  targets: readonly number[],
  states: number,
): readonly number[] {
  const seen = states > 64 ? new Set(targets) : null;
  const bits = new Uint8Array(seen === null ? states : 0);
  const reached = [...targets];
  for (const state of targets) if (seen === null) bits[state] = 1;
  for (const state of reached) {
    for (const source of sources[state]!) {
      if (seen === null ? bits[source] === 1 : seen.has(source)) continue;
      if (seen === null) bits[source] = 1;
      else seen.add(source);
      reached.push(source);
    }
  }
  return reached;
}

/** The largest set of states of which every code point leads to one of them. */
function markTotal(
  language: Language,
  sources: readonly (readonly number[])[],
  flags: Int32Array,
  needed: number,
): void {
  const lost: number[] = [];
  for (let state = 0; state < flags.length; state++) {
    if ((flags[state]! & needed) === needed && takesEverything(language, state)) {
      flags[state]! |= StateFlag.total;
    } else {
      lost.push(state);
    }
  }
  for (let state = lost.pop(); state !== undefined; state = lost.pop()) {
    for (const source of sources[state]!) {
      if ((flags[source]! & StateFlag.total) === 0) continue;
      flags[source]! &= ~StateFlag.total;
      lost.push(source);
    }
  }
}

function takesEverything({ edgeOffsets, edgeFirst, edgeLast }: Language, state: number): boolean {
  let next = 0;
  for (let edge = edgeOffsets[state]!; edge < edgeOffsets[state + 1]!; edge++) {
    if (edgeFirst[edge] !== next) return false;
    next = edgeLast[edge]! + 1;
    if (next === FIRST_SURROGATE) next = LAST_SURROGATE + 1;
  }
  return next === LAST_CODE_POINT + 1;
}
