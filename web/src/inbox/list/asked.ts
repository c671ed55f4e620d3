// What the address asks the list to show.
import { useRouter, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import type { ChatStatus } from "../../api/types";
import type { InboxSearch } from "../../app/router";
import type { ChatFilter } from "../filter";

/** Without a word on it: everything that may still need somebody. */
const UNRESOLVED: ChatStatus[] = ["open", "pending", "snoozed"];

export function filterOf(search: InboxSearch): ChatFilter {
  const { status, message: _message, q, ...rest } = search;
  const states = status === "all" ? undefined : status ? [status] : UNRESOLVED;
  // a search looks everywhere, unless told where
  return { ...rest, q, status: q && !status ? undefined : states };
}

/** Filters that can be taken off one by one; the tabs and the text have places of their own. */
export const NARROWING = ["status", "channelId", "channel", "label", "teamId", "unread"] as const;

export function isNarrowed(search: InboxSearch): boolean {
  const somebody = search.assignedTo && search.assignedTo !== "me" && search.assignedTo !== "none";
  return Boolean(search.q || somebody || NARROWING.some((name) => search[name]));
}

export function useAsked() {
  const search = useSearch({ from: "/shell/inbox" });
  const router = useRouter();
  const filter = useMemo(() => filterOf(search), [search]);
  const ask = (change: InboxSearch, replace = false) => {
    const next = { ...search, message: undefined, ...change };
    void router.navigate({ to: ".", search: next as never, replace });
  };
  return {
    search,
    filter,
    ask,
    clear: () => ask({ ...Object.fromEntries(Object.keys(search).map((name) => [name, undefined])) }),
  };
}
