import { tooComplex } from '../grammar-error.js';
import { addCodes } from '../language/finite.js';
import { stateCount, type Language } from '../language/language.js';
import { UNBOUNDED, type Lengths } from '../language/lengths.js';
import { TextList } from '../language/text-list.js';
import { languageFacts } from './language-facts.js';
import type { Program } from './program.js';

/** Larger programs are refused. */
const MAX_PROGRAM_STATES = 400_000;
/** Of all lists; each request that may be made has fewer. */
const MAX_LISTED_UNITS = 1 << 22;

interface ListedTexts {
  readonly list: TextList;
  readonly isNames: boolean;
}

interface Placed {
  readonly language: Language;
  readonly lengths: Lengths | null;
  readonly names: number | null;
  readonly base: number;
}

interface StatesMark {
  readonly placed: number;
  readonly listed: number;
  readonly count: number;
  readonly listedUnits: number;
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
  | 'textCodes'
  | 'textOffsets'
  | 'textLists'
>;

/**
 * The languages of a program, each of which has its states behind those of the one before, and its
 * lists of texts, which get theirs when the program is loaded.
 */
export class ProgramStates {
  readonly #placed = new Map<Language, Placed>();
  readonly #lists = new Map<TextList, number>();
  readonly #listed: ListedTexts[] = [];
  /** States, those that the lists will have too. */
  #count = 0;
  #languageStates = 0;
  /** UTF-16 units of the lists. */
  #listedUnits = 0;

  /** Gives a language's first state its number in the program; for a list, its number's complement. */
  add(language: Language | TextList, lengths: Lengths | null, names: number | null): number {
    if (language instanceof TextList) return ~this.#addList(language, names !== null);
    let placed = this.#placed.get(language);
    if (placed === undefined) {
      placed = { language, lengths, names, base: this.#languageStates };
      this.#languageStates += stateCount(language);
      this.#grow(stateCount(language));
      this.#placed.set(language, placed);
    }
    return placed.base;
  }

  #addList(list: TextList, isNames: boolean): number {
    let number = this.#lists.get(list);
    if (number === undefined) {
      number = this.#listed.length;
      this.#listedUnits += list.texts.reduce((sum, { length }) => sum + length, 0);
      if (this.#listedUnits > MAX_LISTED_UNITS) {
        throw tooComplex(`lists of more than ${MAX_LISTED_UNITS} characters`);
      }
      this.#grow(statesOf(list));
      this.#lists.set(list, number);
      this.#listed.push({ list, isNames });
    }
    return number;
  }

  #grow(states: number): void {
    this.#count += states;
    if (this.#count > MAX_PROGRAM_STATES) {
      throw tooComplex(`a grammar of more than ${MAX_PROGRAM_STATES} states`);
    }
  }

  /** What `rewind` takes to forget all that was added since. */
  mark(): StatesMark {
    return {
      placed: this.#placed.size,
      listed: this.#listed.length,
      count: this.#count,
      listedUnits: this.#listedUnits,
    };
  }

  rewind({ placed, listed, count, listedUnits }: StatesMark): void {
    this.#listedUnits = listedUnits;
    for (const language of [...this.#placed.keys()].slice(placed)) this.#placed.delete(language);
    for (const { list } of this.#listed.splice(listed)) this.#lists.delete(list);
    this.#count = count;
    this.#languageStates = [...this.#placed.keys()].reduce((sum, one) => sum + stateCount(one), 0);
  }

  finish(): StateArrays {
    const all = [...this.#placed.values()].map((placed) => ({
      ...placed,
      facts: languageFacts(placed.language, placed.names),
    }));
    const edges = all.reduce((sum, { language }) => sum + language.edgeFirst.length, 0);
    const labels = all.reduce((sum, { facts }) => sum + facts.labels.length, 0);
    const arrays: StateArrays = {
      stateEdges: new Int32Array(this.#languageStates + 1),
      stateAccept: new Int32Array(this.#languageStates),
      stateFlags: new Int32Array(this.#languageStates),
      stateLeast: new Int32Array(this.#languageStates),
      stateMost: new Int32Array(this.#languageStates).fill(UNBOUNDED),
      stateLabels: new Int32Array(this.#languageStates + 1),
      labels: new Int32Array(labels),
      edgeFirst: new Int32Array(edges),
      edgeLast: new Int32Array(edges),
      edgeTarget: new Int32Array(edges),
      ...textArrays(this.#listed),
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

/** How many states the tree of a list's texts has; one more where others are accepted. */
function statesOf({ texts, others }: TextList): number {
  const sorted = [...texts].sort();
  let states = others ? 2 : 1;
  let before = '';
  for (const text of sorted) {
    let shared = 0;
    while (shared < before.length && before[shared] === text[shared]) shared++;
    states += text.length - shared;
    before = text;
  }
  return states;
}

function textArrays(
  listed: readonly ListedTexts[],
): Pick<Program, 'textCodes' | 'textOffsets' | 'textLists'> {
  const codes: number[] = [];
  const offsets: number[] = [0];
  const lists: number[] = [];
  for (const { list, isNames } of listed) {
    lists.push(offsets.length - 1, list.texts.length, list.others ? 1 : 0, isNames ? 1 : 0);
    for (const text of list.texts) {
      addCodes(text, codes);
      offsets.push(codes.length);
    }
  }
  return {
    textCodes: Int32Array.from(codes),
    textOffsets: Int32Array.from(offsets),
    textLists: Int32Array.from(lists),
  };
}

/** Writes numbers from a place on, each with `offset` added. */
function addOffset(from: Int32Array, offset: number, to: Int32Array, place: number): void {
  for (let i = 0; i < from.length; i++) to[place + i] = from[i]! + offset;
}
