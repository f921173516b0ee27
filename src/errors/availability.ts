/** Why a sound request is not answered: the server can't now, or the client is not there. */
import { KingletError } from '../errors.js';

/** Seconds after which a client that was told 503 may try again. */
const RETRY_LOADING_SECONDS = 2;
const RETRY_DRAINING_SECONDS = 10;

/** `model_loading`. `progress` is how far loading is, 0 to 1. */
export function modelLoading(progress: number): KingletError {
  return new KingletError(
    'model_loading',
    `The model is loading (${Math.floor(progress * 100)} %).`,
    { retryAfter: RETRY_LOADING_SECONDS },
  );
}

/** `shutting_down`. */
export function shuttingDown(): KingletError {
  return new KingletError('shutting_down', 'The server is shutting down.', {
    retryAfter: RETRY_DRAINING_SECONDS,
  });
}

/**
 * `queue_full`. `reason` says what waits already, `retryAfter` (seconds) when there may be room, and
 * `advice` what a client had better do than try again later.
 */
export function queueFull(
  reason: string,
  retryAfter: number,
  advice = 'Try again later.',
): KingletError {
  return new KingletError('queue_full', `${reason} ${advice}`, { retryAfter });
}

/** `engine_failed`, for all requests or for this one. */
export function engineFailed(reason = 'The engine has failed.'): KingletError {
  return new KingletError('engine_failed', reason);
}

/** `cancelled`: nobody is there to be answered. */
export function clientGone(cause?: unknown): KingletError {
  return new KingletError('cancelled', 'The client has gone.', { cause });
}

/** `reader_stalled`: the client took nothing from its stream for `stallMs` milliseconds. */
export function readerStalled(stallMs: number, cause?: unknown): KingletError {
  return new KingletError('reader_stalled', `The client took nothing for ${stallMs / 1000} s.`, {
    cause,
  });
}
