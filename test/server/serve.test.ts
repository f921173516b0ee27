/** `kinglet serve` as a process, on an addon that does what the test asks for. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { REFERENCE, REPOSITORY } from '../support/reference.js';

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
    exports.loadModel = ({ signals }) => {
      for (let i = 0; i < 100; i++) {
        block(${loadMs / 100});
        if (Atomics.load(signals, 2) !== 0) throw Object.assign(new Error('given up'), { code: 'cancelled' });
        Atomics.store(signals, 0, 10 * i);
      }
      return {
        info: {
          isa: 'fake', kernels: [], kvBlockTokens: 16, kvBlockBytes: 1, weightBytes: 0,
          scratchBytes: 0,
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

class Serve {
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

t.test('it listens first, then loads, tells what it decided, and ends at SIGTERM', async (t) => {
  const server = await Serve.start(t, [], { loadMs: 1500 });
  await server.until('listening', async () => (await server.status('/health')) === 200);
  t.equal(await server.status('/ready'), 503);
  t.equal(await server.status('/v1/models'), 503);
  await server.ready();
  t.match(server.output, /KV cache: .* a token/, 'the memory arithmetic');
  t.match(server.output, /pool: \d+ blocks of 16 tokens/);
  t.match(server.output, /threads: \d+/);
  t.match(server.output, /loading: \d+ %/);
  t.match(server.output, /converted 2 tensors from q4_k to q4_1, \+3 KiB: a, b/);
  t.equal((await server.complete({ max_tokens: 4 })).status, 200);
  server.child.kill('SIGTERM');
  t.equal(await server.exited, 0);
  for (const line of server.output.trim().split('\n')) t.doesNotThrow(() => JSON.parse(line), line);
});

t.test('SIGTERM lets a stream finish within the grace period', async (t) => {
  const server = await Serve.start(t, ['--grace-period', '60'], { stepMs: 20 });
  await server.ready();
  const response = await server.complete({ max_tokens: 40, stream: true });
  server.child.kill('SIGTERM');
  await server.until('draining', () => server.output.includes('finishing within 60 s'));
  t.equal(await server.status('/health'), 200, 'new connections are told what happens');
  t.equal(await server.status('/ready'), 503);
  for (const refused of [
    await server.complete({ max_tokens: 1 }),
    await server.complete({ nonsense: 1 }),
    await fetch(`${server.origin}/v1/models`),
  ]) {
    t.equal(refused.status, 503);
    t.match(refused.headers.get('retry-after'), /^\d+$/);
    t.equal(refused.headers.get('connection'), 'close');
    t.match(await refused.json(), { error: { code: 'shutting_down' } });
  }
  t.equal(await server.status('/v1/nothing'), 404);
  const text = await response.text();
  t.match(text, /"finish_reason":"length"/);
  t.match(text, '[DONE]');
  t.equal(await server.exited, 0);
  t.equal(await server.status('/health'), 0, 'nobody listens any more');
});

t.test('after the grace period what runs is told so, and the exit is still clean', async (t) => {
  const server = await Serve.start(t, ['--grace-period', '0'], { stepMs: 50 });
  await server.ready();
  const response = await server.complete({ max_tokens: 8000, stream: true });
  server.child.kill('SIGINT');
  const text = await response.text();
  t.match(text, /"code":"shutting_down"/);
  t.notMatch(text, '[DONE]');
  t.equal(await server.exited, 0);
});

t.test('a second signal stops at once', async (t) => {
  const server = await Serve.start(t, ['--grace-period', '600'], { stepMs: 50 });
  await server.ready();
  const response = await server.complete({ max_tokens: 8000, stream: true });
  server.child.kill('SIGTERM');
  await server.until('draining', () => server.output.includes('finishing within'));
  server.child.kill('SIGTERM');
  t.equal(await server.exited, 1);
  await response.text().catch(() => {});
});

t.test('a signal while it loads ends it', async (t) => {
  const server = await Serve.start(t, [], { loadMs: 60_000 });
  await server.until('loading', () => server.output.includes('pool:'));
  await server.until('listening', async () => (await server.status('/health')) === 200);
  server.child.kill('SIGTERM');
  t.equal(await server.exited, 0);
});

t.test('health answers while a step takes long', async (t) => {
  const server = await Serve.start(t, [], { stepMs: 3000 });
  await server.ready();
  const answer = server.complete({ max_tokens: 1 });
  await server.until('running', async () =>
    (await (await fetch(`${server.origin}/metrics`)).text()).includes('kinglet_'),
  );
  const before = performance.now();
  for (let i = 0; i < 5; i++) t.equal(await server.status('/health'), 200);
  t.ok(performance.now() - before < 2500, 'it does not wait for the step');
  t.equal((await answer).status, 200);
});

t.test('when the engine’s thread dies, requests get a 500 and the exit is not 0', async (t) => {
  const server = await Serve.start(t, [], { dieAtStep: 5 });
  await server.ready();
  const response = await server.complete({ max_tokens: 100 });
  t.equal(response.status, 500);
  t.match(await response.json(), { error: { code: 'engine_failed' } });
  t.equal(await server.exited, 1);
  t.match(server.output, /the engine has failed/);
});

t.test('what cannot be started says why', async (t) => {
  const open = await Serve.start(t, ['--host', '0.0.0.0']);
  t.equal(await open.exited, 1);
  t.match(open.output, /--host 0\.0\.0\.0.*--api-key.*--insecure/s);
  const keyed = await Serve.start(t, ['--host', '0.0.0.0'], {}, { KINGLET_API_KEY: 'secret' });
  await keyed.until('listening', () => keyed.output.includes('listens on'));
  const long = await Serve.start(t, ['--max-model-len', '99999999']);
  t.equal(await long.exited, 1);
  t.match(long.output, /--max-model-len 99999999 is more than the model's context/);
  const flag = await Serve.start(t, ['--threads', 'many']);
  t.equal(await flag.exited, 1);
  t.match(flag.output, /--threads: expected an integer/);
  const unknown = await Serve.start(t, ['--no-such-flag']);
  t.equal(await unknown.exited, 1);
  t.match(unknown.output, /--no-such-flag/);
  const taken = await Serve.start(t, ['--port', new URL(keyed.origin).port]);
  t.equal(await taken.exited, 1);
  t.match(taken.output, /EADDRINUSE/);
  const addon = await Serve.start(t, [], {}, { KINGLET_ADDON: '/nowhere/kinglet.node' });
  t.equal(await addon.exited, 1);
  t.match(addon.output, /KINGLET_ADDON/);
});
