/** What the walk over a vocabulary asks of a language's states. */
import { incomingOf, type Incoming } from '../language/incoming.js';
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
  /** [states + 1] into `labels`. */
  readonly labelOffsets: Int32Array;
  /** Of each state the listed names that can still come, ascending. */
  readonly labels: Int32Array;
}

const known = new WeakMap<Language, LanguageFacts>();

/** `names`: how many of the labels are listed names; null for a language that is no object's keys. */
export function languageFacts(language: Language, names: number | null): LanguageFacts {
  let facts = known.get(language);
  if (facts === undefined) known.set(language, (facts = findFacts(language, names)));
  return facts;
}

function findFacts(language: Language, names: number | null): LanguageFacts {
  const states = stateCount(language);
  const flags = new Int32Array(states);
  const incoming = incomingOf(language.edgeOffsets, language.edgeTarget);
  const labels = new StateLabels(states);
  if (names !== null) {
    const walk = new BackwardWalk(incoming, states);
    const others: number[] = [];
    const listed: number[] = [];
    language.accept.forEach((label, state) => {
      if (label >= names) others.push(state);
      else if (label >= 0) listed.push(state);
    });
    walk.each(others, (state) => {
      flags[state]! |= StateFlag.other;
    });
    const labelOf = (state: number): number => language.accept[state]!;
    listed.sort((a, b) => labelOf(a) - labelOf(b));
    for (let i = 0; i < listed.length;) {
      const label = labelOf(listed[i]!);
      const end = listed.findIndex((state, at) => at > i && labelOf(state) !== label);
      const ofLabel = listed.slice(i, end < 0 ? listed.length : end);
      walk.each(ofLabel, (state) => {
        labels.add(state, label);
      });
      i += ofLabel.length;
    }
  }
  markTotal(language, incoming, flags, names === null ? 0 : StateFlag.other);
  return { flags, ...labels.finish() };
}

/** States from which others can be reached. */
class BackwardWalk {
  readonly #incoming: Incoming;
  /** [states] the last walk that met the state. */
  readonly #met: Int32Array;
  readonly #queue: Int32Array;
  #walks = 0;

  constructor(incoming: Incoming, states: number) {
    this.#incoming = incoming;
    this.#met = new Int32Array(states);
    this.#queue = new Int32Array(states);
  }

  /** Visits each state from which one of `targets` can be reached, themselves too, once. */
  each(targets: readonly number[], visit: (state: number) => void): void {
    const walk = ++this.#walks;
    const { offsets, sources } = this.#incoming;
    let length = 0;
    const meet = (state: number): void => {
      if (this.#met[state] === walk) return;
      this.#met[state] = walk;
      this.#queue[length++] = state;
      visit(state);
    };
    targets.forEach(meet);
    for (let i = 0; i < length; i++) {
      const state = this.#queue[i]!;
      for (let at = offsets[state]!; at < offsets[state + 1]!; at++) meet(sources[at]!);
    }
  }
}

/** Labels of states, which come label by label. */
class StateLabels {
  readonly #counts: Int32Array;
  readonly #states: number[] = [];
  readonly #labels: number[] = [];

  constructor(states: number) {
    this.#counts = new Int32Array(states + 1);
  }

  add(state: number, label: number): void {
    this.#counts[state + 1]!++;
    this.#states.push(state);
    this.#labels.push(label);
  }

  finish(): { readonly labelOffsets: Int32Array; readonly labels: Int32Array } {
    const labelOffsets = this.#counts;
    for (let i = 1; i < labelOffsets.length; i++) labelOffsets[i]! += labelOffsets[i - 1]!;
    const next = labelOffsets.slice();
    const labels = new Int32Array(this.#labels.length);
    this.#states.forEach((state, i) => (labels[next[state]!++] = this.#labels[i]!));
    return { labelOffsets, labels };
  }
}

/** The largest set of states of which every code point leads to one of them. */
function markTotal(
  language: Language,
  { offsets, sources }: Incoming,
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
    for (let at = offsets[state]!; at < offsets[state + 1]!; at++) {
      const source = sources[at]!;
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
