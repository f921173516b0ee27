/** What attackers send costs no more than the server said at its start, and others get answers. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import { ATTACKS } from '../../bench/attacks/attacks.js';
import { processMemory, resetPeak } from '../../bench/attacks/process-memory.js';
import { Probes } from '../../bench/attacks/probes.js';
import { realModelPath } from '../support/real-model.js';
import { ServerProcess } from '../support/server-process.js';

const SECONDS = 2;
const ATTACKER = fileURLToPath(new URL('../../bench/attacks/attacker.js', import.meta.url));
const model = realModelPath();

t.test(
  'attacks on a real model',
  { skip: model === null ? 'the model is not here: no package registry gave it' : false },
  async (t) => {
    const flags = ['--served-model-name', 'smollm2', '--kv-memory', '192M'];
    const server = await ServerProcess.start(model, flags);
    t.teardown(() => server.stop());
    for (const { name } of ATTACKS) {
      resetPeak(server.pid);
      const probes = new Probes({ origin: server.origin, model: 'smollm2' });
      await promisify(execFile)(process.execPath, [
        ...[ATTACKER, name, server.origin, 'smollm2', String(SECONDS)],
      ]);
      const report = await probes.stop();
      const { peak } = processMemory(server.pid);
      t.ok(peak <= server.memoryBound, `${name}: ${peak} of ${server.memoryBound} bytes`);
      t.equal(report.healthFailures, 0, `${name}: /health is answered`);
      t.equal(report.chatFailures, 0, `${name}: chats are answered`);
    }
    t.equal(await server.stop(), 0, 'and it stops as it should');
  },
);
