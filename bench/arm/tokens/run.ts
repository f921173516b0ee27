/** bench/arm/count-tokens: see USAGE in settings.ts, and bench/README.md. */
import { openModel } from '../../../src/model/open-model.js';
import type { TokenProfiles } from './engines.js';
import { multiplyAdds } from './multiply-adds.js';
import { kernelsLine, profileTables, tokensTable, type Measured } from './report.js';
import { readSettings, type Settings } from './settings.js';

async function main({ targets, isas, engines, work, profile }: Settings): Promise<void> {
  const all: Measured[] = [];
  for (const { name, file } of targets) {
    const path = file();
    const source = await openModel(path);
    for (const isa of isas) {
      const profiles = new Map<string, TokenProfiles>();
      for (const engine of engines) {
        console.error(`${name}, ${isa.name}: ${engine.name}`);
        profiles.set(engine.name, await engine.run(path, isa, work));
      }
      all.push({ file: name, isa, multiplyAdds: multiplyAdds(source.tensors), engines: profiles });
    }
  }
  console.log(`millions of instructions a token, one thread\n\n${tokensTable(all)}`);
  console.log(`\n${all.map(kernelsLine).join('\n')}`);
  if (profile) for (const measured of all) console.log(`\n${profileTables(measured, 10)}`);
}

try {
  await main(readSettings(process.argv.slice(2)));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
