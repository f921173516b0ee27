/**
 * Milliseconds of CPU that the process spends while `work` runs. What other processes do meanwhile
 * does not count, so that a bound on it holds on a busy machine too.
 */
export function cpuMs(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}
