// What the team wrote down of a person, for each other.
import { Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { may, useMe } from "../app/me";
import { useUsers } from "../app/queries";
import { full, short } from "../i18n/time";
import { Button, IconButton } from "../ui/button";
import { Confirm } from "../ui/confirm";
import { EndOfList } from "../ui/end";
import { TextArea } from "../ui/field";
import { Failed, Loading, useProblemText } from "../ui/states";
import { deleteNote, type PersonNote, usePersonNotes, useWriteNote } from "./queries";

export function PersonNotes({ contactId }: { contactId: string }) {
  const { t } = useTranslation(["people", "common"]);
  const { items, loading, error, again, end } = usePersonNotes(contactId);
  const [deleting, setDeleting] = useState<PersonNote | null>(null);
  return (
    <div className="flex flex-col gap-3">
      <Write contactId={contactId} />
      {loading && <Loading />}
      {error && <Failed error={error} again={again} />}
      {items.length > 0 && (
        <ul className="flex flex-col gap-2">
          {items.map((note) => (
            <Note key={note.id} note={note} onDelete={() => setDeleting(note)} />
          ))}
        </ul>
      )}
      <EndOfList {...end} />
      <Confirm
        open={deleting !== null}
        onOpenChange={(open) => open || setDeleting(null)}
        title={t("note.delete")}
        action={t("common:delete")}
        onConfirm={async () => deleting && deleteNote(contactId, deleting.id)}
      >
        {t("note.deleteText")}
      </Confirm>
    </div>
  );
}

function Note({ note, onDelete }: { note: PersonNote; onDelete: () => void }) {
  const { t } = useTranslation("people");
  const me = useMe();
  const author =
    useUsers().find((user) => user.id === note.userId)?.name ?? t(note.userId ? "note.gone" : "note.program");
  return (
    <li className="rounded-lg border border-note-line bg-note p-2 text-note-text text-sm">
      <p className="whitespace-pre-wrap break-words">{note.content}</p>
      <p className="mt-1 flex items-center gap-2 text-xs">
        <span className="min-w-0 flex-1 truncate">
          {author} · <time title={full(note.createdAt)}>{short(note.createdAt)}</time>
        </span>
        {(note.userId === me.id || may(me, "moderator")) && (
          <IconButton
            label={t("note.delete")}
            size="small"
            className="text-note-text hover:bg-note-line hover:text-note-text"
            onClick={onDelete}
          >
            <Trash2 className="size-4" aria-hidden />
          </IconButton>
        )}
      </p>
    </li>
  );
}

function Write({ contactId }: { contactId: string }) {
  const { t } = useTranslation("people");
  const [text, setText] = useState("");
  const write = useWriteNote(contactId);
  const problem = useProblemText(write.error);
  const save = () => {
    if (text.trim() && !write.isPending) write.mutate(text.trim(), { onSuccess: () => setText("") });
  };
  return (
    <form
      className="flex flex-col items-start gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <div className="w-full">
        <TextArea
          label={t("note.label")}
          placeholder={t("note.placeholder")}
          value={text}
          maxLength={4_000}
          className="min-h-16 text-sm"
          error={write.error ? problem : undefined}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || !(event.metaKey || event.ctrlKey)) return;
            event.preventDefault();
            save();
          }}
        />
      </div>
      <Button type="submit" size="small" busy={write.isPending} disabled={!text.trim()}>
        {t("note.save")}
      </Button>
    </form>
  );
}
