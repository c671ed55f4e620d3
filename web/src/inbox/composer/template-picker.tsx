// Chooses a template that the network has approved, fills its places and sends it.
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Chat, Template } from "../../api/types";
import { queries } from "../../app/queries";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { TextField } from "../../ui/field";
import { Empty, Failed, Loading } from "../../ui/states";
import { sendTemplate } from "./send";
import { componentsOf, contentOf, type Place, placesOf, previewOf, type Values } from "./templates";

export default function TemplatePicker({ chat, onClose }: { chat: Chat; onClose: () => void }) {
  const { t } = useTranslation("composer");
  const [chosen, setChosen] = useState<Template | null>(null);
  return (
    <Dialog
      open
      wide
      onOpenChange={onClose}
      title={chosen ? chosen.name : t("template.title")}
      description={chosen ? undefined : t("template.text")}
    >
      {chosen ? (
        <Fill template={chosen} chat={chat} onBack={() => setChosen(null)} onSent={onClose} />
      ) : (
        <List channelId={chat.channelId} onChoose={setChosen} />
      )}
    </Dialog>
  );
}

function List({ channelId, onChoose }: { channelId: string; onChoose: (template: Template) => void }) {
  const { t } = useTranslation(["composer", "common"]);
  const { data, error, refetch } = useQuery(queries.templates(channelId));
  const [text, setText] = useState("");
  const [language, setLanguage] = useState("");
  if (error) return <Failed error={error} again={() => void refetch()} />;
  if (!data) return <Loading />;
  const approved = data.filter(({ status }) => status.toUpperCase() === "APPROVED");
  if (approved.length === 0) return <Empty title={t("template.none")}>{t("template.noneText")}</Empty>;
  const languages = [...new Set(approved.map((one) => one.language))].sort();
  const wanted = text.toLowerCase();
  const shown = approved.filter(
    (one) =>
      (!language || one.language === language) &&
      `${one.name} ${previewOf(one, {}).body}`.toLowerCase().includes(wanted),
  );
  return (
    <div className="flex flex-col gap-3">
      <div className="flex gap-2">
        <input
          type="search"
          aria-label={t("common:search")}
          placeholder={t("common:search")}
          value={text}
          onChange={(event) => setText(event.target.value)}
          className="h-9 min-w-0 flex-1 rounded-lg border border-line-strong bg-surface px-3"
        />
        <select
          aria-label={t("common:language")}
          value={language}
          onChange={(event) => setLanguage(event.target.value)}
          className="h-9 rounded-lg border border-line-strong bg-surface px-2"
        >
          <option value="">{t("template.allLanguages")}</option>
          {languages.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </div>
      <ul className="flex flex-col gap-1">
        {shown.map((one) => (
          <li key={`${one.name} ${one.language}`}>
            <button
              type="button"
              onClick={() => onChoose(one)}
              className="w-full rounded-lg border p-2 text-left hover:bg-sunken"
            >
              <span className="flex gap-2 text-sm">
                <span className="min-w-0 flex-1 truncate font-medium">{one.name}</span>
                <span className="text-muted">{one.language}</span>
              </span>
              <span className="line-clamp-2 text-muted text-sm">{previewOf(one, {}).body}</span>
            </button>
          </li>
        ))}
      </ul>
      {shown.length === 0 && <p className="text-muted text-sm">{t("template.notFound")}</p>}
    </div>
  );
}

interface FillProps {
  template: Template;
  chat: Chat;
  onBack: () => void;
  onSent: () => void;
}

function Fill({ template, chat, onBack, onSent }: FillProps) {
  const { t } = useTranslation("composer");
  const [values, setValues] = useState<Values>({});
  const places = placesOf(template);
  const preview = previewOf(template, values);
  const label = (place: Place) => {
    if (place.kind === "file") return t(`template.file.${place.name}`);
    if (place.part === "button") return t("template.button", { label: place.label });
    return t(`template.${place.part}`, { name: place.name });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const { name, language } = template;
    sendTemplate(chat.id, { name, language, components: componentsOf(template, values) }, contentOf(preview));
    onSent();
  };
  return (
    <form onSubmit={submit} className="grid gap-4 sm:grid-cols-2">
      <div className="flex flex-col gap-3">
        {places.length === 0 && <p className="text-muted text-sm">{t("template.noPlaces")}</p>}
        {places.map((place) => (
          <TextField
            key={place.key}
            label={label(place)}
            required
            type={place.kind === "file" ? "url" : "text"}
            pattern={place.kind === "file" ? "https?://.+" : undefined}
            placeholder={place.example}
            value={values[place.key] ?? ""}
            onChange={(event) => setValues({ ...values, [place.key]: event.target.value })}
          />
        ))}
      </div>
      <div>
        <p className="mb-1 text-muted text-sm">{t("template.preview")}</p>
        <div data-preview className="whitespace-pre-wrap break-words rounded-xl bg-own p-3 text-sm">
          {preview.header && <p className="font-semibold">{preview.header}</p>}
          <p>{preview.body}</p>
          {preview.footer && <p className="text-muted text-xs">{preview.footer}</p>}
          {preview.buttons.length > 0 && (
            <p className="mt-2 flex flex-wrap gap-1">
              {preview.buttons.map((button) => (
                <span key={button} className="rounded-md border border-line-strong px-2 py-0.5">
                  {button}
                </span>
              ))}
            </p>
          )}
        </div>
      </div>
      <div className="flex justify-end gap-2 sm:col-span-2">
        <Button onClick={onBack}>{t("template.back")}</Button>
        <Button look="primary" type="submit">
          {t("send")}
        </Button>
      </div>
    </form>
  );
}
