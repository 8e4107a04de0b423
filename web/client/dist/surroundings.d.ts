export interface Surroundings {
    fetch: typeof fetch;
    /** Without it, orders are watched by asking alone. Node has one from version 22 on. */
    WebSocket: typeof WebSocket | undefined;
    /** Waits; ends early, without an error, when the signal is aborted. */
    sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
    /** The page; undefined in Node. */
    document: Pick<Document, 'hidden' | 'addEventListener' | 'removeEventListener'> | undefined;
}
export declare function surroundings(own?: Partial<Surroundings>): Surroundings;
