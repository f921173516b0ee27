/**
 * Tries the recipes of CONTRIBUTING.md in a copy of the sources: adds an instruction set, a format
 * and an architecture, runs their tests, then leaves out one thing after the other and demands that
 * something fails and names it. Ends with «N passed, N failed».
 */
import { fileURLToPath } from 'node:url';
import { REPOSITORY } from '../support/reference.js';
import { pathsOfRecipe, unnamed } from './recipe-text.js';
import { OMISSIONS, RECIPES, type Check } from './recipes.js';
import { WorkingCopy, type Outcome } from './working-copy.js';

const repository = fileURLToPath(REPOSITORY);
const copy = new WorkingCopy(repository, `${repository}build/recipes/copy`);
const build = `${repository}build/recipes/native`;
const environment = { KINGLET_ADDON: `${build}/kinglet.node`, TAP_TIMEOUT: '300' };

let passed = 0;
let failed = 0;

function report(ok: boolean, what: string, output: string): void {
  if (ok) passed++;
  else failed++;
  console.log(`${ok ? 'ok' : 'NOT OK'}: ${what}`);
  if (!ok) console.log(output.split('\n').slice(-60).join('\n'));
}

const configure = (): Outcome =>
  copy.run(`cmake -S . -B ${build} -DCMAKE_BUILD_TYPE=Release -DKINGLET_BUILD_TESTS=ON`);
const compile = (...targets: string[]): Outcome =>
  copy.run(`cmake --build ${build} -j "$(nproc)" --target ${targets.join(' ')}`);

/** Runs steps up to the first that fails. */
function inOrder(...steps: readonly (() => Outcome)[]): Outcome {
  let last: Outcome = { ok: true, output: '' };
  for (const step of steps) {
    last = step();
    if (!last.ok) break;
  }
  return last;
}

const CHECKS: Readonly<Record<Check, () => Outcome>> = {
  configure,
  native: () =>
    inOrder(
      configure,
      () => compile('kernels_tests'),
      () => copy.run(`${build}/kernels_tests`),
    ),
  types: () =>
    copy.run(`npx tsc -p . --noEmit --incremental --tsBuildInfoFile ${build}/types.tsbuildinfo`),
  logits: () =>
    inOrder(
      () => copy.run('npx tsc -p .'),
      () => copy.run('node dist/test/golden/logits.test.js', environment),
    ),
  architectures: () =>
    inOrder(
      configure,
      () => compile('kinglet'),
      () => copy.run('node dist/test/golden/architectures.test.js', environment),
    ),
};

for (const { title, name, apply } of RECIPES) {
  apply(copy);
  const touched = copy.touched();
  console.log(
    `${title}: ${touched.length} files\n${touched.map((file) => `  ${file}\n`).join('')}`,
  );
  const left = unnamed(touched, pathsOfRecipe(`${repository}CONTRIBUTING.md`, title), name);
  report(left.length === 0, `CONTRIBUTING.md names each of them`, left.join('\n'));
  copy.commit();
}

const built = inOrder(
  configure,
  () => compile('kernels_tests', 'core_tests', 'kinglet'),
  () => copy.run('npx tsc -p .'),
);
report(built.ok, 'all three build', built.output);
if (built.ok) {
  const tests = {
    'the kernel tests': `${build}/kernels_tests`,
    'the native tests of formats': `${build}/core_tests --test-case='*format*'`,
    'the architectures have their fixtures': 'node dist/test/golden/architectures.test.js',
    'the golden logits hold': 'node dist/test/golden/logits.test.js',
    'the instruction set ran its own unit': 'node dist/test/recipes/own-unit.js',
  };
  for (const [what, command] of Object.entries(tests)) {
    const { ok, output } = copy.run(command, environment);
    report(ok, what, output);
  }
  for (const { what, leaveOut, check, message } of OMISSIONS) {
    leaveOut(copy);
    const { ok, output } = CHECKS[check]();
    const line = output.split('\n').find((candidate) => message.test(candidate)) ?? '';
    const named = !ok && message.test(output);
    report(named, `without ${what}: ${line.trim()}`, output);
    copy.restore();
    // Where it was left out of what runs, that is made anew.
    if (check === 'logits') copy.run('npx tsc -p .');
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
