// One call of a route: the token, the time-out, and another try where that is safe.

import { TillError, readError } from './error.ts';
import type { Surroundings } from './surroundings.ts';

const MOST_TRIES = 4;
const FIRST_PAUSE_MS = 500;
/** A caller learns of a longer pause at once, instead of waiting for it. */
const LONGEST_PAUSE_MS = 10_000;
/** A function answers within 20 seconds. */
const TIME_OUT_MS = 25_000;

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

export async function request<T>(access: Access, around: Surroundings, call: Call): Promise<T> {
  let hasNewToken = false;
  for (let tries = 1; ; tries += 1) {
    const outcome = await attempt<T>(access, around, call);
    if (!(outcome instanceof TillError)) return outcome;
    call.signal?.throwIfAborted();
    // A token may have expired since: a function can give a new one, once. Nothing was done by the request.
    if (outcome.status === 401 && typeof access.token === 'function' && !hasNewToken) {
      hasNewToken = true;
      continue;
    }
    const pause = pauseBefore(outcome, tries);
    if (!mayRepeat(outcome, call) || tries === MOST_TRIES || pause > LONGEST_PAUSE_MS) throw outcome;
    await around.sleep(pause, call.signal);
    call.signal?.throwIfAborted();
  }
}

/** Nothing is done by a request above a limit. Of the others it is not known, or it goes on. */
function mayRepeat(error: TillError, call: Call): boolean {
  if (error.error === 'too_many_requests') return true;
  return call.isRepeatable && ['no_answer', 'unavailable', 'in_progress'].includes(error.error);
}

function pauseBefore(error: TillError, tries: number): number {
  return Math.max((error.retryAfter ?? 0) * 1000, FIRST_PAUSE_MS * 2 ** (tries - 1));
}

async function attempt<T>(access: Access, around: Surroundings, call: Call): Promise<T | TillError> {
  call.signal?.throwIfAborted();
  const token = typeof access.token === 'function' ? await access.token() : access.token;
  const headers: Record<string, string> = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(access.language !== undefined && { 'accept-language': access.language }),
    ...(call.body && { 'content-type': 'application/json' }),
    ...call.headers,
  };
  const ends = new AbortController();
  const end = () => ends.abort();
  const timer = setTimeout(end, TIME_OUT_MS);
  call.signal?.addEventListener('abort', end);
  try {
    const answer = await around.fetch(`${access.url.replace(/\/+$/, '')}/api/v1/payment${call.path}`, {
      method: call.method,
      headers,
      cache: 'no-store',
      signal: ends.signal,
      ...(call.body && { body: JSON.stringify(call.body) }),
    });
    if (!answer.ok) return await readError(answer);
    // An answer that breaks off is a lost one.
    return (await answer.json()) as T;
  } catch (error) {
    call.signal?.throwIfAborted();
    return new TillError(`no answer: ${error instanceof Error ? error.message : String(error)}`, { status: 0, error: 'no_answer' });
  } finally {
    clearTimeout(timer);
    call.signal?.removeEventListener('abort', end);
  }
}
