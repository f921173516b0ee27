import { CallParser } from '../../src/tools/parse/call-parser.js';
import type { CallEvent } from '../../src/tools/parse/reader.js';
import { familyNamed } from '../../src/tools/families.js';

/** An answer taken apart. */
export interface ParsedAnswer {
  text: string;
  calls: { name: string; arguments: string }[];
}

/** What events say, joined; throws where their order makes no sense. */
function joinedCalls(events: readonly CallEvent[]): ParsedAnswer {
  const answer: ParsedAnswer = { text: '', calls: [] };
  let open: { name: string; arguments: string } | null = null;
  for (const event of events) {
    switch (event.type) {
      case 'text':
        if (open !== null || event.text === '') throw new Error('text inside a call, or none');
        answer.text += event.text;
        break;
      case 'call':
        if (open !== null) throw new Error('a call inside a call');
        open = { name: event.name, arguments: '' };
        answer.calls.push(open);
        break;
      case 'arguments':
        if (open === null || event.text === '') throw new Error('arguments of no call, or none');
        open.arguments += event.text;
        break;
      case 'end':
        if (open === null) throw new Error('an end of no call');
        open = null;
        break;
    }
  }
  if (open !== null) throw new Error('a call without an end');
  return answer;
}

export function parserOf(family: string, names: readonly string[], parallel = true): CallParser {
  const { format } = familyNamed(family);
  return new CallParser({ format, names: new Set(names), parallel });
}

/** Pieces of an answer in, the answer taken apart out. */
export function parsed(parser: CallParser, pieces: readonly string[]): ParsedAnswer {
  return joinedCalls([...pieces.flatMap((piece) => parser.push(piece)), ...parser.finish()]);
}
