import { Type, type Static } from './type.js';
import { templateFields } from './chat-completion.js';
import { CLOSED, modelName, switchField, tokenId } from './fields.js';
import { Message } from './messages.js';
import { chatTools } from './tools.js';

/** The body of POST /tokenize: a text, or messages that are rendered first. vLLM's shape. */
export const TokenizeBody = Type.Object(
  {
    model: modelName(),
    prompt: Type.Optional(Type.String()),
    messages: Type.Optional(Type.Array(Message, { minItems: 1 })),
    add_special_tokens: switchField(),
    return_token_strs: switchField(),
    ...templateFields(),
    tools: chatTools(),
  },
  CLOSED,
);
export type TokenizeBody = Static<typeof TokenizeBody>;

export const DetokenizeBody = Type.Object(
  { model: modelName(), tokens: Type.Array(tokenId()) },
  CLOSED,
);
export type DetokenizeBody = Static<typeof DetokenizeBody>;
