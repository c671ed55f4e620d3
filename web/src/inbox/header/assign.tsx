// Gives the chat to a colleague or a team.
import { UserRound, UsersRound } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Chat } from "../../api/types";
import { useMe } from "../../app/me";
import { useTeams, useUsers } from "../../app/queries";
import { useShortcut } from "../../app/shortcuts";
import { Avatar } from "../../ui/avatar";
import { IconButton } from "../../ui/button";
import { type Option, Picker } from "../../ui/picker";
import type { ChatActions } from "./actions";

const NOBODY = "nobody";
const NO_TEAM = "no-team";

export function Assign({ chat, actions }: { chat: Chat; actions: ChatActions }) {
  const { t } = useTranslation("inbox");
  const [open, setOpen] = useState(false);
  const me = useMe();
  const users = useUsers();
  const teams = useTeams();
  useShortcut("a", t("header.assign"), () => setOpen(true));
  const people = t("assign.people");
  const person = (id: string, name: string): Option => ({
    id,
    name,
    group: people,
    mark: <Avatar seed={id} name={name} size="small" />,
    checked: chat.assignedUserId === id,
  });
  const others = users.filter((user) => user.id !== me.id);
  const options: Option[] = [
    person(me.id, t("assign.me", { name: me.name })),
    {
      id: NOBODY,
      name: t("assign.nobody"),
      group: people,
      mark: <UserRound className="size-6 p-0.5" aria-hidden />,
      checked: !chat.assignedUserId,
    },
    ...others.map(({ id, name }) => person(id, name)),
    ...teams.map((team) => teamOption(team.id, team.name)),
    ...(chat.teamId ? [teamOption(NO_TEAM, t("assign.noTeam"))] : []),
  ];
  function teamOption(id: string, name: string): Option {
    const mark = <UsersRound className="size-6 p-0.5 text-muted" aria-hidden />;
    return { id, name, group: t("assign.teams"), mark, checked: chat.teamId === id };
  }
  const pick = (id: string) => {
    if (id === NO_TEAM) return void actions.change({ teamId: null });
    if (teams.some((team) => team.id === id)) return void actions.change({ teamId: id });
    void actions.change({ assignedUserId: id === NOBODY ? null : id });
  };
  const assignee = users.find((user) => user.id === chat.assignedUserId);
  const label = chat.assignedUserId
    ? t("header.assigned", { name: assignee?.name ?? t("row.someone") })
    : t("header.assign");
  return (
    <Picker
      label={t("assign.search")}
      nothing={t("assign.nothing")}
      options={options}
      onPick={pick}
      open={open}
      onOpenChange={setOpen}
      trigger={
        <IconButton label={label} keys="a">
          {chat.assignedUserId ? (
            <Avatar seed={chat.assignedUserId} name={assignee?.name ?? null} size="small" />
          ) : (
            <UserRound className="size-4.5" aria-hidden />
          )}
        </IconButton>
      }
    />
  );
}
