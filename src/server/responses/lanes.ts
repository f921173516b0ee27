import { KingletError } from '../../errors.js';
import { queueFull } from '../../errors/availability.js';

const MAX_LANES = 32;
export const MAX_IN_FLIGHT = 16;
/** Requests of one connection that wait for their turn, and their bytes together. */
const MAX_WAITING = 256;
const MAX_WAITING_BYTES = 8 * 2 ** 20;

export const MAX_NAME_CHARACTERS = 256;

const LANE_NAME = new RegExp(`^[A-Za-z0-9_.-]{1,${MAX_NAME_CHARACTERS}}$`);

interface Job {
  readonly bytes: number;
  readonly run: () => Promise<void>;
}

/** A lane with work. */
interface Lane {
  readonly name: string | undefined;
  /** Behind the running one. */
  readonly waiting: Job[];
}

/**
 * The order of work on one connection: in turn within a lane, side by side across lanes, at most
 * MAX_IN_FLIGHT at once. The lane without a name is not counted among MAX_LANES.
 */
export class Lanes {
  readonly #names = new Set<string>();
  readonly #lanes = new Map<string | undefined, Lane>();
  /** Lanes whose next job may start when another lane's ends. */
  readonly #startable: Lane[] = [];
  #running = 0;
  #waiting = 0;
  #waitingBytes = 0;
  #idleListener: (() => void) | null = null;

  /** No job runs or waits. */
  get idle(): boolean {
    return this.#running === 0 && this.#waiting === 0;
  }

  /** Calls `listener` once, when no job runs or waits; at once where that is so. */
  whenIdle(listener: () => void): void {
    if (this.idle) listener();
    else this.#idleListener = listener;
  }

  /**
   * Takes a lane's name into use. Throws `invalid_stream_id`, or `websocket_stream_limit_reached`
   * for one name too many.
   */
  open(name: string | undefined): void {
    if (name === undefined || this.#names.has(name)) return;
    if (!LANE_NAME.test(name)) {
      throw new KingletError(
        'invalid_stream_id',
        `stream_id must be 1 to ${MAX_NAME_CHARACTERS} characters, each a letter, a digit or one of _ . -`,
        { param: 'stream_id' },
      );
    }
    if (this.#names.size >= MAX_LANES) {
      throw new KingletError(
        'websocket_stream_limit_reached',
        `This connection has used ${MAX_LANES} values of stream_id, its limit. Use one of them again or open another connection.`,
        { param: 'stream_id' },
      );
    }
    this.#names.add(name);
  }

  /**
   * Calls `run` when its turn comes; it must not reject. `bytes` is what it holds while it waits. A
   * request whose turn it is runs before this returns. Throws `queue_full`.
   */
  submit(name: string | undefined, bytes: number, run: () => Promise<void>): void {
    const full =
      this.#waiting >= MAX_WAITING ||
      (this.#waiting > 0 && this.#waitingBytes + bytes > MAX_WAITING_BYTES);
    if (full) {
      throw queueFull(
        `${this.#waiting} requests of ${this.#waitingBytes} bytes wait on this connection.`,
        1,
        'Send more when some are answered.',
      );
    }
    const job = { bytes, run };
    this.#waiting++;
    this.#waitingBytes += bytes;
    const busy = this.#lanes.get(name);
    if (busy === undefined) {
      const lane = { name, waiting: [job] };
      this.#lanes.set(name, lane);
      this.#startable.push(lane);
    } else {
      busy.waiting.push(job);
    }
    this.#startNext();
  }

  #startNext(): void {
    while (this.#running < MAX_IN_FLIGHT) {
      const lane = this.#startable.shift();
      const job = lane?.waiting.shift();
      if (lane === undefined || job === undefined) return;
      this.#waiting--;
      this.#waitingBytes -= job.bytes;
      this.#running++;
      void job.run().finally(() => {
        this.#running--;
        if (lane.waiting.length > 0) this.#startable.push(lane);
        else this.#lanes.delete(lane.name);
        this.#startNext();
        if (this.idle) this.#idleListener?.();
      });
    }
  }
}
