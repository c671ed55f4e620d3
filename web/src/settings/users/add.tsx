import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { call } from "../../api/http";
import { Form, type Values } from "../../app/form";
import { TextField } from "../../ui/field";
import { BackLink, Heading, usePlace } from "../parts/section";
import { NameFields, PasswordField, RoleField } from "./fields";
import type { Entry } from "./section";

export function AddUser({ onAdded }: { onAdded: (entry: Entry) => void }) {
  const { t } = useTranslation("settings");
  const { list } = usePlace("users");
  const client = useQueryClient();
  async function save(values: Values) {
    const password = values.raw("password");
    const name = values.text("name");
    await call("POST", "/api/users", {
      name,
      email: values.text("email"),
      username: values.text("username") || undefined,
      role: values.text("role"),
      password,
    });
    await client.invalidateQueries({ queryKey: ["users"] });
    return { name, password };
  }
  return (
    <>
      <BackLink section="users" />
      <Heading title={t("users.add")} text={t("users.addText")} />
      <Form
        save={save}
        action={t("users.add")}
        done={t("users.added")}
        conflict={t("users.taken")}
        onDone={(entry) => {
          onAdded(entry);
          list();
        }}
        onCancel={list}
      >
        {(wrong) => (
          <>
            <NameFields wrong={wrong} />
            <TextField
              label={t("field.email")}
              name="email"
              type="email"
              error={wrong("email")}
              required
              autoComplete="off"
            />
            <PasswordField wrong={wrong} label={t("field.password")} />
            <RoleField wrong={wrong} initial="user" />
          </>
        )}
      </Form>
    </>
  );
}
