/** llama.cpp as node-llama-cpp ships it, on the CPU variant that it picks or that one is told. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { REPOSITORY } from '../../test/support/reference.js';
import { peer, type Engine } from './engines.js';

const RUNNER = fileURLToPath(new URL('bench/peer-engines/llama-cpp.mjs', REPOSITORY));
/** A library for each kind of CPU, of which llama.cpp loads the best that runs. */
const VARIANT = /^libggml-cpu-(.+)\.so$/;

/** `modules` and `variant` are llamaCppFolder's. */
export function llamaCpp(modules: string, variant?: string): Engine {
  const folder = llamaCppFolder(modules, variant);
  const { version } = JSON.parse(
    readFileSync(join(modules, 'node_modules/node-llama-cpp/package.json'), 'utf8'),
  ) as { version: string };
  const name = variant === undefined ? 'llama.cpp' : `llama.cpp (${variant})`;
  const run = peer(name, `'${process.execPath}' '${RUNNER}' '${folder}'`);
  return { ...run, command: `node-llama-cpp ${version}` };
}

/**
 * Where the packages lie: `modules`, which bench/peer-engines/install prints, or with a `variant`, one
 * of its CPUs' names, a copy that has the library of this one alone.
 */
export function llamaCppFolder(modules: string, variant?: string): string {
  return variant === undefined ? modules : withVariant(modules, variant);
}

function withVariant(modules: string, variant: string): string {
  const copy = `${modules}-${variant}`;
  if (existsSync(copy)) return copy;
  const unfinished = `${copy}.${process.pid}`;
  // Links: the files themselves stay as they are.
  execFileSync('cp', ['-al', modules, unfinished]);
  const variants = readdirSync(unfinished, { recursive: true, encoding: 'utf8' }).flatMap(
    (path) => {
      const name = VARIANT.exec(path.slice(path.lastIndexOf('/') + 1))?.[1];
      return name === undefined ? [] : [{ path: join(unfinished, path), name }];
    },
  );
  const others = variants.filter(({ name }) => name !== variant);
  if (others.length === variants.length) {
    rmSync(unfinished, { recursive: true });
    const known = variants.map(({ name }) => name).sort();
    throw new Error(`--peer-variant: expected one of ${known.join(', ')}, but got '${variant}'.`);
  }
  for (const { path } of others) rmSync(path);
  renameSync(unfinished, copy);
  return copy;
}
