/**
 * Every error that a client or an operator can meet, in one table: its code, the HTTP status and
 * OpenAI's `type`. docs/errors.md has the same rows; test/unit/errors.test.ts compares them, and
 * the codes of native/platform/status.cpp. What several places raise in the same words is worded in
 * src/errors/.
 */
export const ERRORS = {
  // Requests
  invalid_value: [400, 'invalid_request_error'],
  invalid_json: [400, 'invalid_request_error'],
  json_too_complex: [400, 'invalid_request_error'],
  missing_required_parameter: [400, 'invalid_request_error'],
  unknown_parameter: [400, 'invalid_request_error'],
  unsupported_parameter: [400, 'invalid_request_error'],
  context_length_exceeded: [400, 'invalid_request_error'],
  template_failed: [400, 'invalid_request_error'],
  previous_response_not_found: [400, 'invalid_request_error'],
  invalid_stream_id: [400, 'invalid_request_error'],
  websocket_stream_limit_reached: [400, 'invalid_request_error'],
  websocket_connection_limit_reached: [400, 'invalid_request_error'],
  invalid_api_key: [401, 'authentication_error'],
  forbidden_host: [403, 'permission_error'],
  forbidden_origin: [403, 'permission_error'],
  model_not_found: [404, 'invalid_request_error'],
  not_found: [404, 'invalid_request_error'],
  method_not_allowed: [405, 'invalid_request_error'],
  not_thinking: [409, 'invalid_request_error'],
  request_timeout: [408, 'invalid_request_error'],
  request_too_large: [413, 'invalid_request_error'],
  unsupported_media_type: [415, 'invalid_request_error'],
  upgrade_required: [426, 'invalid_request_error'],
  headers_too_large: [431, 'invalid_request_error'],
  queue_full: [429, 'rate_limit_error'],
  too_many_connections: [503, 'server_error'],
  model_loading: [503, 'server_error'],
  shutting_down: [503, 'server_error'],
  reader_stalled: [500, 'server_error'],
  not_finite: [500, 'server_error'],
  engine_failed: [500, 'server_error'],
  internal_error: [500, 'server_error'],
  // Starting
  invalid_flag: [500, 'server_error'],
  model_not_readable: [500, 'server_error'],
  addon_missing: [500, 'server_error'],
  context_too_long: [500, 'server_error'],
  // native/platform/status.h
  invalid_argument: [500, 'server_error'],
  file_unreadable: [500, 'server_error'],
  file_malformed: [500, 'server_error'],
  unsupported_model: [500, 'server_error'],
  out_of_memory: [500, 'server_error'],
  isa_unavailable: [500, 'server_error'],
  cancelled: [500, 'server_error'],
} as const satisfies Record<string, readonly [status: number, type: string]>;

export type ErrorCode = keyof typeof ERRORS;

/** An error with a code of the table. `param` names the request field that was wrong. */
export class KingletError extends Error {
  readonly code: ErrorCode;
  readonly param: string | null;
  /** Seconds after which another try may succeed (Retry-After). */
  readonly retryAfter: number | null;

  constructor(
    code: ErrorCode,
    message: string,
    options: { param?: string | null; retryAfter?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'KingletError';
    this.code = code;
    this.param = options.param ?? null;
    this.retryAfter = options.retryAfter ?? null;
  }

  get status(): number {
    return ERRORS[this.code][0];
  }

  get type(): string {
    return ERRORS[this.code][1];
  }
}

/** Whether a string is a code of the table (errors thrown by the addon carry one). */
export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERRORS, code);
}
