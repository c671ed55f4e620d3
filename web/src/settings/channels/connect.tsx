// What is still to be done outside of Switchboard for messages to come in.
import { ExternalLink } from "lucide-react";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import type { Channel } from "../../api/types";
import { Loading } from "../../ui/states";
import { CopyField } from "../parts/copy";
import { Part } from "../parts/section";
import { Steps } from "./guide";

const QrCode = lazy(() => import("./qr-code"));

export function Connect({ channel }: { channel: Channel }) {
  switch (channel.provider) {
    case "webchat":
      return <Webchat channel={channel} />;
    case "waba":
      return <Waba channel={channel} />;
    case "bridge":
      return <Bridge channel={channel} />;
    case "api":
      return <Program channel={channel} />;
    default:
      return null;
  }
}

function Webchat({ channel }: { channel: Channel }) {
  const { t } = useTranslation("settings");
  const snippet = `<script src="${location.origin}/widget.js" data-channel="${channel.id}" defer></script>`;
  return (
    <Part title={t("webchat.title")}>
      <p className="text-sm">{t("webchat.text")}</p>
      <CopyField label={t("webchat.snippet")} text={snippet} />
      <a
        href={`/webchat/${channel.id}`}
        target="_blank"
        rel="noopener noreferrer"
        className="inline-flex w-fit items-center gap-1.5 font-medium text-accent text-sm hover:underline"
      >
        {t("webchat.open")}
        <ExternalLink className="size-4" aria-hidden />
      </a>
    </Part>
  );
}

function Waba({ channel }: { channel: Channel }) {
  const { t } = useTranslation("settings");
  return (
    <Part title={t("waba.title")}>
      <Steps texts={[1, 2, 3, 4].map((step) => t(`waba.${step}`))} />
      {channel.webhookUrl && <CopyField label={t("waba.address")} text={channel.webhookUrl} />}
      {channel.verifyToken && <CopyField label={t("waba.token")} text={channel.verifyToken} />}
    </Part>
  );
}

/** Longer than any code to be typed in. */
const SHORTEST_QR = 20;

function Bridge({ channel }: { channel: Channel }) {
  const { t } = useTranslation("settings");
  if (channel.status === "connected") return null;
  const code = channel.status === "qr" ? channel.qr : null;
  const typed = code && code.length < SHORTEST_QR;
  return (
    <Part title={t("pair.title")}>
      <div className="flex flex-wrap gap-4" aria-live="polite">
        <div className="flex size-60 shrink-0 items-center justify-center rounded-xl border bg-surface">
          {!code && <Loading label={t("pair.waiting")} />}
          {typed && <code className="font-mono font-semibold text-2xl tracking-widest">{code}</code>}
          {code && !typed && (
            <Suspense fallback={<Loading />}>
              <QrCode text={code} label={t("pair.code")} />
            </Suspense>
          )}
        </div>
        <div className="min-w-0 flex-1 basis-64">
          <Steps texts={[1, 2, typed ? "typed" : 3].map((step) => t(`pair.${step}`))} />
        </div>
      </div>
    </Part>
  );
}

function Program({ channel }: { channel: Channel }) {
  const { t } = useTranslation("settings");
  const message = { from: { id: "customer-1", name: "Ann" }, message: { id: "1", type: "text", content: "Hello!" } };
  const curl = [
    `curl ${location.origin}/api/channels/${channel.id}/inbound`,
    "  -H 'Authorization: Bearer sk_…'",
    "  -H 'Content-Type: application/json'",
    `  -d '${JSON.stringify(message)}'`,
  ].join(" \\\n");
  return (
    <Part title={t("program.title")}>
      <p className="text-sm">{t("program.text")}</p>
      <CopyField label={t("program.id")} text={channel.id} />
      <CopyField label={t("program.curl")} text={curl} lines />
    </Part>
  );
}
