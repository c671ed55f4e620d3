// Two contacts that are one person: who it may be, and putting them together.

import { useQuery } from "@tanstack/react-query";
import { Merge } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "sonner";
import { queryOf, useEndless } from "../app/endless";
import { may, useMe } from "../app/me";
import { Avatar } from "../ui/avatar";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { EndOfList } from "../ui/end";
import { TextField } from "../ui/field";
import { Failed, Loading, problemText } from "../ui/states";
import { mergePeople, nameOf, type Person, people, separatePerson, usePerson } from "./queries";

/** Merges another contact into this one, and says how to undo it. */
function useMerge(contactId: string) {
  const { t } = useTranslation("people");
  const [busy, setBusy] = useState<string | null>(null);
  const undo = (id: string) =>
    separatePerson(id).then(
      () => toast.success(t("separate.done")),
      (error) => toast.error(problemText(error)),
    );
  const merge = async (other: Person, done = () => {}) => {
    setBusy(other.id);
    try {
      await mergePeople(other.id, contactId);
      done();
      const action = { label: t("merge.undo"), onClick: () => void undo(other.id) };
      toast.success(t("merge.done", { name: nameOf(other) }), { action });
    } catch (error) {
      toast.error(problemText(error));
    } finally {
      setBusy(null);
    }
  };
  return { busy, merge };
}

/** Who shares a number or an address with this person, for moderators to merge; nothing where nobody does. */
export function PersonSuggestions({ contactId }: { contactId: string }) {
  const { t } = useTranslation("people");
  const moderator = may(useMe(), "moderator");
  const { data } = useQuery(people.suggestions(contactId));
  const { busy, merge } = useMerge(contactId);
  if (!data?.length) return null;
  return (
    <section aria-label={t("merge.maybe")} className="rounded-lg bg-accent-soft p-3">
      <h3 className="font-medium text-sm">{t("merge.maybe")}</h3>
      <ul className="mt-2 flex flex-col gap-2">
        {data.map(({ contact, shares }) => (
          <li key={contact.id} className="flex items-center gap-2">
            <One person={contact} says={shares.map((what) => t(`merge.shares.${what}`)).join(", ")} />
            {moderator && (
              <Button size="small" busy={busy === contact.id} onClick={() => merge(contact)}>
                {t("merge.do")}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

interface MergeDialogProps {
  contactId: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

export function MergeDialog({ contactId, open, onOpenChange }: MergeDialogProps) {
  const { t } = useTranslation("people");
  const { data } = usePerson(contactId);
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={t("merge.title", { name: data ? nameOf(data) : "" })}
      description={t("merge.text")}
    >
      <Choose contactId={contactId} done={() => onOpenChange(false)} />
    </Dialog>
  );
}

function Choose({ contactId, done }: { contactId: string; done: () => void }) {
  const { t } = useTranslation(["people", "common"]);
  const [text, setText] = useState("");
  const q = useDeferredValue(text.trim());
  const list = useEndless<Person>([...people.lists, { q }], `/api/contacts${queryOf({ q })}`);
  const { busy, merge } = useMerge(contactId);
  const others = list.items.filter((person) => person.id !== contactId);
  return (
    <div className="flex flex-col gap-3">
      <TextField
        label={t("merge.search")}
        type="search"
        value={text}
        maxLength={200}
        autoFocus
        onChange={(event) => setText(event.target.value)}
      />
      <div className="h-72 overflow-y-auto">
        {list.loading && <Loading />}
        {list.error && <Failed error={list.error} again={list.again} />}
        {!list.loading && !list.error && others.length === 0 && (
          <p className="p-4 text-center text-muted text-sm">{t("merge.nobody")}</p>
        )}
        <ul className="flex flex-col">
          {others.map((person) => (
            <li key={person.id} className="flex items-center gap-2 py-1.5">
              <One person={person} says={[person.phone, person.email].filter(Boolean).join(" · ")} />
              <Button
                size="small"
                busy={busy === person.id}
                aria-label={t("merge.this", { name: nameOf(person) })}
                onClick={() => merge(person, done)}
              >
                <Merge className="size-4" aria-hidden />
                {t("merge.do")}
              </Button>
            </li>
          ))}
        </ul>
        <EndOfList {...list.end} />
      </div>
    </div>
  );
}

function One({ person, says }: { person: Person; says: string }) {
  return (
    <div className="flex min-w-0 flex-1 items-center gap-2">
      <Avatar seed={person.id} name={person.name} size="small" />
      <div className="min-w-0">
        <p className="truncate text-sm">{nameOf(person)}</p>
        {says && <p className="truncate text-muted text-xs">{says}</p>}
      </div>
    </div>
  );
}
