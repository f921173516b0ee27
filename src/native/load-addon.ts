import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { KingletError } from '../errors.js';
import { packageRoot } from '../package-root.js';
import type { Addon } from './addon.js';

const require = createRequire(import.meta.url);

/** What pkg-prebuilds exports beside its default; its types leave this out. */
interface PkgPrebuilds {
  readonly resolve: (
    root: string,
    options: unknown,
    verifyPrebuild: boolean,
    throwOnMissing: boolean,
  ) => string | null;
}

let loaded: Addon | undefined;

/**
 * The native addon: the file that the environment variable KINGLET_ADDON names; else what was built
 * in this folder; else the prebuilt binary that ships for this platform. Loaded once a thread.
 * Throws `addon_missing` with what was tried and what to do.
 */
export function loadAddon(): Addon {
  return (loaded ??= loadFrom(packageRoot(), process.env['KINGLET_ADDON']));
}

/** As loadAddon, with the package's folder and the forced path given. Not cached. */
export function loadFrom(root: string, forced: string | undefined): Addon {
  const path = addonPath(root, forced);
  let exports: unknown;
  try {
    exports = require(path);
  } catch (cause) {
    throw new KingletError('addon_missing', advice(path, cause, forced), { cause });
  }
  if (!isAddon(exports)) {
    throw new KingletError(
      'addon_missing',
      `${path} is not Kinglet's addon, or one of another version. ${rebuild(forced)}`,
    );
  }
  return exports;
}

/** The file that loadFrom would load. */
export function addonPath(root: string, forced: string | undefined): string {
  if (forced) return resolve(forced);
  const { resolve: resolvePrebuild } = require('pkg-prebuilds') as PkgPrebuilds;
  const options: unknown = require(join(root, 'binding-options.cjs'));
  try {
    const path = resolvePrebuild(root, options, false, true);
    if (path) return path;
  } catch (cause) {
    // Its message lists the places.
    const places = cause instanceof Error ? cause.message.split('\n').slice(1).join('\n') : '';
    throw new KingletError(
      'addon_missing',
      `Kinglet's native addon is not built for ${platform()}.\n${places}\n${rebuild(undefined)}`,
      { cause },
    );
  }
  throw new KingletError('addon_missing', `Kinglet's native addon was not found in ${root}.`);
}

/** What a failed dlopen means, in words that say what to do. */
function advice(path: string, cause: unknown, forced: string | undefined): string {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const failed = `Kinglet's native addon ${path} cannot be loaded on ${platform()}`;
  if (!existsSync(path)) {
    return `${failed}: there is no such file${forced ? ' (KINGLET_ADDON names it)' : ''}. ${rebuild(forced)}`;
  }
  // Of a file for another processor glibc says that it could not open it.
  const foreign = reason.includes(`${path}: cannot open shared object file`);
  if (foreign || /wrong ELF class|invalid ELF header|file too short/.test(reason)) {
    return `${failed}: it was built for another processor or system (${reason}). ${rebuild(forced)}`;
  }
  const library = /version [`'](\w+_[\d.]+)' not found/.exec(reason)?.[1];
  if (library !== undefined) {
    return `${failed}: it needs ${library}, which is newer than what this system has. ${rebuild(forced)}`;
  }
  return `${failed}: ${reason}. ${rebuild(forced)}`;
}

function rebuild(forced: string | undefined): string {
  return forced
    ? 'Set KINGLET_ADDON to a kinglet.node built on this machine, or unset it.'
    : 'Build it with `script/bootstrap` in a clone, or `npm rebuild kinglet` where Kinglet is a package (needs g++ and cmake).';
}

function platform(): string {
  return `${process.platform} ${process.arch} with Node.js ${process.version}`;
}

function isAddon(exports: unknown): exports is Addon {
  if (typeof exports !== 'object' || exports === null) return false;
  const { cpuInfo, measureModel, loadModel } = exports as Partial<Addon>;
  return [cpuInfo, measureModel, loadModel].every((call) => typeof call === 'function');
}
