import { readFileSync } from 'node:fs';
import t from 'tap';
import { createChatTemplate } from '../../../src/chat/chat-template.js';
import { renderChat } from '../../../src/chat/render-chat.js';
import { KingletError } from '../../../src/errors.js';
import { chatInputOf, type ExpectedRenderings } from '../../jinja-oracle/chat-json.js';
import {
  AS_SYSTEM,
  type Conversation,
  CONVERSATIONS,
  DEVELOPER,
} from '../../jinja-oracle/conversations.js';
import { installedTemplates, shortHash } from '../../jinja-oracle/real-templates.js';
import { GOLDEN } from '../../support/reference.js';
import { RENDER_OPTIONS } from '../../support/render.js';

t.test('real templates over many conversations, as transformers renders them', async (t) => {
  const expected = JSON.parse(
    readFileSync(new URL('generated/chat-templates.json', GOLDEN), 'utf8'),
  ) as ExpectedRenderings;
  const templates = await installedTemplates();
  t.ok(templates.length >= 98);
  for (const { name, source, tokens } of templates) {
    const row = expected[shortHash(source)];
    const whole = t.equal(row?.length, CONVERSATIONS.length, `${name} has its renderings`);
    if (row === undefined || !whole) continue;
    const template = createChatTemplate({
      source,
      tokens,
      specialStrings: [],
      reasoningTags: null,
    });
    const wrong = CONVERSATIONS.flatMap((conversation, i) => {
      let text: string | null = null;
      try {
        text = renderChat(template, chatInputOf(conversation), RENDER_OPTIONS).text;
      } catch (error) {
        if (!(error instanceof KingletError)) throw error;
      }
      const want = row[expectedIndex(conversation.name, template.knowsDeveloper) ?? i]!;
      const same =
        want === null || text === null
          ? want === text || (want === null && reformed(conversation, text))
          : typeof want === 'string'
            ? shortHash(text) === want
            : text === want.text;
      return same ? [] : [{ conversation: conversation.name, text }];
    });
    t.same(wrong, [], name);
  }
});

t.test('no chat that a real template renders whole is refused', async (t) => {
  const counts = { whole: 0, refused: 0 };
  for (const { name, source, tokens } of await installedTemplates()) {
    const template = createChatTemplate({
      source,
      tokens,
      specialStrings: [],
      reasoningTags: null,
    });
    for (const conversation of CONVERSATIONS) {
      const render = (requireWhole: boolean): string | KingletError => {
        try {
          return renderChat(template, chatInputOf(conversation, requireWhole), RENDER_OPTIONS).text;
        } catch (error) {
          if (error instanceof KingletError) return error;
          throw error;
        }
      };
      const text = render(false);
      if (typeof text !== 'string') continue;
      const whole = render(true);
      if (typeof whole === 'string') {
        counts.whole++;
        if (whole !== text) t.equal(whole, text, `${name}, ${conversation.name}`);
        continue;
      }
      counts.refused++;
      const index = Number(/^messages\[(\d+)\]\.content$/.exec(whole.param ?? '')?.[1]);
      const content = conversation.messages[index]!.content.trim();
      const alone = conversation.messages.filter((m) => m.content.trim() === content).length === 1;
      // A short text, or one that another message has too, may stand there all the same.
      if (content.length >= 8 && alone && text.includes(content)) {
        t.fail(`${name}, ${conversation.name}: ${whole.message}`);
      }
    }
  }
  t.ok(counts.whole > 8000, `${counts.whole} whole`);
  t.ok(counts.refused > 500, `${counts.refused} refused`);
});

/** A developer's message is a system message to a template that doesn't know the role. */
function expectedIndex(name: string, knowsDeveloper: boolean): number | null {
  if (!name.startsWith(DEVELOPER) || knowsDeveloper) return null;
  if (name.startsWith(AS_SYSTEM)) return null;
  const asSystem = name.replace(DEVELOPER, AS_SYSTEM);
  return CONVERSATIONS.findIndex((conversation) => conversation.name === asSystem);
}

/**
 * transformers refuses to continue a message that the template changes; Kinglet continues it where
 * the change is that of its thought.
 */
function reformed({ continueFinalMessage, messages }: Conversation, text: string | null): boolean {
  const content = messages.at(-1)!.content;
  const answer = content.slice(content.lastIndexOf('</think>') + '</think>'.length);
  return continueFinalMessage === true && content !== answer && text?.endsWith(answer) === true;
}
