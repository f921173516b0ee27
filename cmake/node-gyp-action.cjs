// binding.gyp's action: node cmake/node-gyp-action.cjs FOLDER builds the addon with cmake-js and
// copies it to FOLDER. node-gyp has its own files in build/, so cmake-js gets a folder below it.
const { execFileSync } = require('node:child_process');
const { copyFileSync, mkdirSync } = require('node:fs');
const { join, resolve } = require('node:path');

const target = resolve(process.argv[2]);
const root = resolve(__dirname, '..');
const out = join(root, 'build', 'cmake');
const cmakeJs = require.resolve('cmake-js/bin/cmake-js');
execFileSync(process.execPath, [cmakeJs, 'compile', '--out', out], { cwd: root, stdio: 'inherit' });
mkdirSync(target, { recursive: true });
copyFileSync(join(out, 'Release', 'kinglet.node'), join(target, 'kinglet.node'));
