/** How far a model is from a reference, over a text. */
import { basename } from 'node:path';
import type { ServeConfig } from '../config.js';
import { cut, windowAt, type TextOptions } from './evaluate-text.js';
import { FORMAT } from './journal/header.js';
import { divergeOver } from './likelihood/kl.js';
import { openPair } from './likelihood/model-pair.js';
import { sha256Of, textOf } from './lines.js';
import { readKlRecord, type KlRecord } from './records/window-record.js';
import { evaluate, type Outcome, type Session } from './session.js';
import { summarizeKl, type KlSummary } from './summary/text-summary.js';

interface KlOptions extends TextOptions {
  readonly model: string;
  /** The model whose distributions are taken as they should be. */
  readonly reference: string;
  readonly config: ServeConfig;
}

export type NamedKl = KlSummary & {
  readonly model: string;
  readonly reference: string;
  readonly window: number;
  readonly stride: number;
};

/** Rejects as `openPair` and `evaluate`, and as `cut` throws. */
export async function evaluateKl(options: KlOptions, session: Session): Promise<Outcome<NamedKl>> {
  const { file, config } = options;
  const text = textOf(file);
  const pair = await openPair(options, config, text);
  const { window, stride, windows } = cut(options, pair.tokens);
  const loaded = pair.load(window);
  try {
    const { records, ...outcome } = await evaluate<KlRecord>(session, {
      header: {
        ...{ format: FORMAT, type: 'kl', file: basename(file), count: windows.length, by: null },
        decisive: { sha256: sha256Of([file]), window, stride, ...pair.identity },
      },
      ...{ model: pair.names.model, isHere: true },
      read: readKlRecord,
      // Both models compute on every thread.
      concurrency: 1,
      work: async (index) => ({
        index,
        ...(await divergeOver(
          loaded.reference,
          loaded.model,
          pair.tokens,
          windowAt(windows, index),
        )),
      }),
    });
    return { ...outcome, summary: { ...summarizeKl(records), ...pair.names, window, stride } };
  } finally {
    loaded.close();
  }
}
