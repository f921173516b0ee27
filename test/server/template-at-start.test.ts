/** What the log says of a template that can't be rendered, on the tiny checkpoint. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { REFERENCE } from '../support/reference.js';
import { ServerProcess } from '../support/server-process.js';

const CHECKPOINT = fileURLToPath(new URL('checkpoints/smollm2', REFERENCE));

t.test('a template that cannot be parsed: told at the start, refused in chats', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'kinglet-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const model = join(folder, 'model');
  cpSync(CHECKPOINT, model, { recursive: true });
  writeFileSync(
    join(model, 'chat_template.jinja'),
    '{{ bos_token }}\n{{ messages|no_such_filter }}',
  );
  const server = await ServerProcess.start(model, ['--alias', 'm']);
  t.teardown(() => server.stop());
  const words = /the chat template cannot be parsed: line 2: .*no_such_filter/;
  t.match(server.output, words);
  const post = (path: string, body: object): Promise<Response> =>
    fetch(server.origin + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'm', max_tokens: 1, ...body }),
    });
  const chat = await post('/v1/chat/completions', { messages: [{ role: 'user', content: 'Hi' }] });
  t.equal(chat.status, 400);
  const { error } = (await chat.json()) as { error: { code: string; message: string } };
  t.equal(error.code, 'template_failed');
  t.match(error.message, words);
  t.equal((await post('/v1/completions', { prompt: 'Hi' })).status, 200, 'all else works');
});
