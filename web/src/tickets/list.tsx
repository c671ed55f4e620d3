// The tickets that were asked for; what was asked for is in the address.
import { Link, useRouter, useSearch } from "@tanstack/react-router";
import { Plus, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Ticket } from "../api/types";
import { NewTicket } from "../app/new-ticket";
import { PriorityMark } from "../app/priority";
import { useUsers } from "../app/queries";
import type { TicketSearch } from "../app/router";
import { useShortcut } from "../app/shortcuts";
import { TicketState } from "../app/ticket-state";
import { full, short } from "../i18n/time";
import { Avatar } from "../ui/avatar";
import { Button } from "../ui/button";
import { EndOfList } from "../ui/end";
import { SearchField } from "../ui/search";
import { Select } from "../ui/select";
import { Empty, Failed, Loading } from "../ui/states";
import { STATUSES } from "./filter";
import { keepTicket, useTickets } from "./queries";

export function TicketList() {
  const { t } = useTranslation("tickets");
  const search = useSearch({ from: "/shell/tickets" });
  const list = useTickets(search);
  const [making, setMaking] = useState(false);
  useShortcut("n", t("new"), () => setMaking(true));
  const router = useRouter();
  const made = (ticket: Ticket) => {
    keepTicket(ticket);
    void router.navigate({ to: "/tickets/$ticketId", params: { ticketId: ticket.id }, search });
  };
  const narrowed = Object.values(search).some(Boolean);
  return (
    <>
      <header className="flex flex-col gap-2 border-b p-3">
        <div className="flex items-center gap-2">
          <h1 className="min-w-0 flex-1 font-semibold text-lg">{t("title")}</h1>
          <Button look="primary" onClick={() => setMaking(true)}>
            <Plus className="size-4" aria-hidden />
            {t("new")}
          </Button>
        </div>
        <Filters search={search} />
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto">
        {list.loading && <Loading />}
        {list.error && <Failed error={list.error} again={list.again} />}
        {!list.loading && !list.error && list.items.length === 0 && (
          <Empty title={t(narrowed ? "list.none" : "list.empty")}>
            {t(narrowed ? "list.noneText" : "list.emptyText")}
          </Empty>
        )}
        {list.items.length > 0 && (
          <ul>
            {list.items.map((ticket) => (
              <Line key={ticket.id} ticket={ticket} />
            ))}
          </ul>
        )}
        <EndOfList {...list.end} />
      </div>
      <NewTicket open={making} onOpenChange={setMaking} chatId={search.chatId} onMade={made} />
    </>
  );
}

function Filters({ search }: { search: TicketSearch }) {
  const { t } = useTranslation("tickets");
  const users = useUsers();
  const router = useRouter();
  // what is open stays so
  const change = (part: TicketSearch) =>
    void router.navigate({ to: ".", search: { ...search, ...part } as never, replace: true });
  return (
    <>
      <SearchField
        label={t("search")}
        placeholder={t("searchHint")}
        value={search.q ?? ""}
        onChange={(q) => change({ q: q || undefined })}
      />
      <div className="grid grid-cols-2 gap-2">
        <Select
          label={t("status")}
          value={search.state ?? ""}
          onChange={(state) => change({ state: (state || undefined) as TicketSearch["state"] })}
          options={[
            { value: "", label: t("status.active") },
            ...STATUSES.map((status) => ({ value: status, label: t(`status.${status}`) })),
            { value: "all", label: t("status.all") },
          ]}
        />
        <Select
          label={t("assignee")}
          value={search.assignedTo ?? ""}
          onChange={(assignedTo) => change({ assignedTo: assignedTo || undefined })}
          options={[
            { value: "", label: t("assignee.any") },
            { value: "me", label: t("assignee.me") },
            { value: "none", label: t("assignee.none") },
            ...users.map(({ id, name }) => ({ value: id, label: name })),
          ]}
        />
      </div>
      {(search.chatId || search.contactId) && (
        <button
          type="button"
          className="flex items-center gap-1 self-start rounded-md bg-accent-soft px-2 py-1 text-accent text-xs"
          onClick={() => change({ chatId: undefined, contactId: undefined })}
        >
          {t(search.chatId ? "filter.chat" : "filter.contact")}
          <X className="size-3.5" aria-hidden />
          <span className="sr-only">{t("filter.clear")}</span>
        </button>
      )}
    </>
  );
}

function Line({ ticket }: { ticket: Ticket }) {
  const { t } = useTranslation("tickets");
  const assignee = useUsers().find(({ id }) => id === ticket.assignedUserId);
  return (
    <li className="[contain-intrinsic-size:auto_4rem] [content-visibility:auto]">
      <Link
        to="/tickets/$ticketId"
        params={{ ticketId: ticket.id }}
        search={(search) => search}
        className="flex min-h-16 items-center gap-3 border-b px-3 py-2 -outline-offset-2 hover:bg-sunken aria-[current=page]:bg-accent-soft"
        activeProps={{ "aria-current": "page" }}
      >
        <span className="min-w-0 flex-1">
          <span className="flex items-baseline gap-1.5 text-sm">
            <span className="shrink-0 text-muted tabular-nums">#{ticket.number}</span>
            <span className="min-w-0 truncate font-medium">{ticket.title}</span>
          </span>
          <span className="mt-1 flex items-center gap-2 text-muted text-xs">
            <TicketState status={ticket.status} />
            <PriorityMark priority={ticket.priority} />
            <time className="ml-auto" title={full(ticket.updatedAt)}>
              {short(ticket.updatedAt)}
            </time>
          </span>
        </span>
        {assignee && (
          <span title={assignee.name}>
            <Avatar seed={assignee.id} name={assignee.name} size="small" />
            <span className="sr-only">
              {t("assignee")}: {assignee.name}
            </span>
          </span>
        )}
      </Link>
    </li>
  );
}
