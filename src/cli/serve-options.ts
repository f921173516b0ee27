/** The table of src/config.ts as commander's options. */
import { Option, type Command } from 'commander';
import { longName, SERVE_FLAGS, serveConfig, type Flag, type ServeConfig } from '../config.js';

/** Adds every flag of the table to a command. */
export function addServeOptions(command: Command): Command {
  for (const flag of SERVE_FLAGS) command.addOption(optionOf(flag));
  return command;
}

/** The configuration that a parsed command line asks for. */
export function configOf(command: Command): ServeConfig {
  const values: Record<string, unknown> = {};
  for (const flag of SERVE_FLAGS) {
    const name = optionOf(flag).attributeName();
    const value: unknown = command.getOptionValue(name);
    if (value === undefined) continue;
    const fromEnvironment = command.getOptionValueSource(name) === 'env';
    if (flag.list) values[flag.key] = listOf(flag, value as readonly string[], fromEnvironment);
    else values[flag.key] = flag.parse === null && fromEnvironment ? switchValue(flag) : value;
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
  const { parse } = flag;
  const also = flag.aliases.length === 0 ? '' : ` (also ${flag.aliases.join(', ')})`;
  const option = new Option(flag.flags, flag.help + also).env(flag.env);
  if (parse === null) return option;
  const name = longName(flag.flags);
  if (flag.list) {
    option.argParser((text: string, previous: readonly string[] | undefined) => [
      ...(previous ?? []),
      text,
    ]);
  } else {
    option.argParser((text: string) => parse(text, name));
    if (flag.default !== null && flag.default !== '') option.default(flag.default);
  }
  return option;
}

/** The entries of a list, checked: in the environment commas separate them always. */
function listOf(flag: Flag, texts: readonly string[], fromEnvironment: boolean): unknown[] {
  const entries =
    fromEnvironment || flag.commas === 'separate'
      ? texts.flatMap((text) => text.split(',').map((entry) => entry.trim()))
      : texts;
  return entries.map((entry) => flag.parse!(entry, longName(flag.flags)));
}

/** Of a switch in the environment; commander gives switches of the command line no text. */
function switchValue(flag: Flag): boolean {
  return !['', '0', 'false', 'no'].includes((process.env[flag.env] ?? '').toLowerCase());
}
