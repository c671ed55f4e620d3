// API keys: for programs, in place of a person's token.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api/http";
import type { Role } from "../api/types";
import { Form, type Values } from "../app/form";
import { allOf } from "../app/queries";
import { full, short } from "../i18n/time";
import { SelectField, TextField } from "../ui/field";
import { Empty } from "../ui/states";
import { CopyField } from "./parts/copy";
import { Remove } from "./parts/remove";
import { Heading, Loaded, listLook } from "./parts/section";

interface ApiKey {
  id: string;
  name: string;
  role: Role;
  lastUsedAt: string | null;
  createdAt: string;
}

type Created = ApiKey & { key: string };

const keys = { queryKey: ["apiKeys"], queryFn: () => allOf<ApiKey>("/api/api-keys") };

export function ApiKeysSection() {
  const { t } = useTranslation(["settings", "common"]);
  const all = useQuery(keys);
  const client = useQueryClient();
  const [created, setCreated] = useState<Created | null>(null);
  const fresh = () => client.invalidateQueries({ queryKey: keys.queryKey });
  async function add(values: Values) {
    const key = await call<Created>("POST", "/api/api-keys", { name: values.text("name"), role: values.text("role") });
    await fresh();
    return key;
  }
  return (
    <>
      <Heading title={t("section.api-keys")} text={t("keys.text")} />
      <Form
        save={add}
        action={t("keys.add")}
        onDone={setCreated}
        empties
        className="flex max-w-xl flex-col gap-3 rounded-xl border bg-surface p-4"
      >
        {(wrong) => (
          <>
            <TextField
              label={t("field.name")}
              hint={t("keys.nameHint")}
              name="name"
              error={wrong("name")}
              required
              maxLength={200}
              autoComplete="off"
            />
            <SelectField
              label={t("field.role")}
              hint={t("keys.roleHint")}
              name="role"
              defaultValue="user"
              error={wrong("role")}
            >
              {(["user", "moderator", "admin"] as const).map((role) => (
                <option key={role} value={role}>
                  {t(`role.${role}`)}
                </option>
              ))}
            </SelectField>
          </>
        )}
      </Form>
      {created && (
        <div className="max-w-xl rounded-xl bg-accent-soft p-4" role="status">
          <p className="mb-2 text-sm">{t("keys.once")}</p>
          <CopyField label={created.name} text={created.key} />
        </div>
      )}
      <Loaded query={all}>
        {(list) =>
          list.length === 0 ? (
            <Empty icon={<KeyRound className="size-6" aria-hidden />} title={t("keys.none")}>
              {t("keys.noneText")}
            </Empty>
          ) : (
            <ul className={listLook}>
              {list.map((key) => (
                <Line
                  key={key.id}
                  apiKey={key}
                  remove={async () => {
                    await call("DELETE", `/api/api-keys/${key.id}`);
                    if (created?.id === key.id) setCreated(null);
                    await fresh();
                  }}
                />
              ))}
            </ul>
          )
        }
      </Loaded>
    </>
  );
}

function Line({ apiKey, remove }: { apiKey: ApiKey; remove: () => Promise<void> }) {
  const { t } = useTranslation(["settings", "common"]);
  const used = apiKey.lastUsedAt ? t("keys.used", { when: short(apiKey.lastUsedAt) }) : t("keys.unused");
  return (
    <li className="flex items-center gap-3 px-3 py-2">
      <div className="min-w-0 flex-1">
        <p className="break-words font-medium text-sm">{apiKey.name}</p>
        <p className="text-muted text-xs" title={apiKey.lastUsedAt ? full(apiKey.lastUsedAt) : undefined}>
          {t(`role.${apiKey.role}`)} · {used}
        </p>
      </div>
      <Remove name={apiKey.name} remove={remove} small>
        {t("keys.deleteText")}
      </Remove>
    </li>
  );
}
