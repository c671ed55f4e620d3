// One person: name, role, password, and whether it may come in.
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "sonner";
import { call } from "../../api/http";
import { Problem } from "../../api/problem";
import { keepUser } from "../../api/session";
import type { User } from "../../api/types";
import { Form, type Values } from "../../app/form";
import { useMe } from "../../app/me";
import { Button } from "../../ui/button";
import { Confirm } from "../../ui/confirm";
import { Heading, Part, usePlace } from "../parts/section";
import { NameFields, PasswordField, RoleField } from "./fields";
import type { Entry } from "./section";

interface UserPageProps {
  user: User;
  active: boolean;
  isLastAdmin: boolean;
  onPassword: (entry: Entry) => void;
}

export function UserPage({ user, active, isLastAdmin, onPassword }: UserPageProps) {
  const { t } = useTranslation(["settings", "common"]);
  const client = useQueryClient();
  const me = useMe();
  const { list } = usePlace("users");
  const change = async (body: object) => {
    const changed = await call<User>("PATCH", `/api/users/${user.id}`, body);
    await client.invalidateQueries({ queryKey: ["users"] });
    if (changed.id === me.id) keepUser(changed);
    return changed;
  };
  // of somebody who belongs to other organizations too the role alone may be changed here
  function save(values: Values) {
    const known = { name: user.name, username: user.username ?? "", role: user.role };
    const changes = Object.entries(known)
      .map(([field, value]) => [field, values.text(field), value])
      .filter(([, next, value]) => next !== value);
    return change(Object.fromEntries(changes));
  }
  async function setPassword(values: Values) {
    const password = values.raw("password");
    await change({ password });
    return { name: user.name, password };
  }
  return (
    <>
      <Heading title={user.name} text={user.email} />
      {active && (
        <>
          <Form
            save={save}
            action={t("save")}
            done={t("users.saved")}
            conflict={isLastAdmin ? t("users.last") : t("users.usernameTaken")}
            onDone={list}
            onCancel={list}
          >
            {(wrong) => (
              <>
                <NameFields wrong={wrong} user={user} />
                <RoleField wrong={wrong} initial={user.role} />
              </>
            )}
          </Form>
          <Part title={t("users.newPassword")}>
            <p className="text-muted text-sm">{t("users.newPasswordText")}</p>
            <Form
              save={setPassword}
              action={t("users.setPassword")}
              done={t("users.passwordSet")}
              onDone={(entry) => {
                onPassword(entry);
                list();
              }}
            >
              {(wrong) => <PasswordField wrong={wrong} label={t("users.newPassword")} />}
            </Form>
          </Part>
        </>
      )}
      <Part title={t(active ? "users.deactivate" : "users.activate")}>
        <Access user={user} active={active} change={change} />
      </Part>
    </>
  );
}

function Access({ user, active, change }: { user: User; active: boolean; change: (body: object) => Promise<User> }) {
  const { t } = useTranslation("settings");
  const { list } = usePlace("users");
  const [asking, setAsking] = useState(false);
  async function set(on: boolean) {
    try {
      await change({ active: on });
    } catch (error) {
      // the one conflict that there is here
      if (error instanceof Problem && error.code === "CONFLICT") throw new Problem(409, "CONFLICT", t("users.last"));
      throw error;
    }
    toast.success(t(on ? "users.activated" : "users.deactivated", { name: user.name }));
    list();
  }
  const text = t(active ? "users.deactivateText" : "users.activateText");
  return (
    <>
      <p className="text-muted text-sm">{text}</p>
      <div>
        <Button onClick={() => setAsking(true)} className={active ? "text-bad" : undefined}>
          {t(active ? "users.deactivate" : "users.activate")}
        </Button>
      </div>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={t(active ? "users.deactivate.title" : "users.activate.title", { name: user.name })}
        action={t(active ? "users.deactivate" : "users.activate")}
        onConfirm={() => set(!active)}
      >
        {text}
      </Confirm>
    </>
  );
}
