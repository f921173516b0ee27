import { KingletError } from '../../errors.js';
import type { Fields } from '../fields.js';
import { answerFields } from '../target/answer-fields.js';
import type { Target } from '../target/target.js';

/**
 * The natural log-probabilities of prompts' tokens, each after those before it: one list a prompt, in
 * which the first token has none (null). Prompts are texts, to which the tokenizer adds what it adds,
 * or ids, which are taken as they are. Rejects as the target does, and with `invalid_value` where the
 * server does not echo scores.
 */
export async function echoScores(
  target: Target,
  prompts: readonly string[] | readonly (readonly number[])[],
): Promise<(number | null)[][]> {
  const body = { prompt: prompts, echo: true, logprobs: 1, max_tokens: 0, temperature: 0 };
  const answer = await answerFields(target, '/v1/completions', body);
  const choices = answer.objects('choices');
  const ordered = choices.toSorted((a, b) => a.count('index') - b.count('index'));
  if (ordered.length === prompts.length) return ordered.map(scoresOf);
  throw new KingletError(
    'invalid_value',
    `${answer.place} has ${ordered.length} choices for ${prompts.length} prompts.`,
  );
}

function scoresOf(choice: Fields): (number | null)[] {
  const name = 'token_logprobs';
  if (!choice.has('logprobs')) throw notEchoed(choice);
  const scores = choice.object('logprobs');
  const [first, ...others] = scores.list(name);
  if (first === undefined) throw notEchoed(choice);
  const known = others.map((score) => {
    if (typeof score !== 'number' || score > 1e-3)
      throw scores.wrong(name, 'logarithms behind the first');
    return score;
  });
  return [null, ...known];
}

function notEchoed({ place }: Fields): KingletError {
  return new KingletError(
    'unsupported_parameter',
    `${place} has no log-probabilities of the prompt: the server must take "echo" together with ` +
      '"logprobs".',
  );
}
