// Tickets: a list, and the open one beside it.
import { useParams } from "@tanstack/react-router";
import { Ticket } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Split } from "../ui/split";
import { Empty } from "../ui/states";
import { TicketDetail } from "./detail";
import { TicketList } from "./list";
import { useTicketsLive } from "./queries";

export function TicketsPage() {
  const { t } = useTranslation("tickets");
  const { ticketId } = useParams({ strict: false });
  useTicketsLive();
  return (
    <Split
      label={t("title")}
      list={<TicketList />}
      detail={ticketId ? <TicketDetail key={ticketId} ticketId={ticketId} /> : null}
      empty={<Empty icon={<Ticket className="size-6" aria-hidden />} title={t("choose")} />}
    />
  );
}
