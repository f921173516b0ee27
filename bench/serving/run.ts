/** bench/server: see USAGE in settings.ts, and bench/README.md. */
import { cpus } from 'node:os';
import { gaps } from './gaps.js';
import { idle } from './idle.js';
import { memory } from './memory.js';
import { readSettings, type Settings } from './settings.js';
import { throughput } from './throughput.js';

async function main(settings: Settings): Promise<void> {
  const { model, prompt, generate, rounds } = settings;
  console.log(
    `${model}; ${cpus()[0]?.model}, ${cpus().length} CPUs, Node ${process.version}; prompts of ` +
      `${prompt}, answers of ${generate} tokens; medians of ${rounds}`,
  );
  if (settings.gaps) await gaps(settings);
  if (settings.idle !== null) await idle(settings, settings.idle);
  if (settings.memory) await memory(settings);
  if (!settings.gaps && settings.idle === null && !settings.memory) await throughput(settings);
}

try {
  await main(readSettings(process.argv.slice(2)));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
