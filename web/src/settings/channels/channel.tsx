// One channel: how it is, what to do with it at its network, and what can be changed.
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api/http";
import type { Channel } from "../../api/types";
import { Form, type Values } from "../../app/form";
import { useNetwork } from "../../app/queries";
import { TextField } from "../../ui/field";
import { Remove } from "../parts/remove";
import { Heading, Part, usePlace } from "../parts/section";
import { Carries } from "./carries";
import { Connect } from "./connect";
import { Facts } from "./facts";
import { FamilyTile, LastError, State } from "./family";
import { credentialsOf, Fields, modeOf } from "./fields";
import { isProvider } from "./providers";
import { Templates } from "./templates";

export function ChannelPage({ channel }: { channel: Channel }) {
  const { t } = useTranslation("settings");
  const network = useNetwork(channel.provider);
  const client = useQueryClient();
  const { list } = usePlace("channels");
  const path = `/api/channels/${channel.id}`;
  async function remove() {
    await call("DELETE", path);
    client.setQueryData<Channel[]>(["channels"], (all) => all?.filter(({ id }) => id !== channel.id));
  }
  return (
    <>
      <div className="flex items-start gap-3">
        <FamilyTile family={channel.channel} />
        <div className="min-w-0 flex-1">
          <Heading title={channel.name} text={t(`provider.${channel.provider}`)}>
            <State channel={channel} />
          </Heading>
        </div>
      </div>
      <LastError channel={channel} />
      <Connect channel={channel} />
      <Facts channel={channel} />
      <Part title={t("channel.change")}>
        <Change channel={channel} path={path} />
      </Part>
      {network?.templates && <Templates channelId={channel.id} />}
      {network && <Carries network={network} />}
      <Part title={t("channel.delete")}>
        <p className="text-muted text-sm">{t("channel.deleteText")}</p>
        <div>
          <Remove name={channel.name} remove={remove} onDone={list}>
            {t("channel.deleteText")}
          </Remove>
        </div>
      </Part>
    </>
  );
}

function Change({ channel, path }: { channel: Channel; path: string }) {
  const { t } = useTranslation(["settings", "common"]);
  const client = useQueryClient();
  // fields of secrets are empty again once they are saved
  const [version, setVersion] = useState(0);
  const provider = isProvider(channel.provider) ? channel.provider : null;
  async function save(values: Values) {
    const credentials = provider ? credentialsOf(provider, values) : {};
    await call<Channel>("PATCH", path, {
      name: values.text("name"),
      ...(provider && { mode: modeOf(provider, values) }),
      ...(Object.keys(credentials).length > 0 && { credentials }),
    });
    await client.invalidateQueries({ queryKey: ["channels"] });
  }
  return (
    <Form
      key={version}
      save={save}
      action={t("save")}
      done={t("channel.saved")}
      conflict={t(`taken.${channel.provider}`)}
      onDone={() => setVersion(version + 1)}
    >
      {(wrong) => (
        <>
          <TextField
            label={t("field.name")}
            name="name"
            defaultValue={channel.name}
            error={wrong("name")}
            required
            maxLength={200}
            autoComplete="off"
          />
          {provider && <Fields provider={provider} wrong={wrong} channel={channel} />}
        </>
      )}
    </Form>
  );
}
