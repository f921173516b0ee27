/** A copy of the sources in which the recipes are tried, with a git history of its own. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface Outcome {
  readonly ok: boolean;
  /** What the command printed, both streams. */
  readonly output: string;
}

export class WorkingCopy {
  readonly #from: string;
  readonly folder: string;

  /** Copies what git knows of `from`, and what it would, to `folder`, which is made anew. */
  constructor(from: string, folder: string) {
    this.#from = from;
    this.folder = folder;
    rmSync(folder, { recursive: true, force: true });
    const listed = execFileSync(
      'git',
      ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
      { cwd: from, encoding: 'utf8', maxBuffer: 64 << 20 },
    );
    for (const file of listed.split('\0')) {
      if (file !== '') cpSync(join(from, file), join(folder, file));
    }
    this.#git('init', '--quiet');
    this.commit();
    symlinkSync(join(from, 'node_modules'), join(folder, 'node_modules'));
  }

  path(file: string): string {
    return join(this.folder, file);
  }

  write(file: string, content: string): void {
    mkdirSync(dirname(this.path(file)), { recursive: true });
    writeFileSync(this.path(file), content);
  }

  /** Puts a file of the recipe where the recipe says. */
  place(piece: string, file: string): void {
    this.write(file, readFileSync(join(this.#from, 'test/recipes/pieces', piece), 'utf8'));
  }

  /** Replaces `text`, which stands in the file once. */
  replace(file: string, text: string, by: string): void {
    const parts = readFileSync(this.path(file), 'utf8').split(text);
    if (parts.length !== 2) {
      throw new Error(`${file} has '${text}' ${parts.length - 1} times: once is expected`);
    }
    writeFileSync(this.path(file), parts.join(by));
  }

  remove(file: string): void {
    rmSync(this.path(file), { recursive: true });
  }

  /** Paths that differ from the last commit. */
  touched(): string[] {
    return this.#git('status', '--porcelain', '--untracked-files=all')
      .split('\n')
      .map((line) => line.slice(3))
      .filter((file) => file !== '' && file !== 'node_modules');
  }

  commit(): void {
    this.#git('add', '--all', '--', '.', ':!node_modules');
    this.#git('commit', '--quiet', '--message=recipe');
  }

  /** Back to the last commit. */
  restore(): void {
    this.#git('checkout', '--quiet', '--', '.');
  }

  run(command: string, environment: Readonly<Record<string, string>> = {}): Outcome {
    const { status, stdout, stderr } = spawnSync('bash', ['-c', command], {
      cwd: this.folder,
      encoding: 'utf8',
      maxBuffer: 256 << 20,
      env: { ...process.env, ...environment },
    });
    return { ok: status === 0, output: `${stdout}${stderr}` };
  }

  #git(...options: string[]): string {
    const identity = ['-c', 'user.name=recipe', '-c', 'user.email=recipe@localhost'];
    return execFileSync('git', [...identity, ...options], {
      cwd: this.folder,
      encoding: 'utf8',
      maxBuffer: 64 << 20,
    });
  }
}
