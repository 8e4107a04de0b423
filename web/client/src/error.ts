// The one error of this client.

/** A request that was refused, or that got no answer. Show `message`, program by `error`. */
export class TillError extends Error {
  override readonly name = 'TillError';
  /** The HTTP status; 0 if no answer came. */
  readonly status: number;
  /** The stable word of docs/api.md; `no_answer` if no answer came. */
  readonly error: string;
  readonly data: Record<string, unknown> | null;
  readonly requestId: string | undefined;
  /** Seconds after which the server wants to be asked again. */
  readonly retryAfter: number | undefined;

  constructor(message: string, about: Pick<TillError, 'status' | 'error'> & Partial<Pick<TillError, 'data' | 'requestId' | 'retryAfter'>>) {
    super(message);
    this.status = about.status;
    this.error = about.error;
    this.data = about.data ?? null;
    this.requestId = about.requestId;
    this.retryAfter = about.retryAfter;
  }

  /** Whether the same request may succeed a little later. */
  get isPassing(): boolean {
    return ['no_answer', 'unavailable', 'too_many_requests', 'in_progress', 'paused'].includes(this.error);
  }
}

/** Reads the answer of a refusal. The gateway before Till has errors in another shape, without a word. */
export async function readError(answer: Response): Promise<TillError> {
  const body: unknown = await answer.json().catch(() => undefined);
  const fields = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const text = (name: string) => (typeof fields[name] === 'string' ? (fields[name] as string) : undefined);
  const seconds = Number(answer.headers.get('retry-after') ?? NaN);
  return new TillError(text('msg') ?? text('message') ?? `HTTP ${answer.status}`, {
    status: answer.status,
    error: text('error') ?? wordOf(answer.status),
    data: typeof fields['data'] === 'object' ? (fields['data'] as Record<string, unknown> | null) : null,
    requestId: text('request_id') ?? answer.headers.get('x-request-id') ?? undefined,
    retryAfter: Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined,
  } as ConstructorParameters<typeof TillError>[1]);
}

function wordOf(status: number): string {
  if (status === 429) return 'too_many_requests';
  if (status >= 500) return 'unavailable';
  return { 401: 'unauthenticated', 403: 'forbidden', 404: 'not_found', 413: 'body_too_large' }[status] ?? 'unknown';
}
