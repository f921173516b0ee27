import { Type } from './type.js';

/** Anthropic's and OpenAI's marks of what is worth caching: the prefix cache finds that by itself. */
export const cacheHints = () => ({
  cache_control: Type.Optional(Type.Unknown()),
  prompt_cache_breakpoint: Type.Optional(Type.Unknown()),
});
