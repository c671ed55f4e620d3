// Which tickets a list shows: asked of the server, and decided here again when one changes.
import { session } from "../api/session";
import type { Ticket, TicketStatus } from "../api/types";
import type { TicketSearch } from "../app/router";

export const STATUSES: TicketStatus[] = ["open", "in_progress", "resolved", "closed"];
const ACTIVE: TicketStatus[] = ["open", "in_progress"];

function statuses({ state }: TicketSearch): TicketStatus[] {
  if (!state) return ACTIVE;
  return state === "all" ? STATUSES : [state];
}

/** As parameters of `GET /api/tickets`. */
export function asked(search: TicketSearch): Record<string, string | undefined> {
  const { assignedTo, chatId, contactId, q } = search;
  return { assignedTo, chatId, contactId, q, status: search.state === "all" ? undefined : statuses(search).join(",") };
}

/** Whether a ticket belongs into the list. What a text finds and whose chats a person's are, only the server knows: `null`. */
export function belongs(search: TicketSearch, ticket: Ticket): boolean | null {
  const { assignedTo, chatId, contactId, q } = search;
  if (!statuses(search).includes(ticket.status)) return false;
  if (chatId && ticket.chatId !== chatId) return false;
  if (assignedTo === "none" && ticket.assignedUserId) return false;
  if (assignedTo && assignedTo !== "none") {
    const asked = assignedTo === "me" ? session.get()?.user.id : assignedTo;
    if (ticket.assignedUserId !== asked) return false;
  }
  return q || contactId ? null : true;
}
