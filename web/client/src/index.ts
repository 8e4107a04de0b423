// Till for web pages and Node: what docs/client.md describes.

import { type Access, type Call, request } from './request.ts';
import { type Surroundings, surroundings } from './surroundings.ts';
import type { NewOrder, OpenOrder, OrderPage, OrderStatus, Products, PushTicket, Retry, Wallet } from './types.ts';
import { type WatchOptions, watch } from './watch.ts';

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

export class Till {
  private readonly access: Access;
  private readonly around: Surroundings;

  constructor(options: TillOptions) {
    this.access = { url: options.url, token: options.token, language: options.language };
    this.around = surroundings(options.surroundings);
  }

  /**
   * Makes an order and opens its payment. If the answer is lost, it asks again under the same key, so that no second order is made.
   * A page that may be loaded again meanwhile keeps a key of its own and passes it.
   */
  createOrder(order: NewOrder, options: CallOptions & { key?: string } = {}): Promise<OpenOrder> {
    const headers = { 'idempotency-key': options.key ?? newKey() };
    return this.call({ method: 'POST', path: '/create-order', body: order, headers, isRepeatable: true, ...options });
  }

  /** A fresh code, or another method. It begins another attempt each time, so it is not repeated when an answer is lost. */
  retry(orderNo: string, how: Retry = {}, options: CallOptions = {}): Promise<OpenOrder> {
    const body = { order_no: orderNo, ...how };
    return this.call({ method: 'POST', path: '/retry-payment', body, isRepeatable: false, ...options });
  }

  /** Cancels an order that is not paid. */
  async cancel(orderNo: string, options: CallOptions = {}): Promise<void> {
    await this.call({ method: 'POST', path: '/cancel-order', body: { order_no: orderNo }, isRepeatable: true, ...options });
  }

  /** How an order stands. `refresh`: the providers are asked first, at most once in ten seconds. */
  orderStatus(orderNo: string, options: CallOptions & { refresh?: boolean } = {}): Promise<OrderStatus> {
    return this.get('/order-status', { order_no: orderNo, ...(options.refresh && { refresh: '1' }) }, options);
  }

  /** The buyer's orders, newest first, twenty at a time. `cursor`: the `next` of the page before. */
  orders(options: CallOptions & { cursor?: string | undefined } = {}): Promise<OrderPage> {
    return this.get('/orders', options.cursor === undefined ? {} : { cursor: options.cursor }, options);
  }

  wallet(options: CallOptions = {}): Promise<Wallet> {
    return this.get('/wallet', {}, options);
  }

  /** What is on sale. It needs no token. */
  products(options: CallOptions = {}): Promise<Products> {
    return this.get('/products', {}, options);
  }

  /**
   * The order as it stands, and again whenever it has changed, until it is final: by push where there is a socket, and by asking.
   * It ends without a final state when the signal is aborted, and after 80 readings.
   */
  watchOrder(orderNo: string, options: WatchOptions = {}): AsyncGenerator<OrderStatus, void> {
    const ticket = async () => {
      const call: Call = { method: 'POST', path: '/push-ticket', body: {}, isRepeatable: true, signal: options.signal };
      return (await this.call<PushTicket>(call)).url;
    };
    const read = (signal: AbortSignal) => this.orderStatus(orderNo, { signal });
    return watch(orderNo, { read, ticket }, this.around, options);
  }

  private get<T>(path: string, parameters: Record<string, string>, options: CallOptions): Promise<T> {
    const query = new URLSearchParams(parameters).toString();
    const whole = query ? `${path}?${query}` : path;
    return this.call({ method: 'GET', path: whole, isRepeatable: true, signal: options.signal });
  }

  private call<T>(call: Call): Promise<T> {
    return request<T>(this.access, this.around, call);
  }
}

/** `crypto.randomUUID` is missing in pages that are not served by HTTPS. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
