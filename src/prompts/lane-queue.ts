/** A job that waits, and what it will cost. */
interface Waiting<Job> {
  readonly job: Job;
  readonly bytes: number;
  /** Jobs are taken in the order of this time. */
  readonly due: number;
}

/** Bytes of text that a thread gets through in a second, roughly, on a small machine. */
export const BYTES_PER_SECOND = 2 ** 20;

/**
 * What waits for one thread: bounded in bytes and in jobs. A job is due when it came plus the time
 * that it will take, so that a short one passes long ones that came just before it, and a long one
 * is passed for no longer than it takes itself.
 */
export class LaneQueue<Job> {
  readonly #waiting: Waiting<Job>[] = [];
  #bytes = 0;

  constructor(
    readonly maxBytes: number,
    readonly maxJobs: number,
  ) {}

  get length(): number {
    return this.#waiting.length;
  }

  /** Of all that waits. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether a job of `bytes` bytes may wait too; a lone one may, whatever its size. */
  hasRoomFor(bytes: number): boolean {
    if (this.#waiting.length === 0) return true;
    return this.#waiting.length < this.maxJobs && this.#bytes + bytes <= this.maxBytes;
  }

  /** `now` in milliseconds, from a clock that doesn't go back. */
  push(job: Job, bytes: number, now: number): void {
    const entry = { job, bytes, due: now + (1000 * bytes) / BYTES_PER_SECOND };
    const before = this.#waiting.findLastIndex(({ due }) => due <= entry.due);
    this.#waiting.splice(before + 1, 0, entry);
    this.#bytes += bytes;
  }

  /** The job that is due first. */
  shift(): Job | undefined {
    const entry = this.#waiting.shift();
    if (entry !== undefined) this.#bytes -= entry.bytes;
    return entry?.job;
  }

  /** Takes a job out again; false where it doesn't wait any more. */
  remove(job: Job): boolean {
    const at = this.#waiting.findIndex((entry) => entry.job === job);
    if (at < 0) return false;
    for (const { bytes } of this.#waiting.splice(at, 1)) this.#bytes -= bytes;
    return true;
  }

  /** Empties the queue. */
  drain(): Job[] {
    this.#bytes = 0;
    return this.#waiting.splice(0).map(({ job }) => job);
  }
}
