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

/** A tool, and the node that reads its arguments. */
interface Callable {
  readonly tool: CallTool;
  readonly args: number;
  readonly after: number;
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
  const callable: Callable[] = [];
  const bodies = source.tools.map((tool) => {
    const after = literalOr(builder, source.afterArguments, end);
    const args = builder.reserve();
    callable.push({ tool, args, after });
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
  const unenforced = addArguments(builder, callable, tick);
  return { program: builder.finish(), unenforced };
}

function literalOr(builder: ProgramBuilder, text: string, next: number): number {
  return text === '' ? next : builder.literal(text, next);
}

/** Writes what each tool's arguments are; returns the tools whose schemas are left. */
function addArguments(
  builder: ProgramBuilder,
  callable: readonly Callable[],
  tick: () => void,
): UnenforcedTool[] {
  const objects = { tick, objectsAlone: true };
  const anyObject = addSchema(builder, ANY_OBJECT, objects);
  const set = ({ args, after }: Callable, value: number): void =>
    builder.set(args, Op.call, value, 0, after);
  // What isn't strict takes no time and no room from what is.
  for (const each of callable) {
    const { name, schema, strict } = each.tool;
    if (!strict) continue;
    try {
      set(each, schema === null ? anyObject : addSchema(builder, schema, objects));
    } catch (error) {
      if (!(error instanceof GrammarError)) throw error;
      const { fault, message, place } = error;
      throw new GrammarError(fault, `the schema of ${name}: ${message}`, place);
    }
  }
  const unenforced: UnenforcedTool[] = [];
  for (const each of callable) {
    const { name, schema, strict } = each.tool;
    if (strict) continue;
    try {
      set(
        each,
        schema === null ? anyObject : builder.attempt(() => addSchema(builder, schema, objects)),
      );
    } catch (error) {
      if (!(error instanceof GrammarError)) throw error;
      const { message, place } = error;
      unenforced.push({ tool: name, why: place === '' ? message : `${message}, at ${place}` });
      set(each, anyObject);
    }
  }
  return unenforced;
}
