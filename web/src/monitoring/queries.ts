// Asked for every five seconds while somebody looks: a hidden tab asks for nothing.
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { call } from "../api/http";
import { asProblem } from "../api/problem";
import { useMe } from "../app/me";
import { useStore } from "../live/store";
import { append, historyOf, type Monitoring, type Scope } from "./history";

const EVERY_MS = 5_000;

const path = (scope: Scope) => `/api/admin/monitoring${scope === "server" ? "?scope=server" : ""}`;

export function useMonitoring(scope: Scope) {
  const history = historyOf(useMe().id, scope);
  const samples = useStore(history);
  const query = useQuery({
    queryKey: ["monitoring", scope],
    queryFn: () => call<Monitoring>("GET", path(scope)),
    refetchInterval: EVERY_MS,
    refetchOnWindowFocus: true,
    staleTime: EVERY_MS,
  });
  const { data, dataUpdatedAt } = query;
  useEffect(() => {
    if (data) history.update((before) => append(before, data, Math.round(dataUpdatedAt / 1_000)));
  }, [data, dataUpdatedAt, history]);
  return { ...query, samples };
}

/** Whether the caller may see the figures of the whole server: known by asking. */
export function useMayServer(): boolean {
  const { data } = useQuery({
    queryKey: ["monitoring", "may server"],
    queryFn: async () => {
      try {
        await call("GET", path("server"));
        return true;
      } catch (error) {
        if (asProblem(error).status === 403) return false;
        throw error;
      }
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
  return data ?? false;
}

export type Vital = "ok" | "down" | "disabled";
export type Health = Record<"status" | "database" | "redis" | "socketio", Vital>;

/** What a load balancer is told of the node that answers; a node that does not serve says so with its parts. */
export function useHealth() {
  return useQuery({
    queryKey: ["monitoring", "health"],
    queryFn: async () => (await (await fetch("/health/ready")).json()) as Health,
    refetchInterval: EVERY_MS,
    refetchOnWindowFocus: true,
  });
}
