import { existsSync, readFileSync } from 'node:fs';

/** Kinglet's version: package.json lies one folder up in the sources, two in the build. */
export const VERSION: string = readVersion();

function readVersion(): string {
  const places = ['../package.json', '../../package.json'].map(
    (place) => new URL(place, import.meta.url),
  );
  const place = places.find((url) => existsSync(url));
  if (place === undefined)
    throw new Error("Kinglet's package.json is missing. Install Kinglet anew.");
  return (JSON.parse(readFileSync(place, 'utf8')) as { version: string }).version;
}
