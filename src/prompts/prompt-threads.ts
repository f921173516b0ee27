import { clientGone, queueFull, shuttingDown } from '../errors/availability.js';
import type { PromptJob, PromptResult, PromptSetup, ResultOf } from './jobs.js';
import { BYTES_PER_SECOND, LaneQueue } from './lane-queue.js';
import { PromptThread } from './prompt-thread.js';

/** Jobs of at most this many bytes have a lane of their own. */
const SHORT_BYTES = 64 * 1024;
/** What a message costs beside its text: templates run a dozen steps for each. */
export const MESSAGE_BYTES = 512;
/** Jobs that may wait in a lane, however short. */
const MAX_JOBS = 4096;

export const LANES = ['short', 'long'] as const;
export type LaneName = (typeof LANES)[number];

interface Lane {
  readonly queue: LaneQueue<Waiting>;
  readonly thread: PromptThread;
  busy: boolean;
}

interface Waiting {
  readonly job: PromptJob;
  readonly signal: AbortSignal;
  readonly resolve: (result: PromptResult) => void;
  readonly reject: (error: unknown) => void;
  /** Takes the listener off the signal, which may live far longer than the job. */
  detach: () => void;
}

/** What waits in a lane. */
export interface LaneStats {
  readonly requests: number;
  readonly bytes: number;
  /** Since the start. */
  readonly refused: number;
}

/**
 * Renders chats and makes texts into ids off the event loop, in two threads: one for short jobs, so
 * that nobody's few words wait for another's megabytes, and one for the rest, grammars among them:
 * however short, one may take seconds. Jobs wait for `begin`.
 */
export class PromptThreads {
  readonly #lanes: Readonly<Record<LaneName, Lane>>;
  readonly #refused: Record<LaneName, number> = { short: 0, long: 0 };
  #setUp: (setup: PromptSetup) => void = () => undefined;

  /** `maxQueuedBytes`: text that may wait in each lane. */
  constructor(maxQueuedBytes: number) {
    const setup = new Promise<PromptSetup>((resolve) => (this.#setUp = resolve));
    const lane = (): Lane => ({
      queue: new LaneQueue(maxQueuedBytes, MAX_JOBS),
      thread: new PromptThread(setup),
      busy: false,
    });
    this.#lanes = { short: lane(), long: lane() };
  }

  /**
   * Starts the thread for short jobs ahead of the first one, before or after `begin`, and waits until
   * it can run one. Long jobs are rare, and take far longer than their thread's start.
   */
  start(): Promise<void> {
    return this.#lanes.short.thread.start();
  }

  /** Gives the threads what they make prompts with, once. */
  begin(setup: PromptSetup): void {
    this.#setUp(setup);
  }

  /**
   * Runs a job when its turn comes; `bytes` is what it weighs. Throws `queue_full` at once where
   * too much waits, else what the job throws; an aborted signal takes it out of the queue or ends it
   * within milliseconds.
   */
  run<Job extends PromptJob>(job: Job, bytes: number, signal: AbortSignal): Promise<ResultOf<Job>> {
    const name = bytes <= SHORT_BYTES && !takesItsTime(job) ? 'short' : 'long';
    const lane = this.#lanes[name];
    if (lane.busy && !lane.queue.hasRoomFor(bytes)) {
      this.#refused[name]++;
      throw queueFull(
        `Prompts of ${lane.queue.bytes} bytes wait to be tokenized already.`,
        Math.ceil(lane.queue.bytes / BYTES_PER_SECOND),
      );
    }
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        job,
        signal,
        resolve: resolve as Waiting['resolve'],
        reject,
        detach: () => {},
      };
      if (!lane.busy) {
        void this.#work(lane, waiting);
        return;
      }
      const gone = (): void => {
        if (!lane.queue.remove(waiting)) return;
        reject(clientGone());
      };
      signal.addEventListener('abort', gone, { once: true });
      waiting.detach = () => signal.removeEventListener('abort', gone);
      lane.queue.push(waiting, bytes, performance.now());
    });
  }

  stats(name: LaneName): LaneStats {
    const { queue } = this.#lanes[name];
    return { requests: queue.length, bytes: queue.bytes, refused: this.#refused[name] };
  }

  /** Ends the threads; what runs or waits fails with `shutting_down`. */
  async close(): Promise<void> {
    for (const name of LANES) {
      for (const { reject } of this.#lanes[name].queue.drain()) {
        reject(shuttingDown());
      }
    }
    await Promise.all(LANES.map((name) => this.#lanes[name].thread.close()));
  }

  /** Runs a job, then those that wait, until none does. */
  async #work(lane: Lane, first: Waiting): Promise<void> {
    lane.busy = true;
    for (let next: Waiting | undefined = first; next !== undefined; next = lane.queue.shift()) {
      const { job, signal, resolve, reject, detach } = next;
      detach();
      await lane.thread.run(job, signal).then(resolve, reject);
    }
    lane.busy = false;
  }
}

/** What a client wrote decides how long it takes, more than how much it is. */
function takesItsTime(job: PromptJob): boolean {
  return job.kind === 'grammar' || (job.kind === 'answer' && job.rule.type === 'regex');
}
