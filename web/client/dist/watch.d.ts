import type { Surroundings } from './surroundings.ts';
import type { OrderStatus } from './types.ts';
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
export declare function isFinal(order: OrderStatus): boolean;
/** Yields the order as it stands, and again whenever it has changed. Ends after 80 readings too. */
export declare function watch(orderNo: string, source: Source, around: Surroundings, options: WatchOptions): AsyncGenerator<OrderStatus, void>;
