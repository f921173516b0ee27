/** Writes the chunks of one stream as JSON; what all of them begin with is written once. */
export class ChunkWriter {
  readonly #beginning: string;

  /** `head`: the fields that stand before `choices`, one at least. */
  constructor(head: object) {
    this.#beginning = `${JSON.stringify(head).slice(0, -1)},"choices":[`;
  }

  /** A chunk of one choice. Without `usage` it has no such field. */
  write(choice: object, usage: object | null | undefined): string {
    return this.#finish(JSON.stringify(choice), usage);
  }

  /** The chunk at the end that has token counts alone. */
  writeUsage(usage: object): string {
    return this.#finish('', usage);
  }

  /** A chunk without a choice that says how a vote stands. */
  writeVote(vote: object, usage: object | null | undefined): string {
    return this.#finish('', usage, `,"vote":${JSON.stringify(vote)}`);
  }

  #finish(choice: string, usage: object | null | undefined, more = ''): string {
    const tail = usage === undefined ? '' : `,"usage":${JSON.stringify(usage)}`;
    return `${this.#beginning}${choice}]${tail}${more}}`;
  }
}
