/** Which function lies where in an arm64 program or library. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** A part of a file that is loaded. */
interface Segment {
  readonly offset: number;
  readonly bytes: number;
  readonly address: number;
}

interface Function {
  readonly address: number;
  /** 0 where the symbol has none. */
  readonly bytes: number;
  readonly name: string;
}

const PT_LOAD = 1;
/** The plugin's name of code that is in no file. */
const NO_FILE = '-';

/** Names functions by their place in files, each of which is read once. */
export class Symbols {
  readonly #files = new Map<string, (offset: number) => string>();

  /** The function, or the file's name where it has no symbol there. */
  functionAt(file: string, offset: number): string {
    let find = this.#files.get(file);
    if (find === undefined) {
      find = file === NO_FILE ? () => '[made at run time]' : functionsOf(file);
      this.#files.set(file, find);
    }
    return find(offset);
  }
}

function functionsOf(file: string): (offset: number) => string {
  const segments = segmentsOf(readFileSync(file));
  const functions = parseSymbols(symbolsOf(file));
  const nameless = `[${basename(file)}]`;
  const names = new Map<number, string>();
  return (offset) => {
    let name = names.get(offset);
    if (name === undefined) {
      name = nameAt(functions, addressOf(segments, offset)) ?? nameless;
      names.set(offset, name);
    }
    return name;
  };
}

/** Where the file has it that the byte at an offset is loaded; NaN where it is not. */
export function addressOf(segments: readonly Segment[], offset: number): number {
  const segment = segments.find(
    (each) => each.offset <= offset && offset < each.offset + each.bytes,
  );
  return segment === undefined ? NaN : offset - segment.offset + segment.address;
}

/** The loaded parts of a 64-bit ELF file. */
export function segmentsOf(elf: Buffer): Segment[] {
  const table = Number(elf.readBigUInt64LE(32));
  const [size, count] = [elf.readUInt16LE(54), elf.readUInt16LE(56)];
  return Array.from({ length: count }, (_, i) => table + i * size)
    .filter((at) => elf.readUInt32LE(at) === PT_LOAD)
    .map((at) => ({
      offset: Number(elf.readBigUInt64LE(at + 8)),
      address: Number(elf.readBigUInt64LE(at + 16)),
      bytes: Number(elf.readBigUInt64LE(at + 32)),
    }));
}

/** Lines of nm; of a stripped library those that it exports. */
function symbolsOf(file: string): string {
  const run = (program: string, args: string[], input?: string): string =>
    execFileSync(`aarch64-linux-gnu-${program}`, args, {
      ...(input === undefined ? {} : { input }),
      encoding: 'utf8',
      maxBuffer: 2 ** 30,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
  const flags = ['--defined-only', '--print-size'];
  const all = run('nm', [...flags, file]);
  return run('c++filt', ['--no-params'], all === '' ? run('nm', [...flags, '-D', file]) : all);
}

/** The functions among the lines of `nm --print-size`, by address. */
export function parseSymbols(lines: string): Function[] {
  return [...lines.matchAll(/^([0-9a-f]+) (?:([0-9a-f]+) )?[tTwWiuV] (.+)$/gm)]
    .map(([, address = '', bytes = '0', name = '']) => ({
      ...{ address: parseInt(address, 16), bytes: parseInt(bytes, 16) },
      name: shortName(name),
    }))
    .filter(({ name }) => !name.startsWith('$'))
    .sort((a, b) => a.address - b.address || a.bytes - b.bytes);
}

/** Without what is the same in all names, and where there is none, what the linker has added. */
function shortName(name: string): string {
  return name.replaceAll('(anonymous namespace)::', '').replaceAll('kinglet::', '');
}

/** The name of the function that holds an address. */
export function nameAt(functions: readonly Function[], address: number): string | undefined {
  let [low, high] = [0, functions.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((functions[middle]?.address ?? Infinity) <= address) low = middle + 1;
    else high = middle;
  }
  const found = functions[low - 1];
  if (found === undefined || (found.bytes > 0 && address >= found.address + found.bytes)) {
    return undefined;
  }
  return found.name;
}
