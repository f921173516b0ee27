import type { Progress } from '../eval/run-all.js';
import { duration } from '../eval/report/figures.js';

/** Without a terminal, a line for each tenth. */
const TENTHS = 10;

interface ProgressView {
  show(progress: Progress): void;
  close(): void;
}

/** Shows how far an evaluation is, and for how long it will go on: on standard error. */
export async function progressView(
  stream: NodeJS.WriteStream = process.stderr,
): Promise<ProgressView> {
  return stream.isTTY ? bar(stream) : lines(stream);
}

async function bar(stream: NodeJS.WriteStream): Promise<ProgressView> {
  const { SingleBar } = await import('cli-progress');
  const bar = new SingleBar({
    format: '[{bar}] {value} of {total}{left}',
    stream,
    clearOnComplete: true,
  });
  let started = false;
  return {
    show: ({ done, count, secondsLeft }) => {
      const left = leftText(secondsLeft);
      if (!started) bar.start(count, done, { left });
      else bar.update(done, { left });
      started = true;
    },
    close: () => {
      if (started) bar.stop();
    },
  };
}

function lines(stream: Pick<NodeJS.WriteStream, 'write'>): ProgressView {
  let shown = -1;
  return {
    show: ({ done, count, secondsLeft }) => {
      const tenth = Math.floor((TENTHS * done) / count);
      if (tenth === shown) return;
      shown = tenth;
      stream.write(`${done} of ${count}${leftText(secondsLeft)}\n`);
    },
    close: () => undefined,
  };
}

function leftText(seconds: number | null): string {
  return seconds === null || seconds < 1 ? '' : `, ${duration(seconds)} left`;
}
