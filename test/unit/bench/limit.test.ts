import t from 'tap';
import { bytesPerToken } from '../../../bench/sweeping/limit.js';

t.test('a token reads the weights and, on average, the context in the middle', async (t) => {
  const sizes = { stepWeightBytes: 1e6, kvBytesPerToken: 100 };
  t.equal(bytesPerToken({ ...sizes, prompt: 10, generate: 1 }), 1e6 + 11 * 100);
  // 11, 12 and 13 positions.
  t.equal(bytesPerToken({ ...sizes, prompt: 10, generate: 3 }), 1e6 + 12 * 100);
});
