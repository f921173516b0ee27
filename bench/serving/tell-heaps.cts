/**
 * Loaded into a server by --require: at SIGUSR2 each of its JavaScript threads appends to
 * BENCH_HEAPS_FILE, as a line of JSON, what its heap takes (heaps.ts). Nothing is collected for it.
 */
import fs = require('node:fs');
import v8 = require('node:v8');
import threads = require('node:worker_threads');

const file = process.env['BENCH_HEAPS_FILE'];
if (file !== undefined) {
  const task = Number(fs.readlinkSync('/proc/thread-self').split('/').at(-1));
  const tell = (asked: number): void => {
    const { total_physical_size: resident, used_heap_size: used } = v8.getHeapStatistics();
    const young = v8
      .getHeapSpaceStatistics()
      .filter(({ space_name: name }) => name.startsWith('new_'))
      .reduce((sum, { physical_space_size: size }) => sum + size, 0);
    const { arrayBuffers } = process.memoryUsage();
    fs.appendFileSync(
      file,
      `${JSON.stringify({ asked, task, resident, young, used, arrayBuffers })}\n`,
    );
  };
  const channel = new threads.BroadcastChannel('bench-heaps');
  channel.onmessage = (message: unknown) => tell((message as { data: number }).data);
  channel.unref();
  if (threads.isMainThread) {
    let asked = 0;
    process.on('SIGUSR2', () => {
      channel.postMessage(++asked);
      tell(asked);
    });
  }
}
