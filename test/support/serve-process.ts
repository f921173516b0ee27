/** `kinglet serve` as a process, on an addon that does what the test asks for. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { REFERENCE, REPOSITORY } from './reference.js';

const MODEL = fileURLToPath(new URL('gguf/smollm2.F16.gguf', REFERENCE));
/** The compiled command, or the source where the tests themselves run as source. */
const COMMAND = import.meta.url.endsWith('.ts')
  ? ['--import', 'tsx', fileURLToPath(new URL('src/cli/main.ts', REPOSITORY))]
  : [fileURLToPath(new URL('dist/src/cli/main.js', REPOSITORY))];

/**
 * An addon that draws token 5 always. `stepMs` blocks each step for so long, `loadMs` the loading;
 * `dieAtStep` ends the engine's thread.
 */
function writeAddon(folder: string, { stepMs = 0, loadMs = 0, dieAtStep = -1 }): string {
  const path = join(folder, 'addon.cjs');
  writeFileSync(
    path,
    `const block = (ms) => ms > 0 && Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    let steps = 0;
    exports.cpuInfo = () => ({ isa: 'fake', available: ['fake'], built: ['fake'] });
    const sizes = {
      weightBytes: 0, loadingBytes: 0, kvBlockBytes: 16, kvPoolBytes: 1 << 20, scratchBytes: 0,
    };
    exports.measureModel = () => sizes;
    exports.loadModel = ({ signals }) => {
      for (let i = 0; i < 100; i++) {
        block(${loadMs / 100});
        if (Atomics.load(signals, 2) !== 0) throw Object.assign(new Error('given up'), { code: 'cancelled' });
        Atomics.store(signals, 0, 10 * i);
      }
      return {
        info: {
          isa: 'fake', kernels: [], kvBlockTokens: 16, ...sizes,
          mappedBytes: 0, peakMappedBytes: 0,
          conversions: [
            { tensor: 'a', from: 'q4_k', to: 'q4_1', bytesBefore: 1024, bytesAfter: 3072 },
            { tensor: 'b', from: 'q4_k', to: 'q4_1', bytesBefore: 1024, bytesAfter: 2048 },
          ],
        },
        step: ({ counts, results }) => {
          if (steps++ === ${dieAtStep}) process.exit(3);
          block(${stepMs});
          results.drawTokens.fill(5, 0, counts[2]);
          results.drawStatus.fill(0, 0, counts[2]);
        },
        copyBlocks: () => {},
        close: () => {},
      };
    };`,
  );
  return path;
}

export class Serve {
  output = '';
  readonly exited: Promise<number | null>;

  private constructor(
    readonly child: ChildProcess,
    readonly origin: string,
  ) {
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
    this.exited = once(child, 'close').then(([code]) => code as number | null);
  }

  static async start(
    t: Test,
    flags: readonly string[] = [],
    addon: Parameters<typeof writeAddon>[1] = {},
    env: Record<string, string> = {},
  ): Promise<Serve> {
    const folder = mkdtempSync(join(tmpdir(), 'kinglet-'));
    const port = await freePort();
    const child = spawn(
      process.execPath,
      [...COMMAND, 'serve', MODEL, '--port', String(port), '--alias', 'm', ...flags],
      {
        env: { ...process.env, KINGLET_ADDON: writeAddon(folder, addon), ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    t.teardown(() => {
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true });
    });
    return new Serve(child, `http://127.0.0.1:${port}`);
  }

  async until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = performance.now() + 60_000;
    while (!(await condition())) {
      if (this.child.exitCode !== null) throw new Error(`ended before: ${what}\n${this.output}`);
      if (performance.now() > deadline) throw new Error(`never: ${what}\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  status(path: string): Promise<number> {
    return fetch(this.origin + path).then(
      (response) => response.status,
      () => 0,
    );
  }

  ready(): Promise<void> {
    return this.until('ready', async () => (await this.status('/ready')) === 200);
  }

  get port(): number {
    return Number(new URL(this.origin).port);
  }

  /** Resident memory, in MiB. */
  get memory(): number {
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024;
  }

  complete(body: object): Promise<Response> {
    return fetch(`${this.origin}/v1/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'm', prompt: [1, 2, 3], ignore_eos: true, ...body }),
    });
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
