import { compileCalls, type UnenforcedTool } from './calls/compile-calls.js';
import { compileEbnf } from './ebnf/compile-ebnf.js';
import { unsatisfiable } from './grammar-error.js';
import type { GrammarSource } from './grammar-source.js';
import type { Language } from './language/language.js';
import { hasTexts, TextList } from './language/text-list.js';
import { ProgramBuilder } from './program/program-builder.js';
import { Op, type Program } from './program/program.js';
import { regexLanguage } from './regex/determinize.js';
import { compileSchema } from './schema/compile-schema.js';

/** A program, and what of a source it leaves. */
export interface CompiledGrammar {
  readonly program: Program;
  /** Tools whose arguments are any object, and why. */
  readonly unenforced: readonly UnenforcedTool[];
}

/**
 * The program of a grammar. Throws `GrammarError`; `tick` is called again and again, and may throw
 * when time is up.
 */
export function compileGrammar(source: GrammarSource, tick: () => void): CompiledGrammar {
  const all = (program: Program): CompiledGrammar => ({ program, unenforced: [] });
  switch (source.kind) {
    case 'schema':
      return all(compileSchema(source.text, tick));
    case 'ebnf':
      return all(compileEbnf(source.text, tick));
    case 'regex':
      return all(textProgram(regexLanguage(source.text, 'whole', tick)));
    case 'choice':
      return all(textProgram(new TextList(source.choices)));
    case 'calls':
      return compileCalls(source.calls, tick);
  }
}

function textProgram(language: Language | TextList): Program {
  if (!hasTexts(language)) throw unsatisfiable('no text fits it');
  const builder = new ProgramBuilder();
  const text = builder.reserve();
  const end = builder.add(Op.return);
  builder.set(text, Op.text, builder.language(language, null), 0, end);
  return builder.finish();
}
