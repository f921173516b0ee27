#!/usr/bin/env node
import { Command } from 'commander';
import { isErrorCode, KingletError } from '../errors.js';
import { VERSION } from '../version.js';
import { registerBench } from './bench-command.js';
import { registerEval } from './eval-command.js';
import { registerInspect } from './inspect-command.js';
import { expandAliases } from './serve-options.js';
import { registerServe } from './serve.js';

const program = new Command('kinglet')
  .description('OpenAI-compatible inference server for small reasoning models on small machines')
  .version(VERSION);
registerServe(program);
registerInspect(program);
registerBench(program);
registerEval(program);

try {
  await program.parseAsync(expandAliases(process.argv.slice(2)), { from: 'user' });
} catch (error) {
  // What an operator can mend has a message that says so; anything else is a bug and shows its stack.
  const { code, syscall } = error as NodeJS.ErrnoException;
  const known = error instanceof KingletError || isErrorCode(code) || syscall === 'listen';
  console.error(known ? `kinglet: ${(error as Error).message}` : error);
  process.exit(1);
}
