/** The recipes as CONTRIBUTING.md has them. */
import { readFileSync } from 'node:fs';

/** Paths that the section `title` names in backticks, NAME for what is added. */
export function pathsOfRecipe(contributing: string, title: string): string[] {
  const text = readFileSync(contributing, 'utf8');
  const [, after] = text.split(`\n## ${title}\n`);
  if (after === undefined) throw new Error(`CONTRIBUTING.md has no section '${title}'`);
  const [section = ''] = after.split('\n## ');
  return [...section.matchAll(/`([^`\s]+)`/g)]
    .map(([, path]) => path ?? '')
    .filter((path) => /[/.]/.test(path));
}

/** The files of `touched` that the recipe does not name, neither themselves nor a folder of theirs. */
export function unnamed(
  touched: readonly string[],
  paths: readonly string[],
  name: string,
): string[] {
  return touched.filter((file) => {
    const general = file.replaceAll(name, 'NAME');
    return !paths.some(
      (path) => general === path || general.endsWith(`/${path}`) || general.startsWith(`${path}/`),
    );
  });
}
