import type { Surroundings } from './surroundings.ts';
export interface Access {
    /** The address of the API, without `/api/v1/payment`. */
    url: string;
    /** Absent: the call is made without one, as `products` permits. */
    token: string | (() => string | Promise<string>) | undefined;
    language: string | undefined;
}
export interface Call {
    method: 'GET' | 'POST';
    path: string;
    body?: object;
    headers?: Record<string, string>;
    /**
     * Whether a request whose answer was lost may be sent again: it reads, or it has an idempotency key, or it does the same twice.
     */
    isRepeatable: boolean;
    signal?: AbortSignal | undefined;
}
export declare function request<T>(access: Access, around: Surroundings, call: Call): Promise<T>;
