/** Drives the engine's loop by hand, a turn at a time, on a clock that only the fake moves. */
import { EngineLoop, type LoopPorts } from '../../src/engine/loop.js';
import type { FromEngine, RequestKey } from '../../src/engine/messages.js';
import type { EngineStats, GenerationRequest, StepReport } from '../../src/engine/types.js';
import { SIGNAL_WORDS } from '../../src/native/addon.js';
import { addEvent, emptyAnswer, type Answer, type TestEngineOptions } from './engine.js';
import { createFakeAddon, type FakeAddonOptions } from './fake-addon.js';

export class LoopDriver {
  readonly answers = new Map<RequestKey, Answer>();
  readonly reports: StepReport[] = [];
  stats: EngineStats | null = null;
  failure: string | null = null;
  /** Seconds. */
  now = 0;
  readonly #loop: EngineLoop;
  #keys = 0;

  /** `drafts`: as of the loop's ports. */
  constructor(
    options: TestEngineOptions,
    fake: FakeAddonOptions = {},
    drafts?: LoopPorts['drafts'],
  ) {
    const addon = createFakeAddon({ spend: (seconds) => (this.now += seconds), ...fake });
    const signals = new Int32Array(new SharedArrayBuffer(4 * SIGNAL_WORDS));
    this.#loop = EngineLoop.load(addon, options, signals, {
      post: (message) => this.#receive(message),
      clock: () => this.now,
      ...(drafts === undefined ? {} : { drafts }),
    });
    this.#loop.receive({ type: 'vocabulary', vocabulary: options });
  }

  submit(request: GenerationRequest): RequestKey {
    const key = ++this.#keys;
    this.answers.set(key, emptyAnswer(request.n));
    this.#loop.receive({ type: 'submit', key, request, submittedAt: this.now });
    return key;
  }

  answer(key: RequestKey): Answer {
    const answer = this.answers.get(key);
    if (answer === undefined) throw new Error(`there is no request ${key}`);
    return answer;
  }

  abort(key: RequestKey): void {
    this.#loop.receive({ type: 'abort', key });
    this.answers.delete(key);
  }

  pause(key: RequestKey, choice = 0): void {
    this.#loop.receive({ type: 'pause', key, choice });
  }

  resume(key: RequestKey, choice = 0): void {
    this.#loop.receive({ type: 'resume', key, choice });
  }

  endThoughts(key: RequestKey, choice: number | null = null): void {
    this.#loop.receive({ type: 'endThoughts', key, choice });
  }

  cancelChoices(key: RequestKey, choices: readonly number[]): void {
    this.#loop.receive({ type: 'cancelChoices', key, choices });
  }

  /** Whether there is more to do. */
  turn(): boolean {
    return this.#loop.turn();
  }

  turns(count: number): void {
    for (let i = 0; i < count; i++) this.turn();
  }

  /** Until there is no work; throws when it never ends. */
  run(most = 100_000): void {
    for (let i = 0; i < most; i++) if (!this.turn()) return;
    throw new Error(`still working after ${most} steps`);
  }

  /** One request to its end. */
  complete(request: GenerationRequest): Answer {
    const key = this.submit(request);
    this.run();
    return this.answer(key);
  }

  #receive(message: FromEngine): void {
    if (message.type === 'failed') this.failure = message.code;
    if (message.type !== 'turn') return;
    this.stats = message.stats;
    if (message.report !== null) this.reports.push(message.report);
    for (const { key, event } of message.events) {
      if (!(key <= this.#keys)) throw new Error(`an event for ${key}, which was never submitted`);
      // An aborted request's answer is gone.
      const answer = this.answers.get(key);
      if (answer !== undefined) addEvent(answer, event);
    }
  }
}

/** A request's answer with the engine to itself, plenty of blocks, no prefix cache and no drafts. */
export function answerAlone(
  options: TestEngineOptions,
  request: GenerationRequest,
  fake: FakeAddonOptions = {},
): Answer {
  const alone = { ...options, kvBlocks: 4096, prefixCaching: false, speculate: 'off' as const };
  return new LoopDriver(alone, fake).complete(request);
}

/** What must not depend on anything but the request. */
export function essence(answer: Answer): Partial<Answer> {
  const { texts, reasonings, tokens, finishes, matched, logprobs, scores, error } = answer;
  const { repetitions, thoughtEnds } = answer;
  return {
    ...{ texts, reasonings, tokens, finishes, matched, logprobs, scores, error },
    ...{ repetitions, thoughtEnds },
  };
}
