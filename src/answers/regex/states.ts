/**
 * `take` goes on to `next` with a character of set `detail`. `split` goes on to `next` or, if that
 * fails, to `other`. `save` writes down the place in slot `detail`; `forget` empties slots from `detail`
 * to before `other`. `place` goes on where the text has one of the places `detail`.
 */
export type Op = 'fail' | 'match' | 'take' | 'split' | 'save' | 'forget' | 'place';

export interface State {
  readonly op: Op;
  readonly next: number;
  readonly other: number;
  readonly detail: number;
}

/** States behind those that they lead to without a character: what is known of these comes first. */
export function stateOrder(states: readonly State[]): number[] {
  const order: number[] = [];
  const isListed = new Uint8Array(states.length);
  const open: number[] = [...states.keys()];
  for (let number = open.at(-1); number !== undefined; number = open.at(-1)) {
    const state = states[number];
    const waits =
      state === undefined || state.op === 'take'
        ? []
        : (state.op === 'split' ? [state.other, state.next] : [state.next]).filter(
            (one) => one >= 0 && isListed[one] === 0,
          );
    if (isListed[number] === 0 && waits.length > 0) {
      open.push(...waits);
      continue;
    }
    open.pop();
    if (isListed[number] === 1) continue;
    isListed[number] = 1;
    order.push(number);
  }
  return order;
}
