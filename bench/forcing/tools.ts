import { readLines } from '../masking/lines.js';
import { memberOf, readJson, written } from '../../test/support/json-node.js';

/** A tool whose arguments a schema describes. */
export interface Tool {
  readonly name: string;
  /** The schema's JSON, as the file has it. */
  readonly schema: string;
}

/** The parts of MaskBench whose schemas are of functions. */
const OF_FUNCTIONS = /^(?:Glaiveai2K|BFCL|MCPspec)---/;

/** `count` function schemas of a file, spread evenly; all where there are fewer. */
export function readTools(path: string, count: number): Tool[] {
  const tools = readLines(path)
    .map((line) => readJson(line))
    .map((whole) => ({
      name: JSON.parse(written(memberOf(whole, 'name')!)) as string,
      schema: written(memberOf(whole, 'schema')!),
    }))
    .filter(({ name }) => OF_FUNCTIONS.test(name));
  const taken = Math.min(count, tools.length);
  return Array.from({ length: taken }, (_, i) => tools[Math.floor((i * tools.length) / taken)]!);
}
