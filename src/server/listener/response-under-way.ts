import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What node calls the response that a connection gives now. */
interface AnsweringSocket extends Socket {
  readonly _httpMessage?: ServerResponse | null;
}

/** The response that a connection gives now, or will give next; null while none is asked for. */
export function responseUnderWay(socket: Socket): ServerResponse | null {
  return (socket as AnsweringSocket)._httpMessage ?? null;
}
