// What the client needs of the page or of Node, so that tests can put their own in its place.

export interface Surroundings {
  fetch: typeof fetch;
  /** Without it, orders are watched by asking alone. Node has one from version 22 on. */
  WebSocket: typeof WebSocket | undefined;
  /** Waits; ends early, without an error, when the signal is aborted. */
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** The page; undefined in Node. */
  document: Pick<Document, 'hidden' | 'addEventListener' | 'removeEventListener'> | undefined;
}

export function surroundings(own: Partial<Surroundings> = {}): Surroundings {
  return {
    fetch: (...call) => globalThis.fetch(...call),
    WebSocket: globalThis.WebSocket,
    sleep,
    document: globalThis.document,
    ...own,
  };
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal?.aborted) return done();
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      done();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end);
  });
}
