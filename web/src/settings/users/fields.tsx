// What is filled in of a person.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Role, User } from "../../api/types";
import type { Wrong } from "../../app/form";
import { Button } from "../../ui/button";
import { TextField } from "../../ui/field";
import { Choice } from "../parts/choice";

const ROLES: Role[] = ["user", "moderator", "admin"];

export function NameFields({ wrong, user }: { wrong: Wrong; user?: User }) {
  const { t } = useTranslation("settings");
  return (
    <>
      <TextField
        label={t("field.person")}
        name="name"
        defaultValue={user?.name}
        error={wrong("name")}
        required
        maxLength={200}
        autoComplete="off"
      />
      <TextField
        label={t("optional", { label: t("field.username") })}
        hint={t("field.usernameHint")}
        name="username"
        defaultValue={user?.username ?? ""}
        error={wrong("username")}
        maxLength={32}
        autoComplete="off"
        spellCheck={false}
      />
    </>
  );
}

export function RoleField({ wrong, initial }: { wrong: Wrong; initial: Role }) {
  const { t } = useTranslation(["settings", "common"]);
  return (
    <Choice
      label={t("field.role")}
      name="role"
      defaultValue={initial}
      error={wrong("role")}
      options={ROLES.map((value) => ({ value, label: t(`role.${value}`), hint: t(`role.${value}.may`) }))}
    />
  );
}

/** Letters and digits that nobody takes for one another. */
const LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const LENGTH = 16;

function newPassword(): string {
  const random = crypto.getRandomValues(new Uint32Array(LENGTH));
  return Array.from(random, (number) => LETTERS[number % LETTERS.length]).join("");
}

export function PasswordField({ wrong, label }: { wrong: Wrong; label: string }) {
  const { t } = useTranslation("settings");
  const [password, setPassword] = useState("");
  return (
    <div className="flex flex-wrap items-start gap-2">
      <div className="min-w-0 flex-1 basis-48">
        <TextField
          label={label}
          hint={t("field.passwordHint")}
          name="password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          error={wrong("password")}
          required
          minLength={8}
          autoComplete="off"
          spellCheck={false}
          className="font-mono"
        />
      </div>
      <Button className="mt-6" onClick={() => setPassword(newPassword())}>
        {t("users.generate")}
      </Button>
    </div>
  );
}
