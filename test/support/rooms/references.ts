/** What a source file takes from others: includes of C++, imports of TypeScript. */
import { posix } from 'node:path';
import ts from 'typescript';

export interface SourceFile {
  /** From the repository's root. */
  readonly path: string;
  readonly text: string;
}

export interface Reference {
  readonly file: string;
  readonly line: number;
  /** As the file has it. */
  readonly written: string;
  /** The file that is meant, from the repository's root; null for one of a system or a package. */
  readonly target: string | null;
  /** The other one is no part of this one: a thread is started with it. */
  readonly starts: boolean;
}

const INCLUDE = /^[ \t]*#[ \t]*include[ \t]*(["<])([^">\n]+)[">]/gm;
/** The entry of a thread, by its name with or without an extension. */
const ENTRY =
  /new URL\(\s*['`](\.[^'`]*?)(?:\.js|\.ts|\.\$\{extension\})['`],\s*import\.meta\.url/g;

/** The `#include`s of a file; those in quotes are rooted at native/. */
export function includesOf({ path, text }: SourceFile): Reference[] {
  return [...text.matchAll(INCLUDE)].map(([all, quote, written = ''], i, matches) => ({
    file: path,
    line: lineOf(text, matches[i]!.index),
    written: all.trim().replace(/^#\s*include\s*/, ''),
    target: quote === '"' ? posix.join('native', written) : null,
    starts: false,
  }));
}

/** The imports and exports of other modules, types too, and the threads that are started. */
export function importsOf({ path, text }: SourceFile): Reference[] {
  const imported = ts.preProcessFile(text).importedFiles.map(({ fileName, pos }) => ({
    file: path,
    line: lineOf(text, pos),
    written: `'${fileName}'`,
    target: fileName.startsWith('.') ? moduleAt(path, fileName.replace(/\.js$/, '')) : null,
    starts: false,
  }));
  const started = [...text.matchAll(ENTRY)].map(({ 1: entry = '', index }) => ({
    file: path,
    line: lineOf(text, index),
    written: `'${entry}'`,
    target: moduleAt(path, entry),
    starts: true,
  }));
  return [...imported, ...started];
}

function moduleAt(from: string, relative: string): string {
  return `${posix.join(posix.dirname(from), relative)}.ts`;
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}
