import t from 'tap';
import { servedNames } from '../../../src/server/served-names.js';

t.test('names come from the flag, else from the file; an asterisk takes any', async (t) => {
  t.same(servedNames([], 'file'), { names: ['file'], anyName: false });
  t.same(servedNames(['a', 'b'], 'file'), { names: ['a', 'b'], anyName: false });
  t.same(servedNames(['*'], 'file'), { names: ['file'], anyName: true });
  t.same(servedNames(['*', 'a'], 'file'), { names: ['a'], anyName: true });
});
