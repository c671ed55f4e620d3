// Tickets of a chat or of a person, named elsewhere than on their page.
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Ticket } from "../api/types";
import { EndOfList } from "../ui/end";
import { Failed, Loading } from "../ui/states";
import { queryOf, useEndless } from "./endless";
import { TicketState } from "./ticket-state";

export function TicketLinks({ of }: { of: { chatId: string } | { contactId: string } }) {
  const { t } = useTranslation("tickets");
  // an event about any ticket makes all lists below this key load again
  const list = useEndless<Ticket>(["tickets", of], `/api/tickets${queryOf(of)}`);
  if (list.error) return <Failed error={list.error} again={list.again} />;
  if (list.loading) return <Loading />;
  if (list.items.length === 0) return <p className="text-muted text-sm">{t("none")}</p>;
  return (
    <>
      <ul className="flex flex-col gap-2">
        {list.items.map(({ id, number, title, status }) => (
          <li key={id}>
            <Link
              to="/tickets/$ticketId"
              params={{ ticketId: id }}
              search={{ ...of, state: "all" }}
              preload={false}
              className="flex items-center gap-2 rounded-lg border p-2 text-sm hover:bg-sunken"
            >
              <span className="text-muted tabular-nums">#{number}</span>
              <span className="min-w-0 flex-1 truncate">{title}</span>
              <TicketState status={status} />
            </Link>
          </li>
        ))}
      </ul>
      <EndOfList {...list.end} />
    </>
  );
}
