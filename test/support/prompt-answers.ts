import type { FakeAddonOptions } from './fake-addon.js';
import { answering } from './test-server.js';

/** As `answering`, with what the prompt before the answer makes of it. */
export function answeringPrompts(
  answer: (prompt: string) => string,
): NonNullable<FakeAddonOptions['next']> {
  const mark = Buffer.from('assistant\n');
  return (context) => {
    const bytes = Buffer.from(context.tokens.map((token) => (token < 256 ? token : 0)));
    const prompt = bytes.subarray(0, bytes.lastIndexOf(mark) + mark.length).toString();
    return answering(answer(prompt))(context);
  };
}
