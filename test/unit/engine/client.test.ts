import t from 'tap';
import { createInlineEngine } from '../../../src/engine/client.js';
import { createFakeAddon } from '../../../src/native/fake-addon.js';
import { collect, engineOptions, generation, noAbort } from '../../support/engine.js';

t.test('a request comes to its answer', async (t) => {
  const engine = createInlineEngine(engineOptions(), createFakeAddon());
  t.equal(engine.state, 'loading');
  await engine.ready;
  t.equal(engine.state, 'ready');
  const answer = await collect(engine.submit(generation({ maxTokens: 20 }), noAbort()));
  t.equal(answer.finishes[0], 'length');
  t.equal(answer.tokens[0].length, 20);
  t.match(answer.texts[0], /^[a-z ]{20}$/);
  t.match(answer.usage, { promptTokens: 5, completionTokens: 20 });
  await engine.close();
  t.equal(engine.state, 'stopped');
});
