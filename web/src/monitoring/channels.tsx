import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { queries } from "../app/queries";
import { Mark, type MarkLook } from "../ui/mark";
import { Failed, Loading } from "../ui/states";

const LOOKS: Record<string, MarkLook> = {
  connected: "good",
  connecting: "warn",
  qr: "warn",
  disconnected: "bad",
  error: "bad",
};

/** Whether each channel works, and what its network says where it does not. */
export function ChannelStates() {
  const { t, i18n } = useTranslation("monitoring");
  const { data, error, refetch } = useQuery(queries.channels);
  const word = (status: string) =>
    i18n.exists(`channel.${status}`, { ns: "monitoring" }) ? t(`channel.${status}`) : status;
  return (
    <section aria-label={t("channels")} className="flex min-w-0 flex-col gap-2 rounded-xl border bg-surface p-4">
      <header className="flex items-center gap-3">
        <h2 className="min-w-0 flex-1 font-semibold text-sm">{t("channels")}</h2>
        <Link to="/settings/$section" params={{ section: "channels" }} className="text-accent text-sm hover:underline">
          {t("channels.settings")}
        </Link>
      </header>
      {error && !data && <Failed error={error} again={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data?.length === 0 && <p className="text-muted text-sm">{t("channels.none")}</p>}
      <ul className="flex flex-col divide-y">
        {data?.map((channel) => (
          <li key={channel.id} className="flex flex-wrap items-center gap-x-3 gap-y-1 py-2 text-sm">
            <span className="min-w-0 flex-1 break-words">{channel.name}</span>
            <Mark look={LOOKS[channel.status] ?? "plain"}>{word(channel.status)}</Mark>
            {channel.lastError && <p className="w-full break-words text-bad text-xs">{channel.lastError}</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}
