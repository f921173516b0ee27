import type { Logger } from 'pino';

const REDRAW_MS = 100;
/** Without a terminal, a line for each quarter. */
const QUARTERS = 4;

/** Shows how far loading is until the returned function is called. */
export async function showProgress(progress: () => number, log: Logger): Promise<() => void> {
  return process.stderr.isTTY ? bar(progress) : lines(progress, log);
}

async function bar(progress: () => number): Promise<() => void> {
  const { SingleBar } = await import('cli-progress');
  const bar = new SingleBar({
    format: 'loading [{bar}] {percentage} %',
    stream: process.stderr,
    clearOnComplete: true,
  });
  bar.start(1, 0);
  const timer = setInterval(() => bar.update(progress()), REDRAW_MS);
  return () => {
    clearInterval(timer);
    bar.stop();
  };
}

function lines(progress: () => number, log: Logger): () => void {
  let shown = 0;
  const timer = setInterval(() => {
    const quarter = Math.floor(progress() * QUARTERS);
    if (quarter <= shown || quarter === QUARTERS) return;
    shown = quarter;
    log.info(`loading: ${(quarter * 100) / QUARTERS} %`);
  }, REDRAW_MS);
  return () => clearInterval(timer);
}
