// What is done seldom: priority, waiting, giving the chat back, deleting it.
import { useRouter } from "@tanstack/react-router";
import { Ellipsis } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Chat } from "../../api/types";
import { may, useMe } from "../../app/me";
import { PRIORITIES } from "../../app/priority";
import { IconButton } from "../../ui/button";
import { Confirm } from "../../ui/confirm";
import { Menu, MenuCheck, MenuItem, MenuLabel, MenuLine } from "../../ui/menu";
import { deleteChat } from "../chats";
import { useTitle } from "../title";
import type { ChatActions } from "./actions";

export function More({ chat, actions }: { chat: Chat; actions: ChatActions }) {
  const { t } = useTranslation(["inbox", "common"]);
  const me = useMe();
  const router = useRouter();
  const title = useTitle(chat);
  const [asking, setAsking] = useState(false);
  const remove = async () => {
    await deleteChat(chat.id);
    await router.navigate({ to: "/inbox", search: (search) => ({ ...search, message: undefined }) });
  };
  return (
    <>
      <Menu
        align="end"
        trigger={
          <IconButton label={t("header.more")}>
            <Ellipsis className="size-4.5" aria-hidden />
          </IconButton>
        }
      >
        <MenuLabel>{t("header.priority")}</MenuLabel>
        {PRIORITIES.toReversed().map((priority) => (
          <MenuCheck
            key={priority}
            checked={chat.priority === priority}
            onChange={() => void actions.change({ priority })}
          >
            {t(`common:priority.${priority}`)}
          </MenuCheck>
        ))}
        <MenuLine />
        <MenuCheck
          checked={chat.status === "pending"}
          onChange={(on) => void actions.change({ status: on ? "pending" : "open" })}
        >
          {t("header.pending")}
        </MenuCheck>
        {chat.assignedUserId && <MenuItem onSelect={() => void actions.release()}>{t("header.release")}</MenuItem>}
        {may(me, "moderator") && (
          <>
            <MenuLine />
            <MenuItem danger onSelect={() => setAsking(true)}>
              {t("header.delete")}
            </MenuItem>
          </>
        )}
      </Menu>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={t("delete.title", { title })}
        action={t("common:delete")}
        onConfirm={remove}
      >
        {t("delete.text")}
      </Confirm>
    </>
  );
}
