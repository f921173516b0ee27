/** bench/peers: see USAGE in settings.ts, and bench/README.md. */
import { compare } from './compare.js';
import { circumstances, ratioTable, rawFigures } from './report.js';
import { readSettings, type Settings } from './settings.js';

async function main(settings: Settings): Promise<void> {
  const cells = await compare(settings);
  const { json, engines } = settings;
  if (json) {
    console.log(JSON.stringify({ ...circumstances(settings), results: rawFigures(cells) }));
    return;
  }
  console.log(JSON.stringify(circumstances(settings), null, 2));
  const names = engines.map(({ name }) => name);
  console.log(`\nmedians, tokens/s of all sequences together\n\n${ratioTable(cells, names)}`);
}

try {
  await main(readSettings(process.argv.slice(2)));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
