// The channels: all of them, one of them, or a new one.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Channel } from "../../api/types";
import { queries } from "../../app/queries";
import { cn } from "../../ui/cn";
import { Empty } from "../../ui/states";
import { AddLink, BackLink, Heading, Loaded, listLook, usePlace } from "../parts/section";
import { AddChannel } from "./add";
import { ChannelPage } from "./channel";
import { FamilyTile, State } from "./family";
import { Providers } from "./providers";

export function ChannelsSection() {
  const { id, add } = usePlace("channels");
  const channels = useQuery(queries.channels);
  if (add) return <AddChannel provider={add} />;
  return (
    <Loaded query={channels}>
      {(all) => (id ? <One channel={all.find((one) => one.id === id)} /> : <All all={all} />)}
    </Loaded>
  );
}

function One({ channel }: { channel: Channel | undefined }) {
  const { t } = useTranslation("settings");
  return (
    <>
      <BackLink section="channels" />
      {channel ? <ChannelPage channel={channel} key={channel.id} /> : <Empty title={t("channel.gone")} />}
    </>
  );
}

function All({ all }: { all: Channel[] }) {
  const { t } = useTranslation("settings");
  if (all.length === 0) {
    return (
      <>
        <Heading title={t("channels.first")} text={t("channels.firstText")} />
        <Providers />
      </>
    );
  }
  return (
    <>
      <Heading title={t("section.channels")} text={t("channels.text")}>
        <AddLink section="channels" add="choose" label={t("channels.add")} />
      </Heading>
      <ul className={listLook}>
        {all.map((channel) => (
          <Line key={channel.id} channel={channel} />
        ))}
      </ul>
    </>
  );
}

function Line({ channel }: { channel: Channel }) {
  const { t } = useTranslation("settings");
  const { name, phone, username } = channel.account;
  const account = [name, phone, typeof username === "string" && `@${username}`].filter(
    (fact) => typeof fact === "string" && fact,
  );
  return (
    <li className="hover:bg-sunken">
      <Link
        to="/settings/$section"
        params={{ section: "channels" }}
        search={{ id: channel.id }}
        className="flex flex-wrap items-center gap-x-3 gap-y-2 p-3"
      >
        <FamilyTile family={channel.channel} />
        <span className="min-w-0 flex-1 basis-40">
          <span className="block truncate font-medium">{channel.name}</span>
          <span className="block truncate text-muted text-sm">
            {[t(`provider.${channel.provider}`), ...account].join(" · ")}
          </span>
          {channel.lastError && (
            <span
              className={cn(
                "mt-0.5 block break-words text-xs",
                channel.status === "connected" ? "text-warn" : "text-bad",
              )}
            >
              {channel.lastError}
            </span>
          )}
        </span>
        <State channel={channel} />
      </Link>
    </li>
  );
}
