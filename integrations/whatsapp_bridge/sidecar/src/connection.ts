// How a session reconnects: what an ended connection means, and when the next one is tried.

export type Status = 'connecting' | 'qr' | 'connected' | 'disconnected' | 'error';

export interface Verdict {
  /** Milliseconds until the next try; `undefined`: not until somebody starts the session. */
  again: number | undefined;
  /** The pairing is gone. */
  forget?: boolean;
  status: Status;
  error?: string;
}

const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;

/** `failures`: ends in a row without a working connection between. */
export function verdict(code: number | undefined, failures: number, paired: boolean): Verdict {
  switch (code) {
    case 401:
      return { again: undefined, forget: true, status: 'disconnected', error: 'The phone has logged this session out: pair it again.' };
    case 403:
      return { again: undefined, status: 'error', error: 'WhatsApp has blocked this account.' };
    case 411:
      return { again: undefined, forget: true, status: 'error', error: 'The phone is not set up for linked devices: pair it again.' };
    case 440:
      return { again: undefined, status: 'error', error: 'Another session of this phone has taken over: start this one again to take it back.' };
    // normal right after pairing
    case 515:
      return { again: 0, status: 'connecting' };
    default: {
      if (!paired && failures >= 5) {
        return { again: undefined, status: 'disconnected', error: 'Nobody has scanned the code: start the session again for a new one.' };
      }
      const pause = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 10));
      const error = paired ? `The connection to WhatsApp was lost${code ? ` (${code})` : ''}; it is tried again.` : undefined;
      return { again: pause * (0.8 + Math.random() * 0.4), status: 'connecting', ...(error && { error }) };
    }
  }
}

/** Baileys gives the code inside its error. */
export function codeOf(lastDisconnect: any): number | undefined {
  const code = lastDisconnect?.error?.output?.statusCode ?? lastDisconnect?.error?.statusCode;
  return typeof code === 'number' ? code : undefined;
}
