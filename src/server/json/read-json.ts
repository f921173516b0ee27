import { isUtf8 } from 'node:buffer';
import { KingletError } from '../../errors.js';
import { keepSources } from './source.js';
import { scanJson, type JsonScan } from './scan.js';
import { checkWellFormed } from './well-formed.js';

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;

/**
 * The value of a JSON text from outside, on either transport. Throws `invalid_json` for what is not
 * UTF-8 or not JSON, `json_too_complex` for what would cost far more than its size, and
 * `invalid_value` for a string with half of a surrogate pair. `subject` names the text in messages. `admit` hears
 * what memory the value may take (bytes) before it is made, and may throw.
 */
export function readJson(
  bytes: Buffer,
  subject: 'body' | 'message',
  admit: (cost: number) => void = () => {},
): unknown {
  const text = BYTE_ORDER_MARK.every((byte, i) => bytes[i] === byte) ? bytes.subarray(3) : bytes;
  if (text.length === 0) {
    throw new KingletError('invalid_json', `The ${subject} is empty; JSON was expected.`);
  }
  if (!isUtf8(text)) {
    throw new KingletError(
      'invalid_json',
      `The ${subject} is not UTF-8, which JSON is sent in. Convert it before sending.`,
    );
  }
  const scan = scanJson(text);
  admit(scan.cost);
  const value = parse(text, subject);
  if (scan.surrogates) checkWellFormed(value);
  keepMemberSources(value, text, scan);
  return value;
}

function parse(text: Buffer, subject: string): unknown {
  try {
    return JSON.parse(text.toString('utf8'));
  } catch (error) {
    const position = /at position \d+/.exec((error as Error).message);
    const where = position === null ? '' : ` (${position[0]})`;
    throw new KingletError('invalid_json', `The ${subject} is not valid JSON${where}.`, {
      cause: error,
    });
  }
}

function keepMemberSources(value: unknown, text: Buffer, { members }: JsonScan): void {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return;
  keepSources(
    value as Record<string, unknown>,
    members.map((member) => ({
      // A name may be written with escapes.
      name: () => JSON.parse(text.toString('utf8', ...member.name)) as string,
      nameBytes: member.name[1] - member.name[0],
      source: () => text.toString('utf8', ...member.value),
    })),
  );
}
