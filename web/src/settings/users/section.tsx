// The people who answer: all of them, one of them, or a new one.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { User } from "../../api/types";
import { useMe } from "../../app/me";
import { allOf, queries } from "../../app/queries";
import { full, short } from "../../i18n/time";
import { onLive } from "../../live/apply";
import { Avatar } from "../../ui/avatar";
import { Empty } from "../../ui/states";
import { CopyField } from "../parts/copy";
import { AddLink, BackLink, Heading, Loaded, listLook, usePlace } from "../parts/section";
import { AddUser } from "./add";
import { UserPage } from "./user";

const inactive = {
  queryKey: ["users", "inactive"],
  queryFn: () => allOf<User>("/api/users?active=false"),
};

/** Told once: a password that was just set. */
export interface Entry {
  name: string;
  password: string;
}

export function UsersSection() {
  const { t } = useTranslation("settings");
  const { id, add } = usePlace("users");
  const [entry, setEntry] = useState<Entry | null>(null);
  const active = useQuery(queries.users);
  const shutOut = useQuery(inactive);
  const client = useQueryClient();
  useEffect(
    () => onLive("online:total:updated", () => void client.invalidateQueries({ queryKey: ["users"] })),
    [client],
  );
  if (add) return <AddUser onAdded={setEntry} />;
  return (
    <Loaded query={active}>
      {(users) => {
        const others = shutOut.data ?? [];
        if (!id) return <All users={users} others={others} entry={entry} />;
        const user = [...users, ...others].find((one) => one.id === id);
        return (
          <>
            <BackLink section="users" />
            {entry && <Told entry={entry} />}
            {user ? (
              <UserPage
                key={user.id}
                user={user}
                active={users.some((one) => one.id === id)}
                isLastAdmin={user.role === "admin" && users.filter(({ role }) => role === "admin").length === 1}
                onPassword={setEntry}
              />
            ) : (
              !shutOut.isPending && <Empty title={t("users.gone")} />
            )}
          </>
        );
      }}
    </Loaded>
  );
}

function Told({ entry }: { entry: Entry }) {
  const { t } = useTranslation("settings");
  return (
    <div className="max-w-xl rounded-xl bg-accent-soft p-4" role="status">
      <p className="mb-2 text-sm">{t("users.told", { name: entry.name })}</p>
      <CopyField label={t("field.password")} text={entry.password} />
    </div>
  );
}

function All({ users, others, entry }: { users: User[]; others: User[]; entry: Entry | null }) {
  const { t } = useTranslation("settings");
  return (
    <>
      <Heading title={t("section.users")} text={t("users.text")}>
        <AddLink section="users" label={t("users.add")} />
      </Heading>
      {entry && <Told entry={entry} />}
      <ul className={listLook}>
        {users.map((user) => (
          <Line key={user.id} user={user} />
        ))}
      </ul>
      {users.length === 1 && <p className="text-muted text-sm">{t("users.alone")}</p>}
      {others.length > 0 && (
        <>
          <h2 className="mt-2 font-semibold text-base">{t("users.inactive")}</h2>
          <ul className={listLook}>
            {others.map((user) => (
              <Line key={user.id} user={user} out />
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function Line({ user, out }: { user: User; out?: boolean }) {
  const { t } = useTranslation(["settings", "common"]);
  const me = useMe();
  const seen = user.online
    ? t("users.online")
    : user.lastSeenAt
      ? t("users.seen", { when: short(user.lastSeenAt) })
      : t("users.neverSeen");
  return (
    <li className="hover:bg-sunken">
      <Link
        to="/settings/$section"
        params={{ section: "users" }}
        search={{ id: user.id }}
        className="flex flex-wrap items-center gap-x-3 gap-y-1 p-3"
      >
        <Avatar seed={user.id} name={user.name} online={user.online} />
        <span className="min-w-0 flex-1 basis-40">
          <span className="block truncate font-medium">
            {user.name}
            {user.id === me.id && <span className="font-normal text-muted"> · {t("you")}</span>}
          </span>
          <span className="block truncate text-muted text-sm">
            {[user.username && `@${user.username}`, user.email].filter(Boolean).join(" · ")}
          </span>
        </span>
        <span className="text-right text-sm">
          <span className="block">{out ? t("users.out") : t(`role.${user.role}`)}</span>
          <span
            className="block text-muted text-xs"
            title={user.lastSeenAt && !user.online ? full(user.lastSeenAt) : undefined}
          >
            {seen}
          </span>
        </span>
      </Link>
    </li>
  );
}
