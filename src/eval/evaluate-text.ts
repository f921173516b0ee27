/** The perplexity of a text. */
import { basename } from 'node:path';
import { KingletError } from '../errors.js';
import { FORMAT } from './journal/header.js';
import { scoreWindow, textWindows, type WindowTerms } from './likelihood/perplexity.js';
import { tokenize, type TextTokens } from './likelihood/text-tokens.js';
import type { TextWindow } from './likelihood/windows.js';
import { sha256Of, textOf } from './lines.js';
import { readPerplexityRecord, type PerplexityRecord } from './records/window-record.js';
import { evaluate, type Outcome, type Session } from './session.js';
import { summarizePerplexity, type PerplexitySummary } from './summary/text-summary.js';
import type { Target } from './target/target.js';

export interface TextOptions extends WindowTerms {
  readonly file: string;
  /** Windows at a time. */
  readonly concurrency: number | null;
}

export type NamedPerplexity = PerplexitySummary & {
  readonly model: string;
  readonly window: number;
  readonly stride: number;
};

/**
 * Scores a text in windows of the context, each half a context further: every token once, with half a
 * context before it at least, but for the first window's. Rejects as the target refuses and as
 * `evaluate`, and with `file_malformed` for a text without two tokens.
 */
export async function evaluatePerplexity(
  options: TextOptions,
  session: Session,
  open: () => Promise<Target>,
): Promise<Outcome<NamedPerplexity>> {
  const { file, concurrency } = options;
  const text = textOf(file);
  const target = await open();
  try {
    const tokens = await tokenize(target, text);
    const { window, stride, windows } = cut(options, tokens);
    const { records, ...outcome } = await evaluate<PerplexityRecord>(session, {
      header: {
        ...{ format: FORMAT, type: 'perplexity', file: basename(file) },
        ...{ count: windows.length, by: null },
        decisive: { sha256: sha256Of([file]), window, stride, target: target.identity },
      },
      ...{ model: target.model, isHere: target.isHere },
      read: readPerplexityRecord,
      concurrency: concurrency ?? 1,
      work: async (index) => ({
        index,
        ...(await scoreWindow(target, tokens, windowAt(windows, index))),
      }),
    });
    const summary = summarizePerplexity(records, Buffer.byteLength(text));
    return { ...outcome, summary: { ...summary, model: target.model, window, stride } };
  } finally {
    await target.close();
  }
}

/** A text's windows and their sizes. Throws where the text or a size leaves nothing to score. */
export function cut(
  { file, window: asked, stride: given }: TextOptions,
  tokens: TextTokens,
): { readonly window: number; readonly stride: number; readonly windows: TextWindow[] } {
  const window = Math.min(asked ?? Infinity, tokens.contextLength);
  const room = window - tokens.prefix.length;
  const stride = given ?? Math.max(1, Math.floor(room / 2));
  if (room < 2 || stride > room) {
    throw new KingletError(
      'invalid_flag',
      `--window ${window} and --stride ${stride}: a window has 2 tokens at least, and the next one begins no later than it ends.`,
    );
  }
  const windows = textWindows(tokens, window, stride);
  if (windows.length > 0) return { window, stride, windows };
  throw new KingletError('file_malformed', `${file}: it has no two tokens.`);
}

export function windowAt(windows: readonly TextWindow[], index: number): TextWindow {
  const window = windows[index];
  if (window === undefined) throw new KingletError('internal_error', `No window ${index}.`);
  return window;
}
