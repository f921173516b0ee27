import { existsSync, readFileSync } from 'node:fs';

/** Kinglet's version: package.json lies one folder up in the sources, two in the build. */
export const VERSION: string = readVersion();

function readVersion(): string {
  const places = ['../package.json', '../../package.json'].map(
    (place) => new URL(place, import.meta.url),
  );
  const place = places.find((url) => existsSync(url))!;
  return (JSON.parse(readFileSync(place, 'utf8')) as { version: string }).version;
}
