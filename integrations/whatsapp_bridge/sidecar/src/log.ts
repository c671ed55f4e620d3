// One JSON object a line on stderr. Neither texts nor numbers of customers, neither secrets nor pairing codes are logged.

export function log(level: 'info' | 'warn' | 'error', message: string, fields: Record<string, unknown> = {}): void {
  process.stderr.write(`${JSON.stringify({ at: new Date().toISOString(), level, message, ...fields })}\n`);
}

/** An error in words; addresses are left out, since they may hold tokens. */
export function reason(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.replace(/\b(?:https?|wss?):\/\/\S+/g, 'the address').slice(0, 300);
}

/** What Baileys asks of a logger; it says too much about people to be let through. */
export const silent = {
  level: 'silent',
  child: () => silent,
  trace() {},
  debug() {},
  info() {},
  warn() {},
  error() {},
};
