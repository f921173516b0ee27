/** Seconds since some fixed moment, the same in all threads of the process. */
export type Clock = () => number;

// The global and its origin are getters, which cost more than the time itself.
const { performance: monotonic } = globalThis;
const { timeOrigin } = monotonic;

export const systemClock: Clock = () => (timeOrigin + monotonic.now()) / 1000;
