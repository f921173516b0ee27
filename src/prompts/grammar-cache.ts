import { createHash } from 'node:crypto';
import type { CompiledGrammar } from '../grammar/compile-grammar.js';
import { sourceKey, type GrammarSource } from '../grammar/grammar-source.js';
import { programBytes } from '../grammar/program/program.js';

/** A compiled grammar under a name of its own. */
export interface KnownGrammar extends CompiledGrammar {
  /** The same for the same source. */
  readonly key: string;
}

/** Compiled grammars, by what they were compiled from. */
export class GrammarCache {
  /** The longest unused first. */
  readonly #kept = new Map<string, KnownGrammar>();
  readonly #maxBytes: number;
  #bytes = 0;

  /** `maxBytes`: of the programs that are kept. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The grammar of a source, compiled by `compile` where it isn't known. */
  async get(source: GrammarSource, compile: () => Promise<CompiledGrammar>): Promise<KnownGrammar> {
    const key = createHash('sha256').update(sourceKey(source)).digest('base64');
    const known = this.#kept.get(key);
    if (known !== undefined) {
      this.#kept.delete(key);
      this.#kept.set(key, known);
      return known;
    }
    const { program, unenforced } = await compile();
    const grammar = { key, program, unenforced };
    this.#add(grammar);
    return grammar;
  }

  #add(grammar: KnownGrammar): void {
    if (this.#kept.has(grammar.key)) return;
    this.#kept.set(grammar.key, grammar);
    this.#bytes += programBytes(grammar.program);
    for (const [key, { program }] of this.#kept) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#kept.delete(key);
      this.#bytes -= programBytes(program);
    }
  }
}
