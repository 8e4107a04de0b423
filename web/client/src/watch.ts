// The states of an order as they come: by push where there is a socket, and by asking.

import { TillError } from './error.ts';
import { KeptSocket } from './socket.ts';
import type { Surroundings } from './surroundings.ts';
import type { OrderStatus } from './types.ts';

/** After each reading, until the next one: so long so many times. The sum of the times is all that an order is read. */
const PACE: readonly (readonly [ms: number, times: number])[] = [
  [3_000, 10],
  [10_000, 20],
  [30_000, 50],
];
const MOST_READINGS = PACE.reduce((sum, [, times]) => sum + times, 0);
/** A push may not come at all, and not every change is pushed, so an order is read while its socket is open, too, but less often. */
const LEAST_WITH_SOCKET_MS = 10_000;

export interface WatchOptions {
  /** The watch ends with the first state that fits; without it, with the first [`isFinal`]. */
  until?: (order: OrderStatus) => boolean;
  /** `push_url` of an order that was just made: a socket without asking for a ticket. */
  pushUrl?: string | undefined;
  /** Ends the watch at once. */
  signal?: AbortSignal | undefined;
}

export interface Source {
  read: (signal: AbortSignal) => Promise<OrderStatus>;
  ticket: () => Promise<string>;
}

/** Whether nothing more is expected of an order: its goods are granted, or it is over. */
export function isFinal(order: OrderStatus): boolean {
  switch (order.status) {
    case 'pending':
      return false;
    case 'paid':
      return order.fulfilment === 'granted';
    case 'cancelled':
    case 'refunded':
      return order.fulfilment !== 'revoking';
  }
}

/** Yields the order as it stands, and again whenever it has changed. Ends after 80 readings too. */
export async function* watch(orderNo: string, source: Source, around: Surroundings, options: WatchOptions): AsyncGenerator<OrderStatus, void> {
  const { until = isFinal, signal } = options;
  const ends = new AbortController();
  const end = () => ends.abort();
  if (signal?.aborted) return;
  signal?.addEventListener('abort', end);
  const bell = new Bell();
  let address = options.pushUrl;
  const socket = new KeptSocket(around, {
    address: async () => {
      const first = address;
      address = undefined;
      return first ?? source.ticket();
    },
    onOpen: () => bell.ring(),
    onPush: (push) => push.order_no === orderNo && bell.ring(),
    signal: ends.signal,
  });
  try {
    let last = '';
    for (let readings = 1; ; readings += 1) {
      const order = await readNow(source, ends.signal);
      if (ends.signal.aborted) return;
      const shown = order && JSON.stringify({ ...order, server_time: undefined });
      if (order && shown && shown !== last) {
        last = shown;
        yield order;
        if (until(order)) return;
      }
      if (readings === MOST_READINGS || ends.signal.aborted) return;
      await bell.within(socket.isOpen ? Math.max(pauseAfter(readings), LEAST_WITH_SOCKET_MS) : pauseAfter(readings), around, ends.signal);
      await untilVisible(around, ends.signal);
      if (ends.signal.aborted) return;
    }
  } finally {
    signal?.removeEventListener('abort', end);
    ends.abort();
  }
}

/** The order, or nothing where it cannot be read at the moment. */
async function readNow(source: Source, signal: AbortSignal): Promise<OrderStatus | undefined> {
  try {
    return await source.read(signal);
  } catch (error) {
    if (signal.aborted || (error instanceof TillError && error.isPassing)) return undefined;
    throw error;
  }
}

function pauseAfter(readings: number): number {
  let left = readings;
  for (const [ms, times] of PACE) {
    if (left <= times) return ms;
    left -= times;
  }
  return 0;
}

/** Nobody looks at a hidden page. */
async function untilVisible({ document }: Surroundings, signal: AbortSignal): Promise<void> {
  while (document?.hidden && !signal.aborted) {
    await new Promise<void>((done) => {
      const change = () => {
        document.removeEventListener('visibilitychange', change);
        signal.removeEventListener('abort', change);
        done();
      };
      document.addEventListener('visibilitychange', change);
      signal.addEventListener('abort', change);
    });
  }
}

/** Ends a pause early; a ring before the pause counts too. */
class Bell {
  private hasRung = false;
  private wake: (() => void) | undefined;

  ring(): void {
    this.hasRung = true;
    this.wake?.();
  }

  async within(ms: number, around: Surroundings, signal: AbortSignal): Promise<void> {
    const pause = new AbortController();
    const end = () => pause.abort();
    this.wake = end;
    signal.addEventListener('abort', end);
    if (this.hasRung || signal.aborted) end();
    await around.sleep(ms, pause.signal);
    signal.removeEventListener('abort', end);
    this.wake = undefined;
    this.hasRung = false;
  }
}
