/**
 * Runs each attack against a server on a machine otherwise quiet, with a well-behaved client beside
 * it, and prints what that client noticed and what memory the server took: run.js MODEL SECONDS ROUNDS [PATTERN].
 */
import { execFile } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ServerProcess } from '../../test/support/server-process.js';
import { ATTACKS } from './attacks.js';
import { pause } from './client.js';
import { processMemory, resetPeak } from './process-memory.js';
import { Probes } from './probes.js';

const MODEL = 'smollm2';
const KV_MEMORY = '256M';
/** What a well-behaved client may have to wait, in milliseconds. */
const MAX_HEALTH_MS = 1500;
const MAX_CHAT_MS = 4000;

const [model, seconds, rounds, pattern = ''] = process.argv.slice(2);
if (model === undefined || seconds === undefined || rounds === undefined) {
  throw new Error('usage: run.js MODEL SECONDS ROUNDS [PATTERN]');
}
const attacker = fileURLToPath(new URL('attacker.js', import.meta.url));
const server = await ServerProcess.start(model, [
  '--served-model-name',
  MODEL,
  '--kv-memory',
  KV_MEMORY,
]);
const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(0).padStart(6);
const bound = server.memoryBound;
console.log(
  `${cpus()[0]?.model}, ${cpus().length} CPUs; the server's own bound: ${mib(bound)} MiB`,
);
console.log('/health  chat   peak  after  attack');
let failed = false;

for (const { name } of ATTACKS.filter((attack) => attack.name.includes(pattern))) {
  for (let round = 0; round < Number(rounds); round++) {
    resetPeak(server.pid);
    const probes = new Probes({ origin: server.origin, model: MODEL });
    await pause(500);
    const { stdout } = await promisify(execFile)(process.execPath, [
      attacker,
      name,
      server.origin,
      MODEL,
      seconds,
    ]);
    await pause(500);
    const report = await probes.stop();
    await pause(1000);
    const { now, peak } = processMemory(server.pid);
    const bad =
      report.health > MAX_HEALTH_MS ||
      report.chat > MAX_CHAT_MS ||
      peak > bound ||
      report.healthFailures + report.chatFailures > 0;
    failed ||= bad;
    console.log(
      `${report.health.toFixed(0).padStart(7)} ${report.chat.toFixed(0).padStart(5)} ${mib(peak)} ${mib(now)}  ` +
        `${name}: ${stdout.trim()}${bad ? '   <-- beyond a bound' : ''}` +
        (report.healthFailures + report.chatFailures > 0
          ? ` (${report.healthFailures} /health and ${report.chatFailures} chats failed)`
          : ''),
    );
  }
}
const status = await server.stop();
process.exitCode = failed || status !== 0 ? 1 : 0;
