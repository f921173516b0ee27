/** The engines, run under qemu on one thread: what a generated and a prefilled token executes. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { REPOSITORY } from '../../../test/support/reference.js';
import { combined, difference, readCounts, type Profile } from './counts.js';
import type { Isa } from './isas.js';
import { Symbols } from './symbols.js';

/** Tokens of the two runs whose difference is counted. */
export interface Work {
  /** Lengths of a prompt. */
  readonly prompts: readonly [short: number, long: number];
  /** Tokens that are generated after the shorter one. */
  readonly generate: readonly [few: number, more: number];
}

/** Of a token, on average. */
export interface TokenProfiles {
  readonly prefill: Profile;
  readonly decode: Profile;
  /** What ran, as far as the engine says so. */
  readonly kernels: readonly string[];
}

export interface Engine {
  readonly name: string;
  readonly run: (file: string, isa: Isa, work: Work) => Promise<TokenProfiles>;
}

/** Paths of what is run under qemu. */
export interface Programs {
  /** instruction_counter.cpp, built. */
  readonly plugin: string;
  /** An arm64 Node. */
  readonly node: string;
  /** The arm64 addon. */
  readonly addon: string;
}

const SYSROOT = '/usr/aarch64-linux-gnu';
const STEPS = fileURLToPath(new URL('steps.js', import.meta.url));
const PLAIN_NODE = ['--single-threaded', '--hash-seed=1', '--random-seed=1'];
const INSTALL_PEER = fileURLToPath(new URL('bench/peer-engines/llama-bench-arm64', REPOSITORY));
/** As steps.ts runs it: what `kinglet bench` computes of a prompt in one step. */
const LONGEST_STEP = 512;

const NOTHING: Profile = new Map();

const symbols = new Symbols();

/** Marks of a program under qemu, and what it printed. */
async function emulate(
  { plugin, addon }: Programs,
  { cpu }: Isa,
  program: readonly string[],
): Promise<{ marks: Map<string, Profile>; stdout: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'kinglet-count-'));
  try {
    const out = join(folder, 'counts');
    const args = ['-L', SYSROOT, '-cpu', cpu, '-plugin', `${plugin},out=${out},places=on`];
    const { stdout } = await promisify(execFile)('qemu-aarch64', [...args, ...program], {
      env: { ...process.env, KINGLET_ADDON: addon },
      maxBuffer: 2 ** 26,
    });
    const text = await readFile(out, 'utf8');
    return {
      marks: readCounts(text, (file, offset) => symbols.functionAt(file, offset)),
      stdout,
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function profileOf(marks: ReadonlyMap<string, Profile>, mark: number | string): Profile {
  const profile = marks.get(String(mark));
  if (profile === undefined) throw new Error(`the program ended before its mark ${mark}`);
  return profile;
}

/** Kinglet's addon in Node, with a mark after each step: JavaScript between steps does not count. */
export function kinglet(programs: Programs): Engine {
  /** The steps of the second round, whose pages were touched in the first. */
  const round = async (file: string, isa: Isa, prompt: number, generate: number) => {
    const steps = Math.ceil(prompt / LONGEST_STEP) + generate;
    const args = [STEPS, file, String(prompt), String(generate)];
    const { marks, stdout } = await emulate(programs, isa, [programs.node, ...PLAIN_NODE, ...args]);
    const profiles = Array.from({ length: steps }, (_, i) => profileOf(marks, steps + i + 1));
    const { kernels } = JSON.parse(stdout) as { kernels: string[] };
    return { profiles, kernels };
  };
  const sum = (profiles: readonly Profile[]): Profile =>
    profiles.reduce((all, profile) => combined(all, profile, 1), NOTHING);
  return {
    name: 'kinglet',
    run: async (file, isa, { prompts: [short, long], generate: [few, more] }) => {
      const { profiles, kernels } = await round(file, isa, short, more);
      const longer = await round(file, isa, long, 1);
      const steps = profiles.slice(0, -more);
      const longerSteps = longer.profiles.slice(0, -1);
      return {
        prefill: difference(sum(longerSteps), sum(steps), long - short),
        decode: difference(sum(profiles.slice(steps.length + few)), NOTHING, more - few),
        kernels,
      };
    },
  };
}

/** Built where it is not there, which takes minutes. */
function llamaBench({ name }: Isa): string {
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  return execFileSync(INSTALL_PEER, [name], { encoding: 'utf8', stdio: [...stdio] }).trim();
}

/** llama.cpp's llama-bench, whole: what two runs have in common cancels. */
export function llamaCpp(programs: Programs): Engine {
  const whole = async (file: string, isa: Isa, flags: readonly string[]): Promise<Profile> => {
    const program = llamaBench(isa);
    const always = ['-t', '1', '-r', '1', '--no-warmup', '-fa', '1', '-o', 'json'];
    const { marks } = await emulate(programs, isa, [program, '-m', file, ...always, ...flags]);
    return profileOf(marks, 'end');
  };
  return {
    name: 'llama.cpp',
    run: async (file, isa, { prompts: [short, long], generate: [few, more] }) => {
      const prompt = (length: number) => whole(file, isa, ['-n', '0', '-p', String(length)]);
      const tokens = (count: number) =>
        whole(file, isa, ['-p', '0', '-n', String(count), '-d', String(short)]);
      return {
        prefill: difference(await prompt(long), await prompt(short), long - short),
        decode: difference(await tokens(more), await tokens(few), more - few),
        kernels: [],
      };
    },
  };
}
