// Things with ids, each watched by itself, so that one changed chat draws one line of a list again.
import { useCallback, useSyncExternalStore } from "react";

export interface Entities<T extends { id: string }> {
  get(id: string): T | undefined;
  all(): Iterable<T>;
  put(items: T[]): void;
  remove(id: string): void;
  clear(): void;
  subscribe(id: string, listener: () => void): () => void;
  /** Told of each item that was put, and of each removed one as `undefined`. */
  onChange(listener: (id: string, item: T | undefined) => void): () => void;
}

export function createEntities<T extends { id: string }>(): Entities<T> {
  const items = new Map<string, T>();
  const watching = new Map<string, Set<() => void>>();
  const changes = new Set<(id: string, item: T | undefined) => void>();
  const tell = (id: string) => {
    for (const listener of [...(watching.get(id) ?? [])]) listener();
    for (const listener of [...changes]) listener(id, items.get(id));
  };
  return {
    get: (id) => items.get(id),
    all: () => items.values(),
    put(next) {
      const changed = next.filter((item) => items.get(item.id) !== item);
      for (const item of changed) items.set(item.id, item);
      for (const item of changed) tell(item.id);
    },
    remove(id) {
      if (items.delete(id)) tell(id);
    },
    clear() {
      const ids = [...items.keys()];
      items.clear();
      ids.forEach(tell);
    },
    subscribe(id, listener) {
      const listeners = watching.get(id) ?? new Set();
      watching.set(id, listeners.add(listener));
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) watching.delete(id);
      };
    },
    onChange(listener) {
      changes.add(listener);
      return () => changes.delete(listener);
    },
  };
}

export function useEntity<T extends { id: string }>(entities: Entities<T>, id: string): T | undefined {
  const subscribe = useCallback((listener: () => void) => entities.subscribe(id, listener), [entities, id]);
  return useSyncExternalStore(subscribe, () => entities.get(id));
}
