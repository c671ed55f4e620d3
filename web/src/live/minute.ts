// The time as lists need it: a value that changes once a minute.
import { createStore, useStore } from "./store";

const minute = createStore(Date.now());

setInterval(() => minute.set(Date.now()), 60_000);

/** Milliseconds since 1970; renders again each minute. */
export function useMinute(): number {
  return useStore(minute);
}
