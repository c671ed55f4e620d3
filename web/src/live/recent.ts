// What was told lately. A list that was asked for before an event and answered after it would otherwise undo the event.
import type { OperatorsTold } from "../api/generated/events";

/** An event of the journal, as the socket told it. */
export interface Told {
  name: keyof OperatorsTold;
  payload: unknown;
  at: number;
}

const KEPT_MS = 90_000;
const told: Told[] = [];

export function remember(name: keyof OperatorsTold, payload: unknown): void {
  const now = performance.now();
  told.push({ name, payload, at: now });
  while (told[0] && told[0].at < now - KEPT_MS) told.shift();
}

/**
 * Loads by REST and puts the answer in; whatever was told since the call began is applied again on top, so that an old answer
 * never hides a newer event. Events are facts, and applying one twice changes nothing.
 */
export async function snapshot<T>(load: () => Promise<T>, put: (answer: T) => void): Promise<T> {
  const began = performance.now();
  const answer = await load();
  put(answer);
  for (const event of told) if (event.at >= began) again(event);
  return answer;
}

let again: (event: Told) => void = () => {};

/** Set once by the module that knows what events do. */
export function appliedBy(apply: (event: Told) => void): void {
  again = apply;
}
