/**
 * Loaded into a server by --require: each of its JavaScript threads appends to BENCH_THREADS_FILE which
 * task of /proc it is. The main thread also tells which tasks there are before any program runs: V8's.
 */
import fs = require('node:fs');
import threads = require('node:worker_threads');

const file = process.env['BENCH_THREADS_FILE'];
if (file !== undefined) {
  const task = fs.readlinkSync('/proc/thread-self').split('/').at(-1);
  if (threads.isMainThread) {
    fs.appendFileSync(file, `main ${task} ${fs.readdirSync('/proc/self/task').join(',')}\n`);
  } else {
    // The script's name is there only once the preloads have run.
    process.nextTick(() => fs.appendFileSync(file, `worker ${task} ${process.argv[1]}\n`));
  }
}
