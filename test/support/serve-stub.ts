/** `kinglet serve` as a process on an addon that does what the test asks for. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { REFERENCE } from './reference.js';
import { ServerProcess } from './server-process.js';

const MODEL = fileURLToPath(new URL('gguf/smollm2.F16.gguf', REFERENCE));
/** The name that requests call it by. */
const NAME = 'm';

export interface StubOptions {
  /** Each step blocks its thread for so long. */
  readonly stepMs?: number;
  readonly loadMs?: number;
  /** The step, from 0 on, that ends the engine's thread. */
  readonly dieAtStep?: number;
}

/** Starts the server; it is killed at the end of the test. */
export async function serveStub(
  t: Test,
  flags: readonly string[] = [],
  options: StubOptions = {},
  env: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'kinglet-'));
  const server = await ServerProcess.spawn(MODEL, ['--alias', NAME, ...flags], {
    KINGLET_ADDON: writeAddon(folder, options),
    ...env,
  });
  t.teardown(() => {
    server.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });
  return server;
}

/** Asks for a completion of three tokens that ends at max_tokens alone. */
export function complete(server: ServerProcess, body: object): Promise<Response> {
  return fetch(`${server.origin}/v1/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: NAME, prompt: [1, 2, 3], ignore_eos: true, ...body }),
  });
}

/** An addon that draws token 5 always. */
function writeAddon(
  folder: string,
  { stepMs = 0, loadMs = 0, dieAtStep = -1 }: StubOptions,
): string {
  const path = join(folder, 'addon.cjs');
  writeFileSync(
    path,
    `const block = (ms) => ms > 0 && Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    let steps = 0;
    let underWay;
    exports.cpuInfo = () => ({ isa: 'fake', available: ['fake'], built: ['fake'] });
    exports.GrammarVocabulary = class {};
    exports.Grammar = class {};
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
          pinnedThreads: 0, mappedBytes: 0, peakMappedBytes: 0, packedCache: null, stepWeightBytes: 0,
          conversions: [
            { tensor: 'a', from: 'mxfp4', to: 'q8_0', bytesBefore: 1024, bytesAfter: 3072 },
            { tensor: 'b', from: 'mxfp4', to: 'q8_0', bytesBefore: 1024, bytesAfter: 2048 },
          ],
        },
        startStep: (batch) => void (underWay = batch),
        finishStep: () => {
          const { counts, results } = underWay;
          if (steps++ === ${dieAtStep}) process.exit(3);
          block(${stepMs});
          results.drawTokens.fill(5, 0, counts[2]);
          results.drawStatus.fill(0, 0, counts[2]);
        },
        copyBlocks: () => {},
        fillKv: () => {},
        close: () => {},
      };
    };`,
  );
  return path;
}
