/** `kinglet serve` as a user starts it: a process of its own, reached over a real socket. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { KINGLET } from './command.js';

/** How long a condition may take that a test waits for. */
const PATIENCE_MS = 60_000;

export class ServerProcess {
  readonly origin: string;
  /** In milliseconds since 1970, as the log counts. */
  readonly spawnedAt: number;
  /** The exit status; null where a signal ended it. */
  readonly exited: Promise<number | null>;
  readonly #process: ChildProcess;
  #output = '';

  constructor(process: ChildProcess, port: number, spawnedAt: number) {
    this.#process = process;
    this.spawnedAt = spawnedAt;
    this.origin = `http://127.0.0.1:${port}`;
    for (const stream of [process.stdout!, process.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
    }
    this.exited = once(process, 'close').then(([code]) => code as number | null);
  }

  /**
   * Starts `kinglet serve MODEL` on a free port, with `env` beside the environment of the test.
   * `kinglet` is the program and its first arguments. A model of null: the one that ships.
   */
  static async spawn(
    model: string | null,
    flags: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
    kinglet = KINGLET,
  ): Promise<ServerProcess> {
    const port = await freePort();
    const [command, ...args] = kinglet;
    const spawnedAt = Date.now();
    const served = model === null ? [] : [model];
    const child = spawn(command, [...args, 'serve', ...served, '--port', String(port), ...flags], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new ServerProcess(child, port, spawnedAt);
  }

  /** The same, and waits until it is ready. */
  static async start(model: string | null, flags: readonly string[] = []): Promise<ServerProcess> {
    const server = await ServerProcess.spawn(model, flags);
    await server.ready();
    return server;
  }

  /** What it has printed so far. */
  get output(): string {
    return this.#output;
  }

  get port(): number {
    return Number(new URL(this.origin).port);
  }

  get pid(): number {
    return this.#process.pid!;
  }

  /** Bytes that the server said at its start it would take at most. */
  get memoryBound(): number {
    const line = this.#output.split('\n').find((text) => text.includes('"memoryBoundBytes":'));
    if (line === undefined) throw new Error('the server said no bound');
    return (JSON.parse(line) as { memoryBoundBytes: number }).memoryBoundBytes;
  }

  async until(
    what: string,
    condition: () => boolean | Promise<boolean>,
    patienceMs = PATIENCE_MS,
  ): Promise<void> {
    const deadline = performance.now() + patienceMs;
    while (!(await condition())) {
      if (this.#process.exitCode !== null) throw new Error(`ended before: ${what}\n${this.output}`);
      if (performance.now() > deadline) throw new Error(`never: ${what}\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  ready(patienceMs?: number): Promise<void> {
    return this.until('ready', async () => (await this.status('/ready')) === 200, patienceMs);
  }

  /** The status of a GET; 0 where nobody listens. */
  status(path: string): Promise<number> {
    return fetch(this.origin + path).then(
      (response) => response.status,
      () => 0,
    );
  }

  /** A sample of /metrics, such as `kinglet_num_requests_running`; labels are not looked at. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.origin}/metrics`)).text();
    const line = text.split('\n').find((l) => l.startsWith(`${name}{`) || l.startsWith(`${name} `));
    if (line === undefined) throw new Error(`no metric ${name}`);
    return Number(line.slice(line.lastIndexOf(' ') + 1));
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** SIGTERM; resolves with the exit status. */
  stop(): Promise<number | null> {
    this.kill('SIGTERM');
    return this.exited;
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
