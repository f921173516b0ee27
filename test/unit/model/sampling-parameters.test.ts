/** The rows of the sampling parameters agree with themselves, with the engine and with the docs. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { checkRequest } from '../../../src/engine/check-request.js';
import { isWhole, meant, SAMPLING_ROWS } from '../../../src/model/sampling-parameters.js';
import { engineOptions, generation } from '../../support/engine.js';
import { REPOSITORY } from '../../support/reference.js';

const api = readFileSync(new URL('docs/api.md', REPOSITORY), 'utf8');

for (const [name, parameter] of SAMPLING_ROWS) {
  t.test(name, (t) => {
    const { field, neutral, request, checkpoint } = parameter;
    const engineTakes = (value: number): void =>
      checkRequest(generation({ sampling: { [name]: meant(parameter, value) } }), engineOptions());
    for (const range of [request, checkpoint].filter((given) => given !== undefined)) {
      t.ok(
        range.least <= neutral && neutral <= range.most,
        'what changes nothing may be asked for',
      );
      t.doesNotThrow(() => engineTakes(range.least), `the engine takes ${range.least}`);
      t.doesNotThrow(() => engineTakes(range.most), `the engine takes ${range.most}`);
      if (isWhole(parameter)) t.ok(Number.isInteger(range.least) && Number.isInteger(range.most));
    }
    t.throws(() => engineTakes(NaN), {
      code: 'invalid_value',
      message: new RegExp(`^${field} is`),
    });
    t.match(api, new RegExp(`[\`"]${field}[\`"]`), 'docs/api.md has it');
    if (checkpoint !== undefined) t.match(api, `\`${checkpoint.huggingFace}\``, 'and its default');
    t.end();
  });
}
