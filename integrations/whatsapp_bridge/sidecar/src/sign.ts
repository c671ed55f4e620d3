// The contract's seal on a delivery: over time, channel and raw body, so that it fits no other channel or day.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export function sealed(secret: string, channelId: string, body: string, unixSeconds: number): Record<string, string> {
  const timestamp = String(unixSeconds);
  const hmac = createHmac('sha256', secret).update(`${timestamp}.${channelId}.`).update(body).digest('hex');
  return { 'x-switchboard-timestamp': timestamp, 'x-switchboard-signature': `sha256=${hmac}` };
}

/** Whether a request carries the secret, in constant time. */
export function authorized(secret: string, header: string | undefined): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(header ?? ''), digest(`Bearer ${secret}`));
}
