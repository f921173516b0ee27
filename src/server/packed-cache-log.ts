/** Tells the log what became of the cache of packed weights. */
import { getSystemErrorMap } from 'node:util';
import type { Logger } from 'pino';
import { CacheWriting, type PackedCacheReport } from '../native/addon.js';

/** How often a file that is being written is looked after; with that the looking ends. */
const LOOK_MS = 500;

/** `writing` tells how far the file is: a `CacheWriting`, or an error number, negated. */
export function logPackedCache(
  report: PackedCacheReport | null,
  writing: () => number,
  log: Pick<Logger, 'info' | 'warn'>,
): void {
  if (report === null) return;
  const { use, path, note } = report;
  switch (use) {
    case 'read':
      log.info(`packed cache: the weights come from ${path}`);
      break;
    case 'notUsable':
      log.warn(`packed cache: ${note}. The weights were packed from the model and are not kept.`);
      break;
    case 'writing':
      log.info(
        `packed cache: ${note}. The weights were packed from the model and are written now.`,
      );
      logEnd(path, writing, log);
      break;
  }
}

function logEnd(path: string, writing: () => number, log: Pick<Logger, 'info' | 'warn'>): void {
  const look = (): void => {
    const state = writing();
    if (state === CacheWriting.underWay) {
      setTimeout(look, LOOK_MS).unref();
    } else if (state === CacheWriting.done) {
      log.info(`packed cache: wrote ${path}`);
    } else if (state === CacheWriting.givenUp) {
      log.info(`packed cache: ${path} was not complete when the model was closed`);
    } else {
      log.warn(`packed cache: ${path} cannot be written: ${errorText(state)}`);
    }
  };
  setTimeout(look, LOOK_MS).unref();
}

/** 'ENOSPC: no space left on device' of a negated error number. */
function errorText(error: number): string {
  const [name, text] = getSystemErrorMap().get(error) ?? [`error ${-error}`, 'unknown'];
  return `${name}: ${text}`;
}
