/**
 * Compares real templates over all conversations with transformers, and tells which chats would be
 * refused because a message is missing in the prompt:
 *
 *   node dist/test/jinja-oracle/compare-real.js PYTHON [FOLDER…]
 *
 * Folders hold *.jinja, or tokenizer_config.json and its like; without one, the installed packages'.
 */
import { createChatTemplate } from '../../src/chat/chat-template.js';
import { findReasoningTags } from '../../src/chat/reasoning-tags.js';
import { renderChat } from '../../src/chat/render-chat.js';
import { KingletError } from '../../src/errors.js';
import { RENDER_OPTIONS } from '../support/render.js';
import { chatInputOf, chatJson } from './chat-json.js';
import { type Conversation, CONVERSATIONS } from './conversations.js';
import { Oracle, type OracleAnswer } from './oracle-process.js';
import { installedTemplates, type RealTemplate, templatesOf } from './real-templates.js';

const [python = 'python3', ...folders] = process.argv.slice(2);
const oracle = new Oracle(python);
const counts = { templates: 0, text: 0, raises: 0, disagreements: 0, refused: 0 };

/** Rendered by Kinglet: the text, or the words of its error. */
function own(
  { source, tokens }: RealTemplate,
  conversation: Conversation,
  requireWhole: boolean,
): OracleAnswer & { param?: string | null } {
  const reasoningTags = findReasoningTags({ chatTemplate: source, idOf: () => null });
  try {
    const template = createChatTemplate({ source, tokens, specialStrings: [], reasoningTags });
    return renderChat(template, chatInputOf(conversation, requireWhole), RENDER_OPTIONS);
  } catch (error) {
    if (!(error instanceof KingletError)) throw error;
    return { error: error.message, param: error.param };
  }
}

/** Kinglet gives a developer's message as a system message to templates that don't know the role. */
function asRendered({ source }: RealTemplate, conversation: Conversation): Conversation {
  if (/["']developer["']/.test(source)) return conversation;
  const messages = conversation.messages.map((message) =>
    message.role === 'developer' ? { ...message, role: 'system' } : message,
  );
  return { ...conversation, messages };
}

async function compare(template: RealTemplate, conversation: Conversation): Promise<void> {
  const expected = await oracle.ask({
    template: template.source,
    chatJson: chatJson(asRendered(template, conversation), template.tokens),
  });
  const answer = own(template, conversation, false);
  const where = `${template.name}, ${conversation.name}`;
  if ('text' in expected && 'text' in answer && expected.text === answer.text) counts.text++;
  else if (!('text' in expected) && !('text' in answer)) counts.raises++;
  else {
    counts.disagreements++;
    console.log(
      `${where}:\n  transformers ${JSON.stringify(expected)}\n  kinglet      ${JSON.stringify(answer)}`,
    );
  }
  if (!('text' in answer)) return;
  const whole = own(template, conversation, true);
  if ('text' in whole) return;
  counts.refused++;
  console.log(`${where}: ${'error' in whole ? whole.error : ''}`);
}

for (const template of folders.length === 0
  ? await installedTemplates()
  : folders.flatMap(templatesOf)) {
  counts.templates++;
  await Promise.all(CONVERSATIONS.map((conversation) => compare(template, conversation)));
}
oracle.close();
console.log(
  `${counts.templates} templates over ${CONVERSATIONS.length} conversations: ${counts.text} the same ` +
    `text, ${counts.raises} raise on both sides, ${counts.disagreements} disagreements; ` +
    `${counts.refused} chats refused for a message that is missing`,
);
process.exitCode = counts.disagreements === 0 ? 0 : 1;
