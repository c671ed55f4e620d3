// Lists of REST that go on as one scrolls, kept by TanStack Query; one item of them can be changed in its place.
import { type InfiniteData, type QueryKey, useInfiniteQuery } from "@tanstack/react-query";
import { call } from "../api/http";
import type { Page } from "../api/types";
import { cacheOf } from "../live/cache";

const PAGE = 50;

type Pages<T> = InfiniteData<Page<T>, string | null>;

/** Parameters that are set, as the query of an address: `?a=1&b=x`, or nothing. */
export function queryOf(params: Record<string, string | boolean | number | null | undefined>): string {
  const given = Object.entries(params).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text && `?${text}`;
}

/** What `path` lists, a page at a time. */
export function useEndless<T extends { id: string }>(queryKey: QueryKey, path: string, enabled = true) {
  const query = useInfiniteQuery({
    queryKey,
    enabled,
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => {
      const join = path.includes("?") ? "&" : "?";
      const cursor = pageParam ? `&cursor=${encodeURIComponent(pageParam)}` : "";
      return call<Page<T>>("GET", `${path}${join}limit=${PAGE}${cursor}`).finally(() => signal.throwIfAborted());
    },
    getNextPageParam: (page) => page.nextCursor,
  });
  // an item that came in while pages were turned may be on two of them
  const byId = new Map(query.data?.pages.flatMap((page) => page.items).map((item) => [item.id, item]));
  return {
    items: [...byId.values()],
    loading: query.isPending,
    /** Nothing can be shown; a later page that failed is told at the end of the list. */
    error: query.data ? null : query.error,
    again: () => void query.refetch(),
    end: {
      left: query.hasNextPage,
      busy: query.isFetchingNextPage,
      failed: query.isFetchNextPageError,
      more: () => void query.fetchNextPage(),
    },
  };
}

/**
 * Puts an item that was made or changed into the lists below a key: in its place, at the top where it is new, and out of those it
 * `belongs` to no longer; where only the server knows (`null`), it stays where it is. What is being loaded meanwhile is loaded again.
 */
export function placeInLists<T extends { id: string }>(
  below: QueryKey,
  item: T,
  belongs: (key: QueryKey) => boolean | null,
): void {
  const cache = cacheOf();
  for (const query of cache?.getQueryCache().findAll({ queryKey: below }) ?? []) {
    if (query.state.fetchStatus === "fetching")
      void cache?.invalidateQueries({ queryKey: query.queryKey, exact: true });
    cache?.setQueryData<Pages<T>>(query.queryKey, (data) => data && place(data, item, belongs(query.queryKey)));
  }
}

function place<T extends { id: string }>(data: Pages<T>, item: T, belongs: boolean | null): Pages<T> {
  const known = data.pages.some((page) => page.items.some((other) => other.id === item.id));
  const [first, ...rest] = data.pages;
  if (!known) {
    if (!belongs || !first) return data;
    return { ...data, pages: [{ ...first, items: [item, ...first.items] }, ...rest] };
  }
  const pages = data.pages.map((page) => ({
    ...page,
    items:
      belongs === false
        ? page.items.filter((other) => other.id !== item.id)
        : page.items.map((other) => (other.id === item.id ? item : other)),
  }));
  return { ...data, pages };
}
