import { parseSchemaText } from '../../src/grammar/schema/schema-document.js';
import { inSchemaOrder } from '../../test/support/in-schema-order.js';
import { memberOf, readJson, written, type JsonNode } from '../../test/support/json-node.js';
import { readLines } from './lines.js';

/** An instance of a schema: its tokens, with the one that ends an answer behind them. */
export interface Instance {
  readonly valid: boolean;
  /** Millions in all, which are no work for the garbage collector so. */
  readonly tokens: Int32Array;
}

export interface Case {
  readonly name: string;
  /** The schema's JSON. */
  readonly schema: string;
  readonly instances: readonly Instance[];
  /** Valid instances whose members stood in another order than the schema's. */
  readonly reordered: number;
}

/** The schemas of a file, one a line, with their instances in the schemas' order. */
export function readCases(path: string, encode: (text: string) => Int32Array): Case[] {
  return readLines(path).map((line) => {
    const whole = readJson(line);
    const name = JSON.parse(written(memberOf(whole, 'name')!)) as string;
    const schema = written(memberOf(whole, 'schema')!);
    const tests = memberOf(whole, 'tests');
    let reordered = 0;
    const instances = (tests?.kind === 'list' ? tests.items : []).map((test) => {
      const data = memberOf(test, 'data')!;
      const text = written(ordered(schema, data));
      const valid = written(memberOf(test, 'valid')!) === 'true';
      if (valid && text !== written(data)) reordered++;
      return { valid, tokens: encode(text) };
    });
    return { name, schema, instances, reordered };
  });
}

/** A schema that cannot be read, or refers to nothing, orders nothing. */
function ordered(schema: string, data: JsonNode): JsonNode {
  try {
    return inSchemaOrder(parseSchemaText(schema), data);
  } catch {
    return data;
  }
}
