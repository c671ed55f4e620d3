// What is known of a person, each fact corrected where it stands. What an operator writes stays, whatever the network says later.
import { Pencil } from "lucide-react";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/problem";
import type { Contact } from "../api/types";
import { Button, IconButton } from "../ui/button";
import { TextField } from "../ui/field";
import { problemText } from "../ui/states";
import { useChangePerson } from "./queries";

const FIELDS = ["name", "username", "phone", "email"] as const;

interface FieldProps {
  contactId: string;
  name: (typeof FIELDS)[number];
  value: string | null;
}

/** Of a person, or of the contact that a chat names while the person is loaded. */
export function PersonFields({ person }: { person: Pick<Contact, "id" | (typeof FIELDS)[number]> }) {
  return (
    <dl className="flex flex-col gap-1">
      {FIELDS.map((name) => (
        <Field key={name} contactId={person.id} name={name} value={person[name]} />
      ))}
    </dl>
  );
}

function Field({ contactId, name, value }: FieldProps) {
  const { t } = useTranslation("people");
  const [editing, setEditing] = useState(false);
  const pencil = useRef<HTMLButtonElement>(null);
  const edited = useRef(false);
  useEffect(() => {
    if (edited.current && !editing) pencil.current?.focus();
    edited.current = editing;
  }, [editing]);
  const close = () => setEditing(false);
  const label = t(`field.${name}`);
  if (editing) {
    return (
      <div>
        <dt className="sr-only">{label}</dt>
        <dd>
          <Edit contactId={contactId} name={name} value={value} close={close} />
        </dd>
      </div>
    );
  }
  return (
    <div className="flex min-h-8 items-center gap-2 text-sm">
      <dt className="w-20 shrink-0 text-muted">{label}</dt>
      <dd className="flex min-w-0 flex-1 items-center gap-2">
        <span className="min-w-0 flex-1 break-words">
          {value ? <Value name={name} value={value} /> : <span className="text-muted">—</span>}
        </span>
        <IconButton
          ref={pencil}
          size="small"
          label={t("field.edit", { field: label })}
          onClick={() => setEditing(true)}
        >
          <Pencil className="size-3.5" aria-hidden />
        </IconButton>
      </dd>
    </div>
  );
}

function Value({ name, value }: Pick<FieldProps, "name"> & { value: string }) {
  const scheme = name === "email" ? "mailto:" : name === "phone" ? "tel:" : null;
  if (!scheme) return <>{name === "username" ? `@${value}` : value}</>;
  // nothing in it is taken for the parts of an address
  const to = encodeURIComponent(value).replace(/%40|%2B/g, decodeURIComponent);
  return (
    <a href={scheme + to} rel="noopener noreferrer nofollow" className="text-accent hover:underline">
      {value}
    </a>
  );
}

function Edit({ contactId, name, value, close }: FieldProps & { close: () => void }) {
  const { t } = useTranslation(["people", "common"]);
  const change = useChangePerson(contactId);
  /** `null` gives the field back to the network. */
  const save = (next: string | null) => change.mutate({ [name]: next }, { onSuccess: close });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const text = String(new FormData(event.currentTarget).get("value")).trim();
    if (text === (value ?? "")) return close();
    save(text || null);
  };
  const wrong = change.error && asProblem(change.error).fields.find((one) => one.field === name)?.message;
  return (
    <form
      noValidate
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        close();
      }}
      className="flex flex-col gap-2 py-1"
    >
      <TextField
        label={t(`field.${name}`)}
        name="value"
        // checked by the server: it knows what networks call a number
        type={name === "phone" ? "tel" : "text"}
        inputMode={name === "email" ? "email" : undefined}
        maxLength={254}
        defaultValue={value ?? ""}
        autoComplete="off"
        autoFocus
        error={wrong ?? (change.error ? problemText(change.error) : undefined)}
      />
      <div className="flex flex-wrap gap-2">
        <Button type="submit" size="small" look="primary" busy={change.isPending}>
          {t("common:save")}
        </Button>
        <Button size="small" onClick={close}>
          {t("common:cancel")}
        </Button>
        {value && (
          <Button size="small" look="quiet" disabled={change.isPending} onClick={() => save(null)}>
            {t("field.giveBack")}
          </Button>
        )}
      </div>
    </form>
  );
}
