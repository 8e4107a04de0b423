/** A request that was refused, or that got no answer. Show `message`, program by `error`. */
export declare class TillError extends Error {
    readonly name = "TillError";
    /** The HTTP status; 0 if no answer came. */
    readonly status: number;
    /** The stable word of docs/api.md; `no_answer` if no answer came. */
    readonly error: string;
    readonly data: Record<string, unknown> | null;
    readonly requestId: string | undefined;
    /** Seconds after which the server wants to be asked again. */
    readonly retryAfter: number | undefined;
    constructor(message: string, about: Pick<TillError, 'status' | 'error'> & Partial<Pick<TillError, 'data' | 'requestId' | 'retryAfter'>>);
    /** Whether the same request may succeed a little later. */
    get isPassing(): boolean;
}
/** Reads the answer of a refusal. The gateway before Till has errors in another shape, without a word. */
export declare function readError(answer: Response): Promise<TillError>;
