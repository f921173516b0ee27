import { KingletError } from '../../src/errors.js';

/** The KingletError with which `promise` rejects. */
export async function refused(promise: Promise<unknown>): Promise<KingletError> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof KingletError)) throw new Error(`no KingletError: ${String(error)}`);
  return error;
}
