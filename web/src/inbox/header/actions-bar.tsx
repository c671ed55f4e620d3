// What can be done with a chat, each with a key.
import { Check, RotateCcw, UserCheck } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Chat } from "../../api/types";
import { useShortcut } from "../../app/shortcuts";
import { Button } from "../../ui/button";
import { tip } from "../../ui/tip";
import { useChatActions } from "./actions";
import { Assign } from "./assign";
import { LabelPicker } from "./label-picker";
import { More } from "./more";
import { Snooze } from "./snooze";

/** `tools`: whether what opens menus and pickers is drawn yet; until then its place is kept. */
export function Actions({ chat, tools }: { chat: Chat; tools: boolean }) {
  const { t } = useTranslation("inbox");
  const actions = useChatActions(chat.id);
  const resolved = chat.status === "resolved";
  const turn = () => void (resolved ? actions.reopen() : actions.resolve());
  const claim = () => void actions.claim();
  useShortcut("e", t("keys.resolve"), turn);
  useShortcut("c", t("header.claim"), claim);
  const Icon = resolved ? RotateCcw : Check;
  const word = resolved ? t("header.reopen") : t("header.resolve");
  return (
    <>
      {!chat.assignedUserId && (
        <Button size="small" onClick={claim} className="mr-1 h-8" {...tip(t("header.claimHint"), "c")}>
          <UserCheck className="size-4" aria-hidden />
          {t("header.claim")}
        </Button>
      )}
      {tools ? (
        <>
          <Assign chat={chat} actions={actions} />
          <LabelPicker chat={chat} actions={actions} />
          <Snooze chat={chat} actions={actions} />
        </>
      ) : (
        ["assign", "labels", "snooze"].map((one) => <span key={one} className="size-9" />)
      )}
      <Button size="small" onClick={turn} className="mx-1 h-8" aria-label={word} {...tip(word, "e")}>
        <Icon className="size-4" aria-hidden />
        <span className="hidden 2xl:inline">{word}</span>
      </Button>
      {tools ? <More chat={chat} actions={actions} /> : <span className="size-9" />}
    </>
  );
}
