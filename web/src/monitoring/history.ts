// The figures of the last quarter of an hour, kept while the tab is open: the server tells only those of now.
import type { components } from "../api/generated/rest";
import { createStore, type Store } from "../live/store";

export type Monitoring = components["schemas"]["Monitoring"];
export type Scope = "organization" | "server";

export interface Sample {
  /** Seconds since 1970. */
  at: number;
  /** Null: nobody looked, so nothing is known of this time. */
  figures: Monitoring | null;
}

export const KEPT_SECS = 15 * 60;
/** After a longer silence the lines of the charts are broken. */
const GAP_SECS = 20;

/** Appends what was told; what is too old goes. */
export function append(samples: Sample[], figures: Monitoring, at: number): Sample[] {
  const last = samples.at(-1);
  if (last && last.at >= at) return samples;
  const gap = last && at - last.at > GAP_SECS ? [{ at: last.at + 1, figures: null }] : [];
  return [...samples, ...gap, { at, figures }].filter((sample) => sample.at > at - KEPT_SECS);
}

const kept = new Map<string, Store<Sample[]>>();

/** By who looks at what: a tab may change hands. */
export function historyOf(userId: string, scope: Scope): Store<Sample[]> {
  const key = `${userId} ${scope}`;
  const store = kept.get(key) ?? createStore<Sample[]>([]);
  kept.set(key, store);
  return store;
}
