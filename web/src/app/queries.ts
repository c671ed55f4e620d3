// What changes seldom and many parts need: people, channels, networks, words. Kept current by events, see live/apply.ts.
import { queryOptions, useQuery } from "@tanstack/react-query";
import { call } from "../api/http";
import type { Channel, Network, Page, Template, User } from "../api/types";

export interface Label {
  id: string;
  name: string;
  color: string;
  createdAt: string;
}

export interface QuickReply {
  id: string;
  shortcut: string;
  content: string;
  createdBy: string | null;
  createdAt: string;
  updatedAt: string;
}

export interface Team {
  id: string;
  name: string;
  userIds: string[];
  createdAt: string;
}

const STALE_MS = 60_000;
/** More than this of one kind nobody keeps in a menu. */
const MOST = 2_000;

/** All pages of a list. Rejects with a `Problem`. */
export async function allOf<T>(path: string): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const join = path.includes("?") ? "&" : "?";
    const page: Page<T> = await call("GET", `${path}${join}limit=200${cursor ? `&cursor=${cursor}` : ""}`);
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor && items.length < MOST);
  return items;
}

const list = <T>(key: string, path: string) =>
  queryOptions({ queryKey: [key], queryFn: () => allOf<T>(path), staleTime: STALE_MS });

export const queries = {
  users: list<User>("users", "/api/users"),
  channels: list<Channel>("channels", "/api/channels"),
  labels: list<Label>("labels", "/api/labels"),
  quickReplies: list<QuickReply>("quickReplies", "/api/quick-replies"),
  teams: list<Team>("teams", "/api/teams"),
  networks: queryOptions({
    queryKey: ["networks"],
    queryFn: async () => (await call<Page<Network>>("GET", "/api/networks")).items,
    staleTime: Number.POSITIVE_INFINITY,
  }),
  templates: (channelId: string) => list<Template>(`templates ${channelId}`, `/api/channels/${channelId}/templates`),
};

export const useUsers = () => useQuery(queries.users).data ?? [];
export const useChannels = () => useQuery(queries.channels).data ?? [];
export const useLabels = () => useQuery(queries.labels).data ?? [];
export const useTeams = () => useQuery(queries.teams).data ?? [];
export const useQuickReplies = () => useQuery(queries.quickReplies).data ?? [];

/** A colleague by id; `undefined` until the list is here, and for who was removed. */
export function useUser(id: string | null | undefined): User | undefined {
  return useUsers().find((user) => user.id === id);
}

/** What each network carries. */
export const useNetworks = () => useQuery(queries.networks).data ?? [];

/** What the network of a provider carries. */
export function useNetwork(provider: string | undefined): Network | undefined {
  return useNetworks().find((network) => network.provider === provider);
}
