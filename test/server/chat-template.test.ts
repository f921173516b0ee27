import t from 'tap';
import { byteTokenizer } from '../support/byte-tokenizer.js';
import { MODEL, testServer } from '../support/test-server.js';

/** Writes users and the first system message, as many checkpoints' templates do. */
const TEMPLATE =
  "{% if messages[0].role == 'system' %}S:{{ messages[0].content }}\n{% endif %}" +
  "{% for m in messages %}{% if m.role == 'user' %}U:{{ m.content }}\n{% endif %}{% endfor %}";

t.test(
  'a message that the prompt lacks is a 400 where an answer is made, and only there',
  async (t) => {
    const server = await testServer(t, { tokenizer: byteTokenizer(TEMPLATE) });
    const post = (url: string, messages: object[]) =>
      server.app.inject({ method: 'POST', url, payload: { model: MODEL, messages } });
    const whole = [
      { role: 'developer', content: 'Be kind.' },
      { role: 'user', content: 'hi' },
    ];
    const lacking = [
      ...whole,
      { role: 'system', content: 'Say hi.' },
      { role: 'user', content: 'hi' },
    ];

    t.equal((await post('/v1/chat/completions', whole)).statusCode, 200);
    const refused = await post('/v1/chat/completions', lacking);
    t.equal(refused.statusCode, 400);
    t.match(refused.json(), { error: { code: 'invalid_value', param: 'messages[2].content' } });
    const shown = await post('/tokenize', lacking);
    t.equal(shown.statusCode, 200);
    const { tokens } = shown.json<{ tokens: number[] }>();
    t.equal(Buffer.from(tokens).toString(), 'S:Be kind.\nU:hi\nU:hi\n');
  },
);
