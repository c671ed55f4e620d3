// One ticket: read and changed in place, and the chat that it comes from.
import { Link } from "@tanstack/react-router";
import { ArrowLeft, Pencil } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "sonner";
import { asProblem } from "../api/problem";
import type { Priority, Ticket, TicketStatus } from "../api/types";
import { ChatLink } from "../app/chat-link";
import { PRIORITIES } from "../app/priority";
import { useUsers } from "../app/queries";
import { full } from "../i18n/time";
import { IconButton } from "../ui/button";
import { Select } from "../ui/select";
import { Empty, Failed, Loading, problemText } from "../ui/states";
import { EditTexts } from "./edit";
import { STATUSES } from "./filter";
import { type TicketChange, useChangeTicket, useTicket } from "./queries";

export function TicketDetail({ ticketId }: { ticketId: string }) {
  const { t } = useTranslation("tickets");
  const { data, error, refetch } = useTicket(ticketId);
  return (
    <div className="flex min-h-0 min-w-0 flex-1 flex-col overflow-y-auto">
      <header className="sticky top-0 z-10 flex min-h-14 items-center gap-3 border-b bg-surface px-3 py-1 md:px-5">
        <Link
          to="/tickets"
          search={(search) => search}
          aria-label={t("back")}
          className="flex size-11 items-center justify-center rounded-lg text-muted hover:bg-sunken md:hidden"
        >
          <ArrowLeft className="size-5" aria-hidden />
        </Link>
        {data && <p className="font-semibold text-muted tabular-nums">#{data.number}</p>}
      </header>
      {data ? (
        <Body ticket={data} />
      ) : error && asProblem(error).status === 404 ? (
        <Empty title={t("gone")} />
      ) : error ? (
        <Failed error={error} again={() => void refetch()} />
      ) : (
        <Loading />
      )}
    </div>
  );
}

function Body({ ticket }: { ticket: Ticket }) {
  const { t } = useTranslation("tickets");
  return (
    <article className="flex w-full max-w-3xl flex-col gap-5 p-4 md:p-6">
      <Texts ticket={ticket} />
      <State ticket={ticket} />
      <section aria-label={t("chat")} className="flex flex-col gap-2">
        <h3 className="font-semibold text-sm">{t("chat")}</h3>
        {ticket.chatId ? <ChatLink chatId={ticket.chatId} /> : <p className="text-muted text-sm">{t("chat.none")}</p>}
      </section>
      <History ticket={ticket} />
    </article>
  );
}

function Texts({ ticket }: { ticket: Ticket }) {
  const { t } = useTranslation("tickets");
  const [editing, setEditing] = useState(false);
  if (editing) return <EditTexts ticket={ticket} done={() => setEditing(false)} />;
  return (
    <div className="flex items-start gap-2">
      <div className="min-w-0 flex-1">
        <h2 className="break-words font-semibold text-xl">{ticket.title}</h2>
        {ticket.description ? (
          <p className="mt-2 whitespace-pre-wrap break-words">{ticket.description}</p>
        ) : (
          <p className="mt-2 text-muted text-sm">{t("field.none")}</p>
        )}
      </div>
      <IconButton label={t("edit")} onClick={() => setEditing(true)}>
        <Pencil className="size-4" aria-hidden />
      </IconButton>
    </div>
  );
}

/** Each choice is saved as it is made; what is shown while it is under way is the choice. */
function State({ ticket }: { ticket: Ticket }) {
  const { t } = useTranslation(["tickets", "common"]);
  const users = useUsers();
  const change = useChangeTicket(ticket.id);
  const set = (part: TicketChange) => change.mutate(part, { onError: (error) => toast.error(problemText(error)) });
  const shown = change.isPending ? { ...ticket, ...change.variables } : ticket;
  const assignee = shown.assignedUserId ?? "";
  const people = users.map(({ id, name }) => ({ value: id, label: name }));
  const gone = assignee && users.length > 0 && !users.some(({ id }) => id === assignee);
  return (
    <div className="grid gap-3 sm:grid-cols-3">
      <Choice
        label={t("status")}
        value={shown.status}
        onChange={(status) => set({ status: status as TicketStatus })}
        options={STATUSES.map((status) => ({ value: status, label: t(`status.${status}`) }))}
      />
      <Choice
        label={t("priority")}
        value={shown.priority}
        onChange={(priority) => set({ priority: priority as Priority })}
        options={PRIORITIES.map((priority) => ({ value: priority, label: t(`common:priority.${priority}`) }))}
      />
      <Choice
        label={t("assignee")}
        value={assignee}
        onChange={(id) => set({ assignedUserId: id || null })}
        options={[
          { value: "", label: t("assignee.nobody") },
          ...people,
          ...(gone ? [{ value: assignee, label: t("assignee.gone") }] : []),
        ]}
      />
    </div>
  );
}

function Choice(props: Parameters<typeof Select>[0]) {
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <span aria-hidden className="text-muted text-xs">
        {props.label}
      </span>
      <Select {...props} className="w-full" />
    </div>
  );
}

function History({ ticket }: { ticket: Ticket }) {
  const { t } = useTranslation("tickets");
  const users = useUsers();
  const name = users.find(({ id }) => id === ticket.createdBy)?.name ?? t("assignee.gone");
  const at = full(ticket.createdAt);
  return (
    <ul className="border-t pt-3 text-muted text-xs">
      <li>{ticket.createdBy ? t("made", { name, at }) : t("made.program", { at })}</li>
      {ticket.updatedAt !== ticket.createdAt && <li>{t("changed", { at: full(ticket.updatedAt) })}</li>}
      {ticket.closedAt && <li>{t("closed", { at: full(ticket.closedAt) })}</li>}
    </ul>
  );
}
