import type { ChoiceDelta, EngineRun } from '../../engine/types.js';
import { KingletError } from '../../errors.js';

/** What can be asked of a generation while it runs. It knows which of its choices think, as far as its events were read. */
export class Steering {
  readonly #run: EngineRun;
  readonly #thinking = new Set<number>();

  /** `open`: the prompt has opened the thought of each of the `n` choices. */
  constructor(run: EngineRun, n: number, open: boolean) {
    this.#run = run;
    if (open) for (let choice = 0; choice < n; choice++) this.#thinking.add(choice);
  }

  note({ choice, reasoning, thoughtEnd, finish }: ChoiceDelta): void {
    if (thoughtEnd !== null || finish !== null) this.#thinking.delete(choice);
    else if (reasoning !== '') this.#thinking.add(choice);
  }

  /** Has a choice, or all that think, end their thoughts; which those are. Throws `not_thinking`. */
  endThoughts(choice: number | null): number[] {
    const ended = [...this.#thinking].filter((each) => choice === null || each === choice);
    if (ended.length === 0) {
      const what = choice === null ? 'No choice of this answer' : `Choice ${choice} of this answer`;
      throw new KingletError('not_thinking', `${what} is thinking now.`);
    }
    for (const each of ended) this.#run.endThoughts(each);
    return ended.sort((a, b) => a - b);
  }

  cancelChoices(choices: readonly number[]): void {
    this.#run.cancelChoices(choices);
  }
}
