/** Tables of what tokens execute. */
import { figure, markdownTable } from '../../serving/table.js';
import { instructions, largest, total, type Profile } from './counts.js';
import type { TokenProfiles } from './engines.js';
import type { Isa } from './isas.js';
import { sumOf, type MultiplyAdds } from './multiply-adds.js';

/** What one file takes on one kind of CPU. */
export interface Measured {
  readonly file: string;
  readonly isa: Isa;
  readonly multiplyAdds: MultiplyAdds;
  /** By the engine's name; Kinglet's come first. */
  readonly engines: ReadonlyMap<string, TokenProfiles>;
}

const WORKS = ['decode', 'prefill'] as const;
type WorkName = (typeof WORKS)[number];

/** Characters of a function's name. */
const LONGEST_NAME = 90;

const millions = (count: number): string => figure(count / 1e6, 2);

/** The multiply-adds of a token, and of how many of them an instruction does at most. */
function floorOf({ isa, multiplyAdds: { layers, head } }: Measured, work: WorkName) {
  return work === 'decode'
    ? { products: sumOf(layers) + sumOf(head), best: isa.vector }
    : { products: sumOf(layers), best: isa.matrix };
}

/** Millions of instructions a token of each file, ISA and work; a column for each engine. */
export function tokensTable(all: readonly Measured[]): string {
  const names = [...new Set(all.flatMap(({ engines }) => [...engines.keys()]))];
  const [ours = '', ...peers] = names;
  const head = [
    ...[`${ours}, M`, 'SIMD', 'memory', 'other'],
    ...peers.flatMap((name) => [`${name}, M`, 'ratio']),
    ...['multiply-adds, M', 'floor, M', `${ours} by it`],
  ];
  const rows = all.flatMap((measured) =>
    WORKS.map((work) => ({
      name: `${measured.file}, ${measured.isa.name}: ${work}`,
      cells: rowOf(measured, work, names),
    })),
  );
  return markdownTable(head, rows);
}

function rowOf(measured: Measured, work: WorkName, names: readonly string[]): string[] {
  const [own, ...others] = names.map((name) =>
    total(measured.engines.get(name)?.[work] ?? new Map()),
  );
  const { simd = NaN, memory = NaN, other = NaN } = own ?? {};
  const mine = simd + memory + other;
  const { products, best } = floorOf(measured, work);
  const floor = products / best.products;
  return [
    ...[mine, simd, memory, other].map(millions),
    ...others.map(instructions).flatMap((theirs) => [millions(theirs), figure(mine / theirs, 2)]),
    ...[millions(products), `${millions(floor)} ${best.name}`, figure(mine / floor, 2)],
  ];
}

/** Which kernels ran, of engines that say so. */
export function kernelsLine({ file, isa, engines }: Measured): string {
  const kernels = [...engines.values()].flatMap((profiles) => profiles.kernels);
  return `${file}, ${isa.name}: ${kernels.join(', ')}`;
}

/** The functions in which most of the instructions are, of each engine and work. */
export function profileTables({ file, isa, engines }: Measured, rows: number): string {
  return [...engines]
    .flatMap(([name, profiles]) =>
      WORKS.map((work) => {
        const title = `${file}, ${isa.name}: ${work} by ${name}`;
        return `${title}\n\n${profileTable(profiles[work], rows)}`;
      }),
    )
    .join('\n\n');
}

function profileTable(profile: Profile, rows: number): string {
  const all = instructions(total(profile));
  return markdownTable(
    ['M a token', '%', 'SIMD', 'memory', 'other'],
    largest(profile, rows).map(([name, counts]) => ({
      name: name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name,
      cells: [
        millions(instructions(counts)),
        figure((100 * instructions(counts)) / all, 1),
        ...[counts.simd, counts.memory, counts.other].map(millions),
      ],
    })),
  );
}
