import { GrammarError, tooComplex } from '../../src/grammar/grammar-error.js';
import { MAX_COMPILE_MS } from '../../src/grammar/limits.js';
import { compileSchema } from '../../src/grammar/schema/compile-schema.js';
import type { Addon, NativeGrammar, NativeVocabulary } from '../../src/native/addon.js';
import type { Case, Instance } from './cases.js';
import { worse, type CaseResult, type Outcome } from './outcome.js';

export interface Kinglet {
  readonly addon: Addon;
  readonly vocabulary: NativeVocabulary;
  readonly tokens: number;
}

const microseconds = (since: number): number => (performance.now() - since) * 1000;

/** Compiles a schema and computes a mask for each token of its instances. */
export function runCase(kinglet: Kinglet, { name, schema, instances }: Case): CaseResult {
  const begun = performance.now();
  const maskUs: number[] = [];
  const warmUs: number[] = [];
  let outcome: Outcome = 'passing';
  let why = '';
  let compileUs: number;
  try {
    const program = compileSchema(schema, () => {
      if (performance.now() - begun > MAX_COMPILE_MS) throw tooComplex('too long');
    });
    const compiled = (): NativeGrammar => new kinglet.addon.Grammar(kinglet.vocabulary, program);
    compiled();
    compileUs = microseconds(begun);
    instances.forEach((instance, i) => {
      const grammar = compiled();
      const taken = follow(kinglet, grammar, instance, maskUs);
      follow(kinglet, grammar, instance, warmUs);
      if (taken.whole === instance.valid) return;
      outcome = worse(outcome, instance.valid ? 'validation' : 'invalidation');
      why ||= `instance ${i}, token ${taken.tokens}`;
    });
  } catch (error) {
    compileUs = microseconds(begun);
    outcome = error instanceof GrammarError ? 'compile' : 'crash';
    why = error instanceof Error ? error.message : String(error);
    if (error instanceof GrammarError) why += ` (${error.fault} at ${error.place})`;
  }
  return { name, outcome, why, compileUs, maskUs, warmUs };
}

function follow(
  { tokens: vocab }: Kinglet,
  grammar: NativeGrammar,
  { tokens }: Instance,
  times: number[],
): { readonly whole: boolean; readonly tokens: number } {
  const mask = new Uint32Array(Math.ceil(vocab / 32));
  let state = grammar.start;
  for (const [i, token] of tokens.entries()) {
    const begun = performance.now();
    grammar.fillMask(state, mask, 0);
    times.push(microseconds(begun));
    if (((mask[token >> 5]! >>> (token & 31)) & 1) === 0) return { whole: false, tokens: i };
    if (i < tokens.length - 1) state = grammar.step(state, token);
  }
  return { whole: true, tokens: tokens.length };
}
