// What each network asks for, and what is sent of it. Of a channel that exists what is left empty stays as it is.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Channel } from "../../api/types";
import type { Values, Wrong } from "../../app/form";
import { SelectField, TextArea, TextField } from "../../ui/field";
import { Check, Choice } from "../parts/choice";
import type { Provider } from "./providers";

interface FieldsProps {
  wrong: Wrong;
  /** The channel that is changed; none where it is new. */
  channel?: Channel;
}

const TEXTS: Record<Provider, string[]> = {
  telegram: ["token"],
  waba: ["phoneNumberId", "wabaId", "accessToken", "appSecret", "verifyToken"],
  bridge: ["flavour", "phone", "key", "instance", "session"],
  webchat: [],
  api: [],
};

export function credentialsOf(provider: Provider, values: Values): Record<string, unknown> {
  const credentials: Record<string, unknown> = {};
  for (const name of TEXTS[provider]) if (values.text(name)) credentials[name] = values.text(name);
  if (provider === "bridge" && values.checked("history")) credentials.history = true;
  if (provider === "webchat") {
    const origins = values
      .text("allowedOrigins")
      .split(/[\s,]+/)
      .filter(Boolean);
    if (origins.length) credentials.allowedOrigins = origins;
    else if (values.checked("everywhere")) credentials.allowedOrigins = null;
  }
  return credentials;
}

export function modeOf(provider: Provider, values: Values): string | undefined {
  return provider === "telegram" ? values.text("mode") || undefined : undefined;
}

export function Fields({ provider, ...props }: FieldsProps & { provider: Provider }) {
  switch (provider) {
    case "telegram":
      return <Telegram {...props} />;
    case "waba":
      return <Waba {...props} />;
    case "bridge":
      return <Bridge {...props} />;
    case "webchat":
      return <Webchat {...props} />;
    case "api":
      return null;
  }
}

/** A field of the credentials. What is there already is never shown, only replaced. */
function Credential({
  name,
  wrong,
  channel,
  secret,
  optional,
}: FieldsProps & { name: string; secret?: boolean; optional?: boolean }) {
  const { t } = useTranslation("settings");
  const hint = t(`credential.${name}.hint`);
  return (
    <TextField
      label={optional ? t("optional", { label: t(`credential.${name}`) }) : t(`credential.${name}`)}
      hint={channel ? t("credential.kept") : hint}
      name={name}
      type={secret ? "password" : "text"}
      error={wrong(`credentials.${name}`)}
      required={!optional && !channel}
      autoComplete={secret ? "new-password" : "off"}
      spellCheck={false}
    />
  );
}

function Telegram(props: FieldsProps) {
  const { t } = useTranslation("settings");
  return (
    <>
      <Credential name="token" secret {...props} />
      <Choice
        label={t("mode")}
        name="mode"
        defaultValue={props.channel?.mode ?? "polling"}
        error={props.wrong("mode")}
        options={[
          { value: "polling", label: t("mode.polling"), hint: t("mode.polling.hint") },
          { value: "webhook", label: t("mode.webhook"), hint: t("mode.webhook.hint") },
        ]}
      />
    </>
  );
}

function Waba(props: FieldsProps) {
  return (
    <>
      <Credential name="phoneNumberId" {...props} />
      <Credential name="wabaId" optional {...props} />
      <Credential name="accessToken" secret {...props} />
      <Credential name="appSecret" secret optional {...props} />
      <Credential name="verifyToken" optional {...props} />
    </>
  );
}

const FLAVOURS = ["switchboard", "evolution", "waha"] as const;

function Bridge(props: FieldsProps) {
  const { t } = useTranslation("settings");
  const [flavour, setFlavour] = useState<string>(props.channel ? "" : "switchboard");
  return (
    <>
      <SelectField
        label={t("credential.flavour")}
        hint={t("credential.flavour.hint")}
        name="flavour"
        value={flavour}
        onChange={(event) => setFlavour(event.target.value)}
        error={props.wrong("credentials.flavour")}
      >
        {props.channel && <option value="">{t("unchanged")}</option>}
        {FLAVOURS.map((one) => (
          <option key={one} value={one}>
            {t(`flavour.${one}`)}
          </option>
        ))}
      </SelectField>
      {(flavour === "switchboard" || flavour === "") && (
        <>
          <Credential name="phone" optional {...props} />
          {!props.channel && (
            <Check name="history" label={t("credential.history")} hint={t("credential.history.hint")} />
          )}
        </>
      )}
      {flavour === "evolution" && <Credential name="instance" optional {...props} />}
      {flavour === "waha" && <Credential name="session" optional {...props} />}
      {flavour !== "switchboard" && <Credential name="key" secret {...props} optional={flavour === ""} />}
    </>
  );
}

function Webchat({ wrong, channel }: FieldsProps) {
  const { t } = useTranslation("settings");
  return (
    <>
      <TextArea
        label={t("optional", { label: t("credential.allowedOrigins") })}
        hint={channel ? t("credential.kept") : t("credential.allowedOrigins.hint")}
        name="allowedOrigins"
        placeholder="https://shop.example"
        error={wrong("credentials.allowedOrigins")}
        rows={2}
        spellCheck={false}
      />
      {channel && <Check name="everywhere" label={t("credential.everywhere")} />}
    </>
  );
}
