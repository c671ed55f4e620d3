// Labels: words that chats are sorted by, each with a colour.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Tags } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "sonner";
import { call } from "../api/http";
import { Form, type Values } from "../app/form";
import { type Label, queries } from "../app/queries";
import { TextField } from "../ui/field";
import { Popover } from "../ui/popover";
import { Empty, problemText } from "../ui/states";
import { Remove } from "./parts/remove";
import { Heading, Loaded, listLook } from "./parts/section";

/** Colours that can be told apart, and read on light and dark. */
const PALETTE = [
  { color: "#64748b", name: "slate" },
  { color: "#dc2626", name: "red" },
  { color: "#ea580c", name: "orange" },
  { color: "#ca8a04", name: "yellow" },
  { color: "#16a34a", name: "green" },
  { color: "#0d9488", name: "teal" },
  { color: "#2563eb", name: "blue" },
  { color: "#7c3aed", name: "violet" },
  { color: "#c026d3", name: "magenta" },
  { color: "#db2777", name: "pink" },
] as const;

function Palette({ name, value, onPick }: { name: string; value: string; onPick: (color: string) => void }) {
  const { t } = useTranslation("settings");
  return (
    <fieldset>
      <legend className="mb-1 font-medium text-sm">{t("labels.color")}</legend>
      <div className="flex max-w-72 flex-wrap gap-1">
        {PALETTE.map(({ color, name: word }) => (
          <label key={color} className="relative size-9 cursor-pointer rounded-full p-1.5 has-checked:bg-sunken">
            <input
              type="radio"
              name={name}
              value={color}
              checked={value === color}
              onChange={() => onPick(color)}
              aria-label={t(`color.${word}`)}
              className="peer absolute inset-0 size-full cursor-pointer appearance-none rounded-full checked:border-2 checked:border-text"
            />
            <span className="block size-full rounded-full" style={{ backgroundColor: color }} />
          </label>
        ))}
      </div>
    </fieldset>
  );
}

export function LabelsSection() {
  const { t } = useTranslation("settings");
  const labels = useQuery(queries.labels);
  const client = useQueryClient();
  const [color, setColor] = useState<string>(PALETTE[6].color);
  const fresh = () => client.invalidateQueries({ queryKey: ["labels"] });
  async function add(values: Values) {
    await call("POST", "/api/labels", { name: values.text("name"), color });
    await fresh();
  }
  return (
    <>
      <Heading title={t("section.labels")} text={t("labels.text")} />
      <Form
        save={add}
        action={t("labels.add")}
        done={t("labels.added")}
        conflict={t("nameTaken")}
        empties
        className="flex max-w-xl flex-col gap-3 rounded-xl border bg-surface p-4"
      >
        {(wrong) => (
          <>
            <TextField
              label={t("labels.new")}
              name="name"
              error={wrong("name")}
              required
              maxLength={50}
              autoComplete="off"
            />
            <Palette name="color" value={color} onPick={setColor} />
          </>
        )}
      </Form>
      <Loaded query={labels}>
        {(all) =>
          all.length === 0 ? (
            <Empty icon={<Tags className="size-6" aria-hidden />} title={t("labels.none")}>
              {t("labels.noneText")}
            </Empty>
          ) : (
            <ul className={listLook}>
              {all.map((label) => (
                <Line key={label.id} label={label} fresh={fresh} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </>
  );
}

function Line({ label, fresh }: { label: Label; fresh: () => Promise<void> }) {
  const { t } = useTranslation("settings");
  const path = `/api/labels/${label.id}`;
  async function pick(color: string) {
    try {
      await call("PATCH", path, { color });
      await fresh();
    } catch (error) {
      toast.error(problemText(error));
    }
  }
  async function remove() {
    await call("DELETE", path);
    await fresh();
  }
  return (
    <li className="flex items-center gap-3 px-3 py-1.5">
      <Popover
        label={t("labels.recolor", { name: label.name })}
        trigger={
          <button
            type="button"
            aria-label={t("labels.recolor", { name: label.name })}
            className="flex size-9 shrink-0 items-center justify-center rounded-lg hover:bg-sunken"
          >
            <span className="size-4 rounded-full" style={{ backgroundColor: label.color }} />
          </button>
        }
      >
        <Palette name={`color-${label.id}`} value={label.color} onPick={pick} />
      </Popover>
      <span className="min-w-0 flex-1 break-words text-sm">{label.name}</span>
      <Remove name={label.name} remove={remove} small>
        {t("labels.deleteText")}
      </Remove>
    </li>
  );
}
