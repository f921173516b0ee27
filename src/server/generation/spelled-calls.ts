/** Whether a model can write the calls that it is asked for. */
import { invalidValue } from '../../errors/requests.js';
import { markersOf, spellingOf } from '../../tools/call-format.js';
import type { ToolFamily } from '../../tools/family.js';
import type { ToolPlan } from '../../tools/tool-plan.js';
import { Speller } from '../../tokenizer/speller.js';
import type { Tokenizer } from '../../tokenizer/tokenizer.js';

/** The special tokens that calls are written with. */
export function markerTokens(tokenizer: Tokenizer, family: ToolFamily): number[] {
  const ids = markersOf(family.format).map((marker) => tokenizer.idOf(marker));
  return ids.filter((id) => id !== null).filter((id) => tokenizer.table.special[id] === 1);
}

/** What a model with so many rows can write where it calls tools. */
export function callSpeller(
  tokenizer: Tokenizer,
  vocabSize: number,
  family: ToolFamily | null,
): Speller {
  const { table, eosIds } = tokenizer;
  const shown = family === null ? [] : markerTokens(tokenizer, family);
  return new Speller(
    table,
    vocabSize,
    (id) => (table.special[id] !== 1 || shown.includes(id)) && !eosIds.includes(id),
  );
}

/** What of the words before a call its first token may have. */
const BEFORE = ['', ' ', '\n'];
/** What of arguments the tokens around them may have. */
const ARGUMENTS_BEGIN = ['', '{', '{"', '{}'];
const ARGUMENTS_END = ['', '}', '"}', '{}'];

/**
 * Throws `invalid_value` for a tool whose name the model has no tokens for, and where it has none for
 * what stands around it in its family's format.
 */
export function checkSpelled(speller: Speller, { family, choice, callable }: ToolPlan): void {
  const { begin, beforeName, beforeArguments, afterArguments, end } = spellingOf(family.format);
  const befores = choice === 'auto' ? BEFORE : [''];
  const spells = (befores: readonly string[], text: string, behind: readonly string[]): boolean =>
    befores.some((before) => behind.some((more) => speller.spells(before + text + more)));
  const head = begin + beforeName;
  for (const { name, field } of callable) {
    const text = head + name + beforeArguments;
    if (spells(befores, text, ARGUMENTS_BEGIN)) continue;
    const reach = befores.map((before) => speller.reach(before + text) - before.length);
    const at = Math.max(...reach) - Buffer.byteLength(head);
    if (at < 0 || at >= name.length) throw unspelled(text);
    throw invalidValue(
      `${field}.name`,
      `the model has no tokens that spell "${name}" from "${name.slice(at)}" on`,
    );
  }
  const tail = afterArguments + end;
  if (!spells(ARGUMENTS_END, tail, [''])) throw unspelled(tail);
}

function unspelled(text: string): Error {
  return invalidValue(
    'tools',
    `the model has no tokens that spell ${JSON.stringify(text)}, of which its calls are made`,
  );
}
