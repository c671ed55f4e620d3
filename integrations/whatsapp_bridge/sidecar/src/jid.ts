// WhatsApp's addresses, brought to one spelling: device (`:15`) and agent (`_1`) stripped, `@c.us` as `@s.whatsapp.net`.

const PERSON = 's.whatsapp.net';

export function normalize(jid: unknown): string | undefined {
  if (typeof jid !== 'string') return undefined;
  const at = jid.indexOf('@');
  if (at < 1 || at === jid.length - 1) return undefined;
  let [user, server] = [jid.slice(0, at), jid.slice(at + 1)];
  if (server === 'c.us') server = PERSON;
  if ([PERSON, 'lid', 'hosted', 'hosted.lid'].includes(server)) user = user.replace(/:\d+$/, '').replace(/_\d+$/, '');
  return user ? `${user}@${server}` : undefined;
}

/** What the server calls a chat, or a bare number, as an address. */
export function address(to: unknown): string | undefined {
  if (typeof to !== 'string') return undefined;
  const digits = to.trim().replace(/^\+/, '');
  return /^\d{5,15}$/.test(digits) ? `${digits}@${PERSON}` : normalize(to.trim());
}

export const isGroup = (jid: string) => jid.endsWith('@g.us');
export const isLid = (jid: string) => jid.endsWith('@lid') || jid.endsWith('@hosted.lid');
export const isPhone = (jid: string) => jid.endsWith(`@${PERSON}`);

/** Stories and channels: posted to everybody, answered by nobody. */
export const isPost = (jid: string) => jid === 'status@broadcast' || jid.endsWith('@newsletter');

export function phone(jid: string | undefined): string | undefined {
  const digits = jid && isPhone(jid) ? jid.slice(0, jid.indexOf('@')) : '';
  return /^\d+$/.test(digits) ? `+${digits}` : undefined;
}

/** A number, however it came: as one, as text, or as a Long `{low, high, unsigned}`. */
export function number(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'string') return value.trim() === '' ? undefined : number(Number(value));
  if (value && typeof value === 'object' && 'low' in value && 'high' in value) {
    const { low, high } = value as { low: unknown; high: unknown };
    if (typeof low === 'number' && typeof high === 'number') return high * 2 ** 32 + (low >>> 0);
  }
  return undefined;
}
