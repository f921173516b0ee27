/** The attacking side, a process of its own: attacker.js NAME ORIGIN MODEL SECONDS. */
import { ATTACKS } from './attacks.js';

const [name = '', origin = '', model = '', seconds] = process.argv.slice(2);
const attack = ATTACKS.find((each) => each.name === name);
if (attack === undefined) throw new Error(`there is no attack called '${name}'`);
const outcomes = await attack.run({ origin, model }, Number(seconds));
const statuses = new Map<string, number>();
for (const { status } of outcomes) {
  const key = String(status ?? 'none');
  statuses.set(key, (statuses.get(key) ?? 0) + 1);
}
console.log([...statuses].map(([status, count]) => `${count} x ${status}`).join(', '));
process.exit(0);
