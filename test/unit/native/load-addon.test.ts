import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { addonPath, loadAddon, loadFrom } from '../../../src/native/load-addon.js';
import { packageRoot } from '../../../src/package-root.js';

t.test('loads once', (t) => {
  t.equal(loadAddon(), loadAddon());
  t.ok(loadAddon().cpuInfo().isa);
  t.end();
});

t.test('KINGLET_ADDON names a file that is not there', (t) => {
  t.throws(() => loadFrom(packageRoot(), '/nonexistent/kinglet.node'), {
    code: 'addon_missing',
    message: /\/nonexistent\/kinglet\.node .*no such file.*KINGLET_ADDON/,
  });
  t.end();
});

t.test('a file for another processor, or no library at all', (t) => {
  const foreign = readFileSync(addonPath(packageRoot(), process.env['KINGLET_ADDON']));
  const machine = 18; // e_machine of the ELF header
  foreign.writeUInt16LE(foreign.readUInt16LE(machine) + 1, machine);
  const folder = t.testdir({ 'foreign.node': foreign, 'text.node': 'not a library' });
  for (const file of ['foreign.node', 'text.node']) {
    t.throws(() => loadFrom(packageRoot(), join(folder, file)), {
      code: 'addon_missing',
      message: /built for another processor or system .*KINGLET_ADDON/,
    });
  }
  t.end();
});

t.test('a module that is not the addon', (t) => {
  const folder = t.testdir({ 'other.cjs': 'module.exports = { cpuInfo() {} };' });
  t.throws(() => loadFrom(packageRoot(), join(folder, 'other.cjs')), {
    code: 'addon_missing',
    message: /is not Kinglet's addon/,
  });
  t.end();
});

t.test('nothing is built: the places and the command', (t) => {
  const root = t.testdir({});
  copyFileSync(join(packageRoot(), 'binding-options.cjs'), join(root, 'binding-options.cjs'));
  t.throws(() => loadFrom(root, undefined), {
    code: 'addon_missing',
    message: /build\/Release\/kinglet\.node[^]*prebuilds\/kinglet-linux-[^]*script\/bootstrap/,
  });

  // A clone's own build comes before what was shipped.
  const own = join(root, 'build/Release/kinglet.node');
  const shipped = join(root, `prebuilds/kinglet-linux-${process.arch}/node-napi-v8.node`);
  for (const path of [shipped, own]) {
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, '');
    t.equal(addonPath(root, undefined), path);
  }
  t.equal(addonPath(root, '/elsewhere.node'), '/elsewhere.node');
  t.end();
});
