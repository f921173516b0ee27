import { chatBody, pause, post, type Outcome, type Target } from './client.js';

/** How long the slowest answers took that a well-behaved client got meanwhile, in milliseconds. */
export interface ProbeReport {
  readonly health: number;
  readonly chat: number;
  readonly healthFailures: number;
  readonly chatFailures: number;
}

/** Asks for /health ten times a second, on a new connection each, and for a one-token chat without a break. */
export class Probes {
  readonly #target: Target;
  #stopped = false;
  #health = 0;
  #chat = 0;
  #healthFailures = 0;
  #chatFailures = 0;
  readonly #work: Promise<void>[];

  constructor(target: Target) {
    this.#target = target;
    this.#work = [this.#askHealth(), this.#askChat()];
  }

  async stop(): Promise<ProbeReport> {
    this.#stopped = true;
    await Promise.all(this.#work);
    return {
      health: this.#health,
      chat: this.#chat,
      healthFailures: this.#healthFailures,
      chatFailures: this.#chatFailures,
    };
  }

  /** Tries again after Retry-After, as the official clients do, twice at most. */
  async #chatOnce(content: string): Promise<Outcome> {
    const body = chatBody(this.#target.model, content);
    for (let retries = 2; ; retries--) {
      const outcome = await post(this.#target, '/v1/chat/completions', body);
      if (outcome.retryAfter === null || retries === 0) return outcome;
      await pause(outcome.retryAfter * 1000);
    }
  }

  async #askHealth(): Promise<void> {
    while (!this.#stopped) {
      const started = performance.now();
      const ok = await fetch(`${this.#target.origin}/health`, {
        headers: { connection: 'close' },
        signal: AbortSignal.timeout(60_000),
      }).then(
        async (answer) => (await answer.text(), answer.ok),
        () => false,
      );
      const took = performance.now() - started;
      this.#health = Math.max(this.#health, took);
      if (!ok) this.#healthFailures++;
      await pause(Math.max(0, 100 - took));
    }
  }

  async #askChat(): Promise<void> {
    for (let i = 0; !this.#stopped; i++) {
      const started = performance.now();
      const { status } = await this.#chatOnce(`Say a number. (${i})`);
      this.#chat = Math.max(this.#chat, performance.now() - started);
      if (status !== 200) this.#chatFailures++;
      await pause(20);
    }
  }
}
