/** What the package ships: all of src in a few files (npm run bundle), as users run it. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import { VERSION } from '../../src/version.js';
import { REFERENCE, REPOSITORY } from '../support/reference.js';
import { ServerProcess } from '../support/server-process.js';

const FOLDER = new URL('dist/bundle/', REPOSITORY);
const MAIN = fileURLToPath(new URL('main.js', FOLDER));
const MODEL = fileURLToPath(new URL('gguf/smollm2.F16.gguf', REFERENCE));
const run = promisify(execFile);

t.ok(existsSync(MAIN), 'npm run bundle has made it');

t.test('it holds the program, its threads, and no file of a package', async (t) => {
  const files = readdirSync(FOLDER);
  for (const entry of ['main.js', 'worker.js', 'prompt-worker.js']) t.ok(files.includes(entry));
  t.ok(files.length < 50, `${files.length} files`);
  for (const file of files) {
    t.notMatch(readFileSync(new URL(file, FOLDER), 'utf8'), /^\/\/ node_modules\//m, file);
  }
});

t.test('it knows its version, reads a model and tells an error', async (t) => {
  const kinglet = (...args: string[]) => run(process.execPath, [MAIN, ...args]);
  t.equal((await kinglet('--version')).stdout.trim(), VERSION);
  t.match((await kinglet('inspect', MODEL)).stdout, /llama/);
  await t.rejects(kinglet('serve', '/nowhere.gguf'), {
    code: 1,
    stderr: /^kinglet: \/nowhere\.gguf: cannot be read/,
  });
});

t.test('it serves: threads for engine and prompts start, and a chat is answered', async (t) => {
  const server = await ServerProcess.spawn(MODEL, ['--alias', 'm'], {}, [process.execPath, MAIN]);
  t.teardown(() => server.kill('SIGKILL'));
  await server.ready();
  const response = await fetch(`${server.origin}/v1/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'm', prompt: 'Once', max_tokens: 4, ignore_eos: true }),
  });
  t.equal(response.status, 200);
  t.match(await response.json(), { usage: { completion_tokens: 4 } });
  server.kill('SIGTERM');
  t.equal(await server.exited, 0);
});
