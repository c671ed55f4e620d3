// Reports as the server makes them.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { call, download } from "../api/http";
import { queryOf } from "../app/endless";
import type { ReportSearch } from "../app/router";
import { type Range, rangeOf } from "./period";

/** Seconds that half, and nine of ten, took at most; null where there were none. */
export interface Spread {
  count: number;
  p50Secs: number | null;
  p90Secs: number | null;
}

export interface ChannelFigures {
  channelId: string;
  name: string;
  channel: string;
  newChats: number;
  incoming: number;
  outgoing: number;
}

export interface OperatorFigures {
  userId: string;
  name: string;
  answers: number;
  chats: number;
  firstResponse: Spread;
  resolved: number;
}

export interface Overview {
  chats: { new: number; resolved: number; open: number };
  messages: { incoming: number; outgoing: number };
  byChannel: ChannelFigures[];
  firstResponse: Spread;
  resolution: Spread;
  byOperator: OperatorFigures[];
  /** Days of UTC. */
  daily: { date: string; incoming: number; outgoing: number; newChats: number; resolved: number }[];
}

const asked = ({ from, to }: Range) => queryOf({ from: from.toISOString(), to: to.toISOString() });

export function useOverview(search: ReportSearch) {
  const range = rangeOf(search);
  return useQuery({
    queryKey: ["report", search],
    enabled: range !== null,
    // a period that goes on ends now, whenever that is
    queryFn: () => call<Overview>("GET", `/api/reports/overview${asked(rangeOf(search) as Range)}`),
    placeholderData: keepPreviousData,
  });
}

export function loadCsv(range: Range): Promise<Blob> {
  return download(`/api/reports/overview.csv${asked(range)}`);
}
