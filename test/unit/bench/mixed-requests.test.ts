import t from 'tap';
import { RequestMix, type HttpRequest } from '../../../bench/serving/mixed-requests.js';

interface Body {
  readonly messages?: readonly { readonly content: string }[];
  readonly prompt?: string;
  readonly stream?: boolean;
  readonly max_tokens?: number;
}

t.test('a thousand requests are of every kind, in their shares', async (t) => {
  const mix = new RequestMix({ words: 100, tokens: 100, tokensPerWord: 1 });
  const requests = Array.from({ length: 1000 }, (_, i) => mix.at(i));
  const sockets = requests.filter((request) => request.kind === 'websocket');
  t.equal(sockets.length, 60);
  const http = requests.filter((request): request is HttpRequest => request.kind === 'http');
  const count = (matches: (request: HttpRequest) => boolean): number => http.filter(matches).length;
  t.equal(
    count(({ expected }) => expected !== 200),
    60,
  );
  t.equal(
    count(({ expected }) => expected === 404),
    6,
  );
  t.equal(
    count(({ path }) => path === '/tokenize'),
    50,
  );
  t.equal(
    count(({ path }) => path === '/detokenize'),
    40,
  );
  t.equal(
    count(({ leaves }) => leaves === 'first piece'),
    50,
  );
  t.equal(
    count(({ leaves }) => typeof leaves === 'number'),
    30,
  );
  for (const words of ['"stop":', '"logprobs":', '"n":', '"echo":true', '"stream":true']) {
    t.ok(count(({ body }) => body.includes(words)) > 10, words);
  }
});

t.test('prompts and answers have the lengths that were promised', async (t) => {
  const mix = new RequestMix({ words: 100, tokens: 150, tokensPerWord: 1.5 });
  const bodies = Array.from({ length: 2000 }, (_, i) => mix.at(i))
    .filter((request): request is HttpRequest => request.kind === 'http')
    .filter(({ expected, path }) => expected === 200 && path !== '/detokenize')
    .map(({ body }) => JSON.parse(body) as Body);
  const lengths = bodies.map(({ prompt, messages }) => {
    const text = prompt ?? messages?.at(-1)?.content ?? '';
    return text.split(' ').length * 1.5;
  });
  t.ok(Math.min(...lengths) >= 3 && Math.min(...lengths) < 8, `${Math.min(...lengths)}`);
  t.ok(Math.max(...lengths) > 900 && Math.max(...lengths) <= 1003, `${Math.max(...lengths)}`);
  const answers = bodies.map(({ max_tokens: most }) => most).filter((most) => most !== undefined);
  t.equal(Math.min(...answers), 1);
  t.equal(Math.max(...answers), 32);
});
