/** What script/board-report tells of a machine, and what it keeps to itself. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { REPOSITORY } from '../../support/reference.js';

const SCRIPT = fileURLToPath(new URL('script/board-report', REPOSITORY));
const HOME = '/home/jane.doe';

t.test('the facts of a machine are in sections, and nothing in them is private', async (t) => {
  const programs = t.testdir();
  const program = (name: string, text: string): void => {
    writeFileSync(join(programs, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  };
  program('id', 'echo jane.doe');
  program('uname', '[ "$1" = -n ] && echo her-box || exec /bin/uname "$@"');
  // What a board's own program might print.
  const words = `of jane.doe on her-box: ${HOME}/x /home/other/y 192.168.7.9 aa:bb:cc:00:11:22`;
  program('vcgencmd', `printf '\\033[1mthrottled=0x0 %s\\033[0m\\n' '${words}'`);
  const text = execFileSync(SCRIPT, ['--facts'], {
    encoding: 'utf8',
    env: { ...process.env, HOME, PATH: [programs, process.env['PATH']].join(delimiter) },
  });
  const sections = [...text.matchAll(/^== (.+)$/gm)].map(([, name]) => name);
  const wanted = ['machine', 'processor', 'frequencies', 'memory', 'limits', 'heat'];
  t.strictSame(sections, wanted);
  t.match(text, /^kernel: Linux /m);
  t.match(text, /^MemTotal: /m);
  t.match(text, /^CPUs allowed: \d/m);
  t.match(text, 'throttled=0x0 of NAME on NAME: HOME/x HOME/y ADDRESS ADDRESS');
  const secrets = [HOME, 'jane', 'her-box', 'other', fileURLToPath(REPOSITORY), '\u001b', 'Serial'];
  for (const secret of secrets) t.notOk(text.includes(secret), secret);
});

t.test('an argument that it does not know is refused before anything is built', async (t) => {
  t.throws(() => execFileSync(SCRIPT, ['--all'], { stdio: 'ignore' }));
});
