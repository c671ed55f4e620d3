// Tickets as the server has them, changed in place by what is told of them.
import { queryOptions, useMutation, useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { call } from "../api/http";
import type { Ticket } from "../api/types";
import { placeInLists, queryOf, useEndless } from "../app/endless";
import type { TicketSearch } from "../app/router";
import { onLive } from "../live/apply";
import { cacheOf } from "../live/cache";
import { asked, belongs } from "./filter";

/** Lists of this page: unlike those under `tickets` they are not asked for anew at each event. */
const LISTS = ["ticket lists"];

const one = (id: string) =>
  queryOptions({
    queryKey: ["ticket", id],
    queryFn: () => call<Ticket>("GET", `/api/tickets/${encodeURIComponent(id)}`),
  });

export const useTicket = (id: string) => useQuery(one(id));

export const useTickets = (search: TicketSearch) =>
  useEndless<Ticket>([...LISTS, search], `/api/tickets${queryOf(asked(search))}`);

/** What an answer or an event told of it. */
export function keepTicket(ticket: Ticket): void {
  const { queryKey } = one(ticket.id);
  const known = cacheOf()?.getQueryData(queryKey);
  // answers and events may cross on the way
  if (known && known.updatedAt > ticket.updatedAt) return;
  cacheOf()?.setQueryData(queryKey, ticket);
  placeInLists(LISTS, ticket, ([, search]) => belongs(search as TicketSearch, ticket));
}

/** While the page is open; lists that are not on the screen are loaded anew when they are. */
export function useTicketsLive(): void {
  useEffect(() => {
    const stops = [onLive("ticket:new", keepTicket), onLive("ticket:updated", keepTicket)];
    return () => {
      for (const stop of stops) stop();
    };
  }, []);
}

export type TicketChange = Partial<Pick<Ticket, "title" | "description" | "status" | "priority" | "assignedUserId">>;

export const useChangeTicket = (id: string) =>
  useMutation({
    mutationFn: (change: TicketChange) => call<Ticket>("PATCH", `/api/tickets/${encodeURIComponent(id)}`, change),
    onSuccess: keepTicket,
  });
