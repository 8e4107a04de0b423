// A socket that is opened again, with a new ticket, whenever it closes.

import type { Surroundings } from './surroundings.ts';
import type { Push } from './types.ts';

/** The gateway closes a socket that is silent for ten minutes. */
const PING_EVERY_MS = 8 * 60_000;
const PONG_WITHIN_MS = 10_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** After so many in a row that did not open, none is tried any more. */
const MOST_FAILURES = 5;

export interface SocketUse {
  /** The address of a socket, with a fresh ticket. */
  address: () => Promise<string>;
  /** It is open: what was pushed before was missed. */
  onOpen: () => void;
  onPush: (push: Push) => void;
  signal: AbortSignal;
}

export class KeptSocket {
  /** While this is true, pushes arrive. */
  isOpen = false;

  constructor(around: Surroundings, use: SocketUse) {
    if (around.WebSocket) void this.keep(around, around.WebSocket, use);
  }

  private async keep(around: Surroundings, Socket: typeof WebSocket, use: SocketUse): Promise<void> {
    for (let failures = 0; failures < MOST_FAILURES && !use.signal.aborted; ) {
      const hasOpened = await this.once(around, Socket, use).catch(() => false);
      failures = hasOpened ? 0 : failures + 1;
      await around.sleep(Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS), use.signal);
    }
  }

  /** Opens one socket and waits for its end; whether it ever was open. */
  private async once(around: Surroundings, Socket: typeof WebSocket, use: SocketUse): Promise<boolean> {
    const address = await use.address();
    if (use.signal.aborted) return false;
    const socket = new Socket(address);
    const ended = new AbortController();
    const end = () => ended.abort();
    let hasOpened = false;
    let pongs = 0;
    use.signal.addEventListener('abort', end);
    socket.addEventListener('close', end);
    socket.addEventListener('error', end);
    socket.addEventListener('open', () => {
      hasOpened = this.isOpen = true;
      use.onOpen();
    });
    socket.addEventListener('message', ({ data }) => {
      const message = read(data);
      if (message?.type === 'pong') pongs += 1;
      else if (message?.order_no !== undefined) use.onPush(message as Push);
    });
    while (!ended.signal.aborted) {
      await around.sleep(PING_EVERY_MS, ended.signal);
      if (ended.signal.aborted || socket.readyState !== socket.OPEN) break;
      const before = pongs;
      socket.send('{"type":"ping"}');
      await around.sleep(PONG_WITHIN_MS, ended.signal);
      // A connection that was lost without a word.
      if (pongs === before) break;
    }
    this.isOpen = false;
    use.signal.removeEventListener('abort', end);
    ended.abort();
    socket.close();
    return hasOpened;
  }
}

function read(data: unknown): { type?: string; order_no?: string } | undefined {
  try {
    const message: unknown = JSON.parse(String(data));
    return typeof message === 'object' && message !== null ? message : undefined;
  } catch {
    return undefined;
  }
}
