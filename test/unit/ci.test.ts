/** The workflow of a public host runs what script/test runs. */
import { existsSync, readFileSync } from 'node:fs';
import t from 'tap';
import { REPOSITORY } from '../support/reference.js';

const read = (place: string): string => readFileSync(new URL(place, REPOSITORY), 'utf8');
const WORKFLOW = read('.github/workflows/ci.yml');

const matches = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, found]) => found!);

t.test('the workflow has a job for each leg of script/test, and no other', async (t) => {
  const [legs] = matches(read('script/test'), /^legs=\((.*)\)$/gm);
  const inWorkflow = new Set(matches(WORKFLOW, /\bleg: ([\w-]+)/g));
  t.strictSame([...inWorkflow], legs!.split(' '));
});

t.test('the tests run on the oldest Node.js that is supported', async (t) => {
  const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
  const [oldest] = matches(engines.node, /^>=(\d+)$/g);
  const nodes = matches(WORKFLOW, /leg: typescript, node: (\d+)/g);
  t.equal(nodes[0], oldest);
  t.ok(nodes.length >= 3);
});

t.test('the workflow runs scripts that are there', async (t) => {
  const scripts = matches(WORKFLOW, /run: (script\/[\w-]+)/g);
  t.ok(scripts.length >= 2);
  for (const script of scripts) t.ok(existsSync(new URL(script, REPOSITORY)), script);
});
