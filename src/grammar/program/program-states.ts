import { tooComplex } from '../grammar-error.js';
import { stateCount, type Language } from '../language/language.js';
import { UNBOUNDED, type Lengths } from '../language/lengths.js';
import { languageFacts } from './language-facts.js';
import type { Program } from './program.js';

/** Larger programs are refused. */
const MAX_PROGRAM_STATES = 400_000;

interface Placed {
  readonly language: Language;
  readonly lengths: Lengths | null;
  readonly names: number | null;
  readonly base: number;
}

type StateArrays = Pick<
  Program,
  | 'stateEdges'
  | 'stateAccept'
  | 'stateFlags'
  | 'stateLeast'
  | 'stateMost'
  | 'stateLabels'
  | 'labels'
  | 'edgeFirst'
  | 'edgeLast'
  | 'edgeTarget'
>;

/** The languages of a program, each of which has its states behind those of the one before. */
export class ProgramStates {
  readonly #placed = new Map<Language, Placed>();
  #count = 0;

  /** Gives a language's first state its number in the program. */
  add(language: Language, lengths: Lengths | null, names: number | null): number {
    let placed = this.#placed.get(language);
    if (placed === undefined) {
      placed = { language, lengths, names, base: this.#count };
      this.#count += stateCount(language);
      if (this.#count > MAX_PROGRAM_STATES) {
        throw tooComplex(`a grammar of more than ${MAX_PROGRAM_STATES} states`);
      }
      this.#placed.set(language, placed);
    }
    return placed.base;
  }

  finish(): StateArrays {
    const all = [...this.#placed.values()].map((placed) => ({
      ...placed,
      facts: languageFacts(placed.language, placed.names),
    }));
    const edges = all.reduce((sum, { language }) => sum + language.edgeFirst.length, 0);
    const labels = all.reduce((sum, { facts }) => sum + facts.labels.length, 0);
    const arrays: StateArrays = {
      stateEdges: new Int32Array(this.#count + 1),
      stateAccept: new Int32Array(this.#count),
      stateFlags: new Int32Array(this.#count),
      stateLeast: new Int32Array(this.#count),
      stateMost: new Int32Array(this.#count).fill(UNBOUNDED),
      stateLabels: new Int32Array(this.#count + 1),
      labels: new Int32Array(labels),
      edgeFirst: new Int32Array(edges),
      edgeLast: new Int32Array(edges),
      edgeTarget: new Int32Array(edges),
    };
    let edge = 0;
    let label = 0;
    for (const { language, lengths, base, facts } of all) {
      arrays.stateAccept.set(language.accept, base);
      arrays.stateFlags.set(facts.flags, base);
      if (lengths !== null) {
        arrays.stateLeast.set(lengths.least, base);
        arrays.stateMost.set(lengths.most, base);
      }
      addOffset(language.edgeOffsets.subarray(1), edge, arrays.stateEdges, base + 1);
      addOffset(facts.labelOffsets.subarray(1), label, arrays.stateLabels, base + 1);
      addOffset(language.edgeTarget, base, arrays.edgeTarget, edge);
      arrays.edgeFirst.set(language.edgeFirst, edge);
      arrays.edgeLast.set(language.edgeLast, edge);
      arrays.labels.set(facts.labels, label);
      edge += language.edgeFirst.length;
      label += facts.labels.length;
    }
    return arrays;
  }
}

/** Writes numbers from a place on, each with `offset` added. */
function addOffset(from: Int32Array, offset: number, to: Int32Array, place: number): void {
  for (let i = 0; i < from.length; i++) to[place + i] = from[i]! + offset;
}
