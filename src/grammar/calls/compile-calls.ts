/** Calls of tools as a program: their format's own texts, names of tools, arguments by schema. */
import { GrammarError } from '../grammar-error.js';
import { ProgramBuilder } from '../program/program-builder.js';
import { Op, type Program } from '../program/program.js';
import { addSchema } from '../schema/compile-schema.js';
import type { CallsSource, CallTool } from './calls-source.js';
import { UNBOUNDED } from '../language/lengths.js';

const ANY_OBJECT = '{}';

/** A tool that isn't strict, and why its arguments are any object. */
export interface UnenforcedTool {
  readonly tool: string;
  readonly why: string;
}

/**
 * `tick` is called again and again, and throws when time is up. Throws `GrammarError` for a schema of
 * a strict tool that can't be kept, and for the answer's own; the place begins with the tool's name.
 */
export function compileCalls(
  source: CallsSource,
  tick: () => void,
): { readonly program: Program; readonly unenforced: readonly UnenforcedTool[] } {
  const builder = new ProgramBuilder();
  // Node 0 is where the program begins.
  builder.reserve();
  const end = builder.add(Op.return);
  const unenforced: UnenforcedTool[] = [];
  const bodies = source.tools.map((tool) => {
    const value = addArguments(builder, tool, tick, (why) => {
      unenforced.push({ tool: tool.name, why });
    });
    const after = literalOr(builder, source.afterArguments, end);
    const args = builder.add(Op.call, value, 0, after);
    return literalOr(builder, tool.name + source.beforeArguments, args);
  });
  // A call from the name of its tool on.
  const body = builder.reserve();
  builder.setFork(body, bodies);
  const ends = literalOr(builder, source.end, end);
  let others = ends;
  if (source.between !== null) {
    const next = literalOr(builder, source.between, builder.add(Op.call, body, 0, end));
    const again = builder.reserve();
    builder.setFork(again, [next]);
    others = builder.add(Op.repeat, again, builder.counts(0, UNBOUNDED), ends);
  }
  const first = literalOr(builder, source.begin, builder.add(Op.call, body, 0, others));
  const answers = source.answer === null ? [] : [addSchema(builder, source.answer, { tick })];
  builder.setFork(0, [first, ...answers]);
  return { program: builder.finish(), unenforced };
}

function literalOr(builder: ProgramBuilder, text: string, next: number): number {
  return text === '' ? next : builder.literal(text, next);
}

/** The node of a tool's arguments. */
function addArguments(
  builder: ProgramBuilder,
  { name, schema, strict }: CallTool,
  tick: () => void,
  leave: (why: string) => void,
): number {
  const objects = { tick, objectsAlone: true };
  try {
    return addSchema(builder, schema ?? ANY_OBJECT, objects);
  } catch (error) {
    if (!(error instanceof GrammarError)) throw error;
    const { fault, message, place } = error;
    if (strict) throw new GrammarError(fault, `the schema of ${name}: ${message}`, place);
    leave(place === '' ? message : `${message}, at ${place}`);
    return addSchema(builder, ANY_OBJECT, objects);
  }
}
