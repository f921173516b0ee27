/** The server as a user starts it: a process of its own, reached over a real socket. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { REPOSITORY } from './reference.js';

export class ServerProcess {
  readonly origin: string;
  readonly #process: ChildProcess;
  #output = '';

  private constructor(process: ChildProcess, origin: string) {
    this.#process = process;
    this.origin = origin;
    for (const stream of [process.stdout!, process.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
    }
  }

  /** Starts `kinglet serve MODEL` on a free port and waits until it is ready. */
  static async start(model: string, flags: readonly string[] = []): Promise<ServerProcess> {
    const port = await freePort();
    const main = fileURLToPath(new URL('dist/src/cli/main.js', REPOSITORY));
    const child = spawn(
      process.execPath,
      [main, 'serve', model, '--port', String(port), ...flags],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const server = new ServerProcess(child, `http://127.0.0.1:${port}`);
    for (let attempt = 0; ; attempt++) {
      if (child.exitCode !== null) throw new Error(`the server ended: ${server.output}`);
      const ready = await fetch(`${server.origin}/ready`).catch(() => null);
      if (ready?.ok === true) return server;
      if (attempt === 600) throw new Error(`the server is not ready: ${server.output}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** What it has printed so far. */
  get output(): string {
    return this.#output;
  }

  /** Bytes that the server said at its start it would take at most. */
  get memoryBound(): number {
    const line = this.#output.split('\n').find((text) => text.includes('"memoryBoundBytes":'));
    if (line === undefined) throw new Error('the server said no bound');
    return (JSON.parse(line) as { memoryBoundBytes: number }).memoryBoundBytes;
  }

  get pid(): number {
    return this.#process.pid!;
  }

  /** A sample of /metrics, such as `kinglet_num_requests_running`; labels are not looked at. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.origin}/metrics`)).text();
    const line = text.split('\n').find((l) => l.startsWith(`${name}{`) || l.startsWith(`${name} `));
    if (line === undefined) throw new Error(`no metric ${name}`);
    return Number(line.slice(line.lastIndexOf(' ') + 1));
  }

  /** SIGTERM; resolves with the exit code. */
  async stop(): Promise<number | null> {
    if (this.#process.exitCode !== null) return this.#process.exitCode;
    const exited = once(this.#process, 'exit') as Promise<[number | null]>;
    this.#process.kill('SIGTERM');
    return (await exited)[0];
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
