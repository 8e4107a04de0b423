import { type Surroundings } from './surroundings.ts';
import type { NewOrder, OpenOrder, OrderPage, OrderStatus, Products, Retry, Wallet } from './types.ts';
import { type WatchOptions } from './watch.ts';
export * from './types.ts';
export { TillError } from './error.ts';
export type { Surroundings } from './surroundings.ts';
export { type WatchOptions, isFinal } from './watch.ts';
export interface TillOptions {
    /** The address of the API, without `/api/v1/payment`. */
    url: string;
    /** The buyer's bearer token, or a function that is asked for it before each call, and once more after a 401. */
    token?: string | (() => string | Promise<string>);
    /** The language of messages and of products' names: what `Accept-Language` says. */
    language?: string;
    surroundings?: Partial<Surroundings>;
}
export interface CallOptions {
    signal?: AbortSignal | undefined;
}
export declare class Till {
    private readonly access;
    private readonly around;
    constructor(options: TillOptions);
    /**
     * Makes an order and opens its payment. If the answer is lost, it asks again under the same key, so that no second order is made.
     * A page that may be loaded again meanwhile keeps a key of its own and passes it.
     */
    createOrder(order: NewOrder, options?: CallOptions & {
        key?: string;
    }): Promise<OpenOrder>;
    /** A fresh code, or another method. It begins another attempt each time, so it is not repeated when an answer is lost. */
    retry(orderNo: string, how?: Retry, options?: CallOptions): Promise<OpenOrder>;
    /** Cancels an order that is not paid. */
    cancel(orderNo: string, options?: CallOptions): Promise<void>;
    /** How an order stands. `refresh`: the providers are asked first, at most once in ten seconds. */
    orderStatus(orderNo: string, options?: CallOptions & {
        refresh?: boolean;
    }): Promise<OrderStatus>;
    /** The buyer's orders, newest first, twenty at a time. `cursor`: the `next` of the page before. */
    orders(options?: CallOptions & {
        cursor?: string | undefined;
    }): Promise<OrderPage>;
    wallet(options?: CallOptions): Promise<Wallet>;
    /** What is on sale. It needs no token. */
    products(options?: CallOptions): Promise<Products>;
    /**
     * The order as it stands, and again whenever it has changed, until it is final: by push where there is a socket, and by asking.
     * It ends without a final state when the signal is aborted, and after 80 readings.
     */
    watchOrder(orderNo: string, options?: WatchOptions): AsyncGenerator<OrderStatus, void>;
    private get;
    private call;
}
