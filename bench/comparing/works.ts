/** What engines are measured at. */

export interface Work {
  /** As --work names it. */
  readonly name: string;
  readonly prompt: number;
  readonly generate: number;
  /** Sequences decoded together. */
  readonly batch: number;
  /** So long a prompt that Kinglet decodes after random KV, and peers compute it where that is quick. */
  readonly long: boolean;
  /** What tables call its figures; without a name for prefill that one is not shown. */
  readonly rows: { readonly prefill?: string; readonly decode: string };
}

export const WORKS: readonly Work[] = [
  {
    ...{ name: 'one', prompt: 512, generate: 128, batch: 1, long: false },
    rows: { prefill: 'prefill of 512', decode: 'decode of 128 after it' },
  },
  {
    ...{ name: '8', prompt: 128, generate: 128, batch: 8, long: false },
    rows: { decode: '8 together after 128' },
  },
  {
    ...{ name: '32', prompt: 128, generate: 128, batch: 32, long: false },
    rows: { decode: '32 together after 128' },
  },
  {
    ...{ name: '16k', prompt: 16_384, generate: 64, batch: 1, long: true },
    rows: { decode: 'decode after 16384' },
  },
];
