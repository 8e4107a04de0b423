import type { Surroundings } from './surroundings.ts';
import type { Push } from './types.ts';
export interface SocketUse {
    /** The address of a socket, with a fresh ticket. */
    address: () => Promise<string>;
    /** It is open: what was pushed before was missed. */
    onOpen: () => void;
    onPush: (push: Push) => void;
    signal: AbortSignal;
}
export declare class KeptSocket {
    /** While this is true, pushes arrive. */
    isOpen: boolean;
    constructor(around: Surroundings, use: SocketUse);
    private keep;
    /** Opens one socket and waits for its end; whether it ever was open. */
    private once;
}
