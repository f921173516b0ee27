import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Writable } from 'node:stream';
import { REPOSITORY } from '../support/reference.js';

/** JSON source text instead of values: numbers and keys reach Python as they are written. */
interface OracleRequest {
  readonly template: string;
  readonly contextJson?: string;
  readonly chatJson?: string;
}

export type OracleAnswer =
  { readonly text: string } | { readonly error: string } | { readonly skip: string };

/** transformers in a Python process that answers requests in their order. */
export class Oracle {
  readonly #child: ChildProcess;
  readonly #waiting: {
    readonly resolve: (answer: OracleAnswer) => void;
    readonly reject: (error: Error) => void;
  }[] = [];

  /** `python` has the packages of requirements.txt. */
  constructor(python: string) {
    const script = new URL('test/jinja-oracle/oracle.py', REPOSITORY).pathname;
    this.#child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      this.#waiting.shift()!.resolve(JSON.parse(line) as OracleAnswer);
    });
    this.#child.on('error', (error) => this.#fail(error));
    this.#child.on('exit', (code) => this.#fail(new Error(`oracle.py ended with ${code}`)));
  }

  ask({ template, contextJson, chatJson }: OracleRequest): Promise<OracleAnswer> {
    const what = chatJson === undefined ? `"context":${contextJson}` : `"chat":${chatJson}`;
    const line = `{"template":${JSON.stringify(template)},${what}}`.replace(/\n/g, ' ');
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      (this.#child.stdin as Writable).write(`${line}\n`);
    });
  }

  close(): void {
    this.#child.stdin!.end();
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
