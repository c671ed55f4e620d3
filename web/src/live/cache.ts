// The cache of what changes seldom and is loaded by REST: people, channels, labels, settings.
import type { QueryClient } from "@tanstack/react-query";

let cache: QueryClient | null = null;

/** Made where the dashboard starts. */
export function keepCache(client: QueryClient): void {
  cache = client;
}

export function cacheOf(): QueryClient | null {
  return cache;
}
