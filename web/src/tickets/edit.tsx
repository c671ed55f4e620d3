import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/problem";
import type { Ticket } from "../api/types";
import { Button } from "../ui/button";
import { TextArea, TextField } from "../ui/field";
import { useProblemText } from "../ui/states";
import { useChangeTicket } from "./queries";

/** The title and the description of a ticket as a form; only what was changed here is sent. */
export function EditTexts({ ticket, done }: { ticket: Ticket; done: () => void }) {
  const { t } = useTranslation(["tickets", "common"]);
  // somebody else's change meanwhile must not be undone by saving this one
  const [before] = useState(ticket);
  const change = useChangeTicket(ticket.id);
  const problem = change.error ? asProblem(change.error) : null;
  const text = useProblemText(problem);
  const wrong = (field: string) => problem?.fields.find((one) => one.field === field)?.message;

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const title = String(form.get("title") ?? "").trim();
    // browsers give a text area's line breaks as two characters
    const description = String(form.get("description") ?? "").replaceAll("\r\n", "\n");
    const changed = {
      ...(title !== before.title && { title }),
      ...(description !== before.description && { description }),
    };
    if (Object.keys(changed).length === 0) return done();
    change.mutate(changed, { onSuccess: done });
  }

  return (
    <form onSubmit={submit} onKeyDown={(event) => event.key === "Escape" && done()} className="flex flex-col gap-3">
      <TextField
        label={t("field.title")}
        name="title"
        defaultValue={before.title}
        error={wrong("title")}
        required
        maxLength={200}
        autoFocus
      />
      <TextArea
        label={t("field.description")}
        name="description"
        defaultValue={before.description}
        error={wrong("description")}
        maxLength={10_000}
        className="min-h-40"
      />
      {problem && problem.fields.length === 0 && (
        <p role="alert" className="text-bad text-sm">
          {text}
        </p>
      )}
      <div className="flex gap-2">
        <Button type="submit" look="primary" busy={change.isPending}>
          {t("common:save")}
        </Button>
        <Button onClick={done}>{t("common:cancel")}</Button>
      </div>
    </form>
  );
}
