// A new channel: which network, then what it asks for.
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { call } from "../../api/http";
import type { Channel } from "../../api/types";
import { Form, type Values } from "../../app/form";
import { TextField } from "../../ui/field";
import { BackLink, Heading, usePlace } from "../parts/section";
import { credentialsOf, Fields, modeOf } from "./fields";
import { Guide } from "./guide";
import { isProvider, type Provider, Providers } from "./providers";

export function AddChannel({ provider }: { provider: string }) {
  const { t } = useTranslation("settings");
  if (isProvider(provider)) return <AddOne provider={provider} key={provider} />;
  return (
    <>
      <BackLink section="channels" />
      <Heading title={t("channels.choose")} />
      <Providers />
    </>
  );
}

function AddOne({ provider }: { provider: Provider }) {
  const { t } = useTranslation(["settings", "common"]);
  const { open, list } = usePlace("channels");
  const client = useQueryClient();
  async function save(values: Values) {
    const credentials = credentialsOf(provider, values);
    const body = { name: values.text("name"), provider, credentials, mode: modeOf(provider, values) };
    const channel = await call<Channel>("POST", "/api/channels", body);
    client.setQueryData<Channel[]>(["channels"], (all) =>
      all && !all.some(({ id }) => id === channel.id) ? [...all, channel] : all,
    );
    await client.invalidateQueries({ queryKey: ["channels"] });
    return channel;
  }
  return (
    <>
      <BackLink section="channels" search={{ add: "choose" }} />
      <Heading title={t(`add.${provider}`)} text={t(`add.${provider}.text`)} />
      <Guide provider={provider} />
      <Form
        save={save}
        action={t("channels.addThis")}
        done={t("channels.added")}
        conflict={t(`taken.${provider}`)}
        onDone={(channel) => open(channel.id)}
        onCancel={list}
      >
        {(wrong) => (
          <>
            <TextField
              label={t("field.name")}
              hint={t("channel.nameHint")}
              name="name"
              defaultValue={t(`name.${provider}`)}
              error={wrong("name")}
              required
              maxLength={200}
              autoComplete="off"
            />
            <Fields provider={provider} wrong={wrong} />
          </>
        )}
      </Form>
    </>
  );
}
