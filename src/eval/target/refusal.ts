import { isErrorCode, KingletError } from '../../errors.js';
import { isObject } from '../fields.js';

/** Characters of an answer that is not understood. */
const SHOWN = 300;

/** An HTTP answer, as far as it is looked at. */
export interface HttpAnswer {
  readonly status: number;
  /** Retry-After, if any. */
  readonly retryAfter: string | undefined;
  readonly body: string;
}

/**
 * The JSON of an answer to `place`. Throws what the server refused with: a code of another server's own
 * becomes one of the same kind here.
 */
export function jsonOf({ status, retryAfter, body }: HttpAnswer, place: string): unknown {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    json = undefined;
  }
  if (status >= 200 && status < 300 && json !== undefined) return json;
  const error = isObject(json) && isObject(json['error']) ? json['error'] : {};
  const { code, message } = error;
  const said = typeof message === 'string' ? message : body.slice(0, SHOWN);
  const seconds = Number(retryAfter);
  throw new KingletError(
    isErrorCode(code) ? code : codeOf(status),
    `${place} was answered with ${status}: ${said}`,
    Number.isFinite(seconds) && retryAfter !== undefined ? { retryAfter: seconds } : {},
  );
}

function codeOf(status: number) {
  if (status === 401 || status === 403) return 'invalid_api_key';
  if (status === 404) return 'not_found';
  if (status === 429) return 'queue_full';
  if (status === 503) return 'model_loading';
  return status < 500 && status >= 400 ? 'invalid_value' : 'internal_error';
}
