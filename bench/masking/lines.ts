import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const MAX_OUTPUT = 2 ** 30;

/** The lines of a file, compressed with xz or not. Throws where it can't be read. */
export function readLines(path: string): string[] {
  if (!path.endsWith('.xz')) return readFileSync(path, 'utf8').trim().split('\n');
  const { status, stdout, stderr } = spawnSync('xz', ['-dc', path], {
    maxBuffer: MAX_OUTPUT,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`xz cannot read ${path}: ${stderr}`);
  return stdout.trim().split('\n');
}
