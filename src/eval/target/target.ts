/** What is evaluated: something that answers OpenAI's requests, here or elsewhere. */
export interface Target {
  /** The name under which it is asked. */
  readonly model: string;
  /**
   * What, beside requests, decides its answers, as far as it can be known: two evaluations whose
   * targets say the same may be put together.
   */
  readonly identity: Readonly<Record<string, unknown>>;
  /** Whether it computes on this machine, so that energy is its. */
  readonly isHere: boolean;

  /**
   * The JSON that a request is answered with; `path` is one of the server's, such as
   * "/v1/completions". Rejects with the KingletError that it is refused with.
   */
  post(path: string, body: object): Promise<unknown>;

  close(): Promise<void>;
}
