// All that is known of one person.
import { Link } from "@tanstack/react-router";
import { ArrowLeft, Merge } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/problem";
import { may, useMe } from "../app/me";
import { TicketLinks } from "../app/ticket-links";
import { full } from "../i18n/time";
import {
  MergeDialog,
  PersonBlock,
  PersonChats,
  PersonFields,
  PersonIdentities,
  PersonNotes,
  PersonSuggestions,
} from "../people";
import { nameOf, usePerson } from "../people/queries";
import { Avatar } from "../ui/avatar";
import { Button } from "../ui/button";
import { Empty, Failed, Loading } from "../ui/states";

export function ContactDetail({ contactId }: { contactId: string }) {
  const { t } = useTranslation(["contacts", "people", "tickets"]);
  const { data, error, refetch } = usePerson(contactId);
  const moderator = may(useMe(), "moderator");
  const [merging, setMerging] = useState(false);
  return (
    <div className="flex min-h-0 min-w-0 flex-1 flex-col overflow-y-auto">
      <header className="sticky top-0 z-10 flex items-center gap-3 border-b bg-surface px-3 py-2 md:px-5">
        <Link
          to="/contacts"
          search={(search) => search}
          aria-label={t("back")}
          className="flex size-11 items-center justify-center rounded-lg text-muted hover:bg-sunken md:hidden"
        >
          <ArrowLeft className="size-5" aria-hidden />
        </Link>
        {data && (
          <>
            <Avatar seed={data.id} name={data.name} />
            <div className="min-w-0 flex-1">
              <h2 className="truncate font-semibold text-base">{nameOf(data)}</h2>
              <p className="truncate text-muted text-xs">{t("since", { at: full(data.createdAt) })}</p>
            </div>
            {moderator && !data.mergedIntoId && (
              <Button aria-label={t("merge.open")} onClick={() => setMerging(true)}>
                <Merge className="size-4" aria-hidden />
                <span className="max-sm:hidden">{t("merge.open")}</span>
              </Button>
            )}
          </>
        )}
      </header>
      {!data && !error && <Loading />}
      {!data &&
        error &&
        (asProblem(error).status === 404 ? (
          <Empty title={t("gone")} />
        ) : (
          <Failed error={error} again={() => void refetch()} />
        ))}
      {data && (
        <div className="grid items-start gap-3 p-3 md:p-5 xl:grid-cols-2">
          <div className="flex min-w-0 flex-col gap-3">
            {data.mergedIntoId && <Merged intoId={data.mergedIntoId} />}
            <PersonSuggestions contactId={contactId} />
            <Card title={t("section.facts")}>
              <PersonFields person={data} />
              <PersonBlock contactId={contactId} />
            </Card>
            <Card title={t("people:section.identities")}>
              <PersonIdentities contactId={contactId} />
            </Card>
            <Card title={t("people:section.notes")}>
              <PersonNotes contactId={contactId} />
            </Card>
          </div>
          <div className="flex min-w-0 flex-col gap-3">
            <Card title={t("section.chats")}>
              <PersonChats contactId={contactId} />
            </Card>
            <Card title={t("tickets:title")}>
              <TicketLinks of={{ contactId }} />
            </Card>
          </div>
        </div>
      )}
      <MergeDialog contactId={contactId} open={merging} onOpenChange={setMerging} />
    </div>
  );
}

function Card({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="flex flex-col gap-3 rounded-xl border bg-surface p-4">
      <h3 className="font-semibold text-sm">{title}</h3>
      {children}
    </section>
  );
}

function Merged({ intoId }: { intoId: string }) {
  const { t } = useTranslation("contacts");
  const { data } = usePerson(intoId);
  return (
    <p className="flex flex-wrap items-center gap-2 rounded-lg bg-warn-soft p-3 text-sm text-warn">
      <span className="min-w-0 flex-1">{t("merged", { name: data ? nameOf(data) : "…" })}</span>
      <Link to="/contacts/$contactId" params={{ contactId: intoId }} search={(search) => search} className="underline">
        {t("merged.open")}
      </Link>
    </p>
  );
}
