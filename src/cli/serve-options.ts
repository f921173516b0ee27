/** The table of src/config.ts as commander's options. */
import { Option, type Command } from 'commander';
import { longName, SERVE_FLAGS, serveConfig, type Flag, type ServeConfig } from '../config.js';

/** Adds flags of the table to a command: every one unless told otherwise. */
export function addServeOptions(command: Command, flags = SERVE_FLAGS): Command {
  for (const flag of flags) command.addOption(optionOf(flag));
  return command;
}

/** The configuration that a parsed command line asks for; `flags` are those that the command has. */
export function configOf(command: Command, flags = SERVE_FLAGS): ServeConfig {
  const values: Record<string, unknown> = {};
  for (const flag of flags) {
    const option = optionOf(flag).attributeName();
    const source = command.getOptionValueSource(option);
    values[flag.key] = flag.default;
    if (source !== 'cli' && source !== 'env') continue;
    values[flag.key] = valueOf(flag, command.getOptionValue(option), source === 'env');
  }
  return serveConfig(values);
}

/**
 * Replaces the other spellings of flags (`-np 8`, `--alias=name`), which commander has no notion
 * of, by their long names.
 */
export function expandAliases(argv: readonly string[]): string[] {
  const longNames = new Map(
    SERVE_FLAGS.flatMap((flag) => flag.aliases.map((alias) => [alias, longName(flag.flags)])),
  );
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
  return argv.map((argument, i) => {
    if (i >= end) return argument;
    const equals = argument.indexOf('=');
    const name = equals < 0 ? argument : argument.slice(0, equals);
    const long = longNames.get(name);
    return long === undefined ? argument : long + (equals < 0 ? '' : argument.slice(equals));
  });
}

function optionOf(flag: Flag): Option {
  const also = flag.aliases.length === 0 ? '' : ` (also ${flag.aliases.join(', ')})`;
  const option = new Option(flag.flags, flag.help + also).env(flag.env);
  if (flag.parse === null) return option;
  if (flag.list) {
    option.argParser((text: string, previous: readonly string[] | undefined) => [
      ...(previous ?? []),
      text,
    ]);
  } else if (flag.default !== null && flag.default !== '') {
    option.default(flag.default);
  }
  return option;
}

/** What was given for a flag, checked: an error names the variable if it came from there. */
function valueOf(flag: Flag, given: unknown, fromEnvironment: boolean): unknown {
  const { parse } = flag;
  if (parse === null) return fromEnvironment ? isOn(process.env[flag.env] ?? '') : given;
  const name = fromEnvironment ? flag.env : longName(flag.flags);
  if (!flag.list) return parse(given as string, name);
  const texts = given as readonly string[];
  // In the environment commas separate the entries of every list.
  const entries =
    fromEnvironment || flag.commas === 'separate'
      ? texts.flatMap((text) => text.split(',').map((entry) => entry.trim()))
      : texts;
  return entries.map((entry) => parse(entry, name));
}

/** Whether a switch's variable turns it on. */
function isOn(text: string): boolean {
  return !['', '0', 'false', 'no'].includes(text.toLowerCase());
}
