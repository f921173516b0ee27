/** Where logits come from. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { openModel } from '../../src/model/open-model.js';
import { loadAddon } from '../../src/native/load-addon.js';
import { REPOSITORY } from '../../test/support/reference.js';
import { ModelRunner, type RunOptions } from '../../test/support/run-model.js';
import { llamaCppFolder } from '../comparing/llama-cpp.js';

/** Texts as ids, each a sequence of its own. */
export type Passages = readonly Int32Array[];

export interface Engine {
  readonly name: string;
  /** The logits of the whole vocabulary after each token of each passage, a row at a time. */
  readonly logits: (file: string, passages: Passages) => AsyncIterable<Float32Array>;
}

const longest = (passages: Passages): number => Math.max(...passages.map(({ length }) => length));

/** Logits of a file, all rows of a passage computed in one step. */
export async function* kingletLogits(
  file: string,
  passages: Passages,
  options: RunOptions,
): AsyncGenerator<Float32Array> {
  const source = await openModel(file);
  const runner = new ModelRunner(loadAddon(), source, { ...options, context: longest(passages) });
  try {
    for (const passage of passages) {
      const logits = runner.run(passage, 0);
      for (let at = 0; at < logits.length; at += runner.vocab) {
        yield logits.subarray(at, at + runner.vocab);
      }
    }
  } finally {
    runner.close();
  }
}

export function kinglet(options: RunOptions & { readonly isa: string }): Engine {
  const kv = options.kvCacheType === 'q8' ? ', KV in q8' : '';
  return {
    name: `kinglet, ${options.isa}${kv}`,
    logits: (file, passages) => kingletLogits(file, passages, options),
  };
}

/** An engine behind a command for the shell: bench/README.md says what is asked of it. */
export function peer(name: string, command: string, threads: number): Engine {
  const shell = ['-c', `exec ${command} "$@"`, name];
  return {
    name,
    async *logits(file, passages) {
      const { vocabSize } = (await openModel(file)).spec;
      const args = [...shell, '--model', file, '--threads', String(threads)];
      // libuv's pool competes with the engine's threads for the cores.
      const env = { ...process.env, UV_THREADPOOL_SIZE: '1' };
      const child = spawn('/bin/sh', args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
      const ended = endOf(child, child.stderr);
      // Nobody waits for it where fewer rows are read.
      ended.catch(() => {});
      // What ends without reading its input is told by its exit status.
      child.stdin.on('error', () => {});
      child.stdin.end(JSON.stringify(passages.map((ids) => [...ids])));
      try {
        const left = yield* rowsOf(child.stdout, vocabSize);
        await ended;
        if (left > 0) throw new Error(`its last row has ${left} bytes`);
      } finally {
        child.kill('SIGKILL');
      }
    },
  };
}

const RUNNER = fileURLToPath(new URL('bench/peer-engines/llama-cpp-logits.mjs', REPOSITORY));

/** `modules` and `variant` are llamaCppFolder's. */
export function llamaCpp(modules: string, threads: number, variant?: string): Engine {
  const name = variant === undefined ? 'llama.cpp' : `llama.cpp (${variant})`;
  const folder = llamaCppFolder(modules, variant);
  return peer(name, `'${process.execPath}' '${RUNNER}' '${folder}'`, threads);
}

/** Rejects with what the process wrote where it fails. */
async function endOf(child: ChildProcess, stderr: Readable): Promise<void> {
  const [[status], said] = await Promise.all([
    once(child, 'close') as Promise<[number | null]>,
    text(stderr),
  ]);
  if (status !== 0) throw new Error(`it ended with status ${status}\n${said.slice(-2000)}`);
}

/** Rows of `length` floats out of a stream of bytes; returns how many bytes are left over. */
async function* rowsOf(
  stream: Readable,
  length: number,
): AsyncGenerator<Float32Array, number, undefined> {
  let row = new Float32Array(length);
  let filled = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    for (let at = 0; at < chunk.length;) {
      const bytes = new Uint8Array(row.buffer);
      const part = chunk.subarray(at, at + bytes.length - filled);
      bytes.set(part, filled);
      at += part.length;
      filled += part.length;
      if (filled < bytes.length) continue;
      yield row;
      row = new Float32Array(length);
      filled = 0;
    }
  }
  return filled;
}
