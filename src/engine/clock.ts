/** Seconds since some fixed moment, the same in all threads of the process. */
export type Clock = () => number;

export const systemClock: Clock = () => (performance.timeOrigin + performance.now()) / 1000;
