// Facts of the chat that are looked up now and then.
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Chat } from "../../api/types";
import { useChannels } from "../../app/queries";
import { full } from "../../i18n/time";
import { useMinute } from "../../live/minute";
import { Section } from "./section";

export function Details({ chat }: { chat: Chat }) {
  const { t } = useTranslation("inbox");
  const now = useMinute();
  const channel = useChannels().find((one) => one.id === chat.channelId);
  const { windowExpiresAt } = chat;
  const closed = windowExpiresAt && Date.parse(windowExpiresAt) <= now;
  return (
    <Section title={t("details.title")}>
      <dl className="flex flex-col gap-1.5">
        <Fact name={t("details.channel")}>{channel?.name ?? chat.provider}</Fact>
        <Fact name={t("details.since")}>{full(chat.createdAt)}</Fact>
        {windowExpiresAt && (
          <Fact name={t("details.window")}>
            {closed ? t("details.windowClosed") : t("details.windowUntil", { until: full(windowExpiresAt) })}
          </Fact>
        )}
        {chat.isGroup && <Fact name={t("details.kind")}>{t("panel.group")}</Fact>}
        <Fact name={t("details.externalId")}>
          <code className="break-all text-xs">{chat.externalId}</code>
        </Fact>
      </dl>
    </Section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex gap-2">
      <dt className="w-24 shrink-0 text-muted">{name}</dt>
      <dd className="min-w-0 flex-1 break-words">{children}</dd>
    </div>
  );
}
