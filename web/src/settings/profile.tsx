// Who I am to colleagues, and how the dashboard looks to me.
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { call } from "../api/http";
import { keepUser, signOut } from "../api/session";
import type { User } from "../api/types";
import { Form, type Values } from "../app/form";
import { useMe } from "../app/me";
import { type Theme, theme } from "../app/theme";
import { isLanguage, LANGUAGES, speak } from "../i18n";
import { useStore } from "../live/store";
import { Avatar } from "../ui/avatar";
import { Button } from "../ui/button";
import { SelectField, TextField } from "../ui/field";
import { Heading, Part } from "./parts/section";

const THEMES: Theme[] = ["system", "light", "dark"];

export function ProfileSection() {
  const { t, i18n } = useTranslation(["settings", "common"]);
  const me = useMe();
  const chosen = useStore(theme);
  const client = useQueryClient();
  async function save(values: Values) {
    const body = {
      name: values.text("name"),
      username: values.text("username"),
      avatarUrl: values.text("avatarUrl"),
    };
    keepUser(await call<User>("PATCH", "/api/me", body));
    await client.invalidateQueries({ queryKey: ["users"] });
  }
  return (
    <>
      <div className="flex items-center gap-4">
        <Avatar seed={me.id} name={me.name} size="large" />
        <div className="min-w-0 flex-1">
          <Heading title={me.name} text={`${me.email} · ${t(`role.${me.role}`)}`} />
        </div>
      </div>
      <Form save={save} action={t("save")} done={t("profile.saved")} conflict={t("users.usernameTaken")}>
        {(wrong) => (
          <>
            <TextField
              label={t("field.person")}
              name="name"
              defaultValue={me.name}
              error={wrong("name")}
              required
              maxLength={200}
              autoComplete="name"
            />
            <TextField
              label={t("optional", { label: t("field.username") })}
              hint={t("field.usernameHint")}
              name="username"
              defaultValue={me.username ?? ""}
              error={wrong("username")}
              maxLength={32}
              autoComplete="off"
              spellCheck={false}
            />
            <TextField
              label={t("optional", { label: t("profile.avatar") })}
              hint={t("profile.avatarHint")}
              name="avatarUrl"
              type="url"
              defaultValue={me.avatarUrl ?? ""}
              error={wrong("avatarUrl")}
              autoComplete="off"
            />
          </>
        )}
      </Form>
      <Part title={t("profile.looks")}>
        <div className="grid max-w-xl gap-4 sm:grid-cols-2">
          <SelectField
            label={t("language")}
            value={i18n.language}
            onChange={(event) => isLanguage(event.target.value) && void speak(event.target.value)}
          >
            {Object.entries(LANGUAGES).map(([code, name]) => (
              <option key={code} value={code}>
                {name}
              </option>
            ))}
          </SelectField>
          <SelectField
            label={t("theme.title")}
            value={chosen}
            onChange={(event) => theme.set(event.target.value as Theme)}
          >
            {THEMES.map((one) => (
              <option key={one} value={one}>
                {t(`theme.${one}`)}
              </option>
            ))}
          </SelectField>
        </div>
      </Part>
      <Part title={t("profile.access")}>
        <p className="max-w-xl text-muted text-sm">{t("profile.password")}</p>
        <div>
          <Button onClick={() => void signOut()}>{t("me.signOut")}</Button>
        </div>
      </Part>
    </>
  );
}
