// What the network says of the account.
import { useTranslation } from "react-i18next";
import type { Channel } from "../../api/types";
import { full } from "../../i18n/time";
import { Part } from "../parts/section";

/** What people ask for first; the rest follows as it comes. */
const FIRST = ["quality", "phone", "username", "name"];
const TIMES = new Set(["lastDeliveryErrorAt"]);

function said(name: string, value: unknown): string {
  if (typeof value === "string") return TIMES.has(name) ? full(value) : value;
  if (Array.isArray(value)) return value.map((one) => said("", one)).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

export function Facts({ channel }: { channel: Channel }) {
  const { t, i18n } = useTranslation("settings");
  const facts = Object.entries(channel.account)
    .filter(([, value]) => value !== null && value !== "")
    .sort(([one], [other]) => FIRST.indexOf(other) - FIRST.indexOf(one));
  if (facts.length === 0) return null;
  return (
    <Part title={t("facts")}>
      <dl className="grid gap-x-6 gap-y-2 sm:grid-cols-2">
        {facts.map(([name, value]) => (
          <div key={name} className="min-w-0">
            <dt className="text-muted text-xs">
              {i18n.exists(`fact.${name}`, { ns: "settings" }) ? t(`fact.${name}`) : name}
            </dt>
            <dd className="break-words text-sm">{said(name, value)}</dd>
          </div>
        ))}
      </dl>
    </Part>
  );
}
