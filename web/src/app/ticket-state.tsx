import { useTranslation } from "react-i18next";
import type { TicketStatus } from "../api/types";
import { Mark, type MarkLook } from "../ui/mark";

const LOOKS: Record<TicketStatus, MarkLook> = {
  open: "accent",
  in_progress: "warn",
  resolved: "good",
  closed: "plain",
};

/** How far a ticket is, as a mark. */
export function TicketState({ status }: { status: TicketStatus }) {
  const { t } = useTranslation("tickets");
  return <Mark look={LOOKS[status]}>{t(`status.${status}`)}</Mark>;
}
