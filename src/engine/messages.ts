/** What the client and the engine's thread say to each other. */
import { isErrorCode, type ErrorCode } from '../errors.js';
import type { ModelInfo } from '../native/addon.js';
import type { Vocabulary } from './options.js';
import type { EngineEvent, EngineStats, GenerationRequest, StepReport } from './types.js';

/** Names a request on this channel; never used twice, so a late event can't reach another. */
export type RequestKey = number;

export interface SubmitMessage {
  readonly type: 'submit';
  readonly key: RequestKey;
  readonly request: GenerationRequest;
  /** Seconds on the engine's clock. */
  readonly submittedAt: number;
}

export type ToEngine =
  /** Once, before the first request; the model may still be loading. */
  | { readonly type: 'vocabulary'; readonly vocabulary: Vocabulary }
  | SubmitMessage
  | { readonly type: 'abort'; readonly key: RequestKey }
  /** Credit: the reader of a choice has too much to read, or has room again. */
  | { readonly type: 'pause' | 'resume'; readonly key: RequestKey; readonly choice: number }
  /** The choice, or every one, is to end its thought; one that has none goes on. */
  | { readonly type: 'endThoughts'; readonly key: RequestKey; readonly choice: number | null }
  /** Nobody needs these choices any more. */
  | {
      readonly type: 'cancelChoices';
      readonly key: RequestKey;
      readonly choices: readonly number[];
    }
  | { readonly type: 'close' };

export interface RequestEvent {
  readonly key: RequestKey;
  readonly event: EngineEvent;
}

/** Everything that one turn of the loop brought. */
export interface TurnMessage {
  readonly type: 'turn';
  readonly events: readonly RequestEvent[];
  /** Null when no step ran. */
  readonly report: StepReport | null;
  readonly stats: EngineStats;
  /** Requests taken over since the start: later ones are not in `stats` yet. */
  readonly received: number;
}

/** Loading or a step failed; nothing comes after it. */
export interface FailedMessage {
  readonly type: 'failed';
  readonly code: ErrorCode;
  readonly message: string;
}

export type FromEngine =
  { readonly type: 'ready'; readonly info: ModelInfo } | TurnMessage | FailedMessage;

/** A thrown value as a message; what has no code of its own is `engine_failed`. */
export function failure(error: unknown): FailedMessage {
  const code = (error as { code?: unknown } | null)?.code;
  const message = error instanceof Error ? error.message : String(error);
  return { type: 'failed', code: isErrorCode(code) ? code : 'engine_failed', message };
}
