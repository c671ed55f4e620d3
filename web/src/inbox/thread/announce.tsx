import { memo, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { session } from "../../api/session";
import type { Message } from "../../api/types";
import { onLive } from "../../live/apply";
import { summary } from "./quote";

/** Reads new messages of others out to those who do not see them. */
export const Announcer = memo(function Announcer({ chatId }: { chatId: string }) {
  const { t } = useTranslation("thread");
  const [said, setSaid] = useState("");
  useEffect(
    () =>
      onLive("message:new", (message: Message) => {
        if (message.chatId !== chatId || message.senderUserId === session.get()?.user.id) return;
        setSaid(t("announce", { name: message.senderName ?? t("somebody"), text: summary(message, t) }));
      }),
    [chatId, t],
  );
  return (
    <p role="status" aria-live="polite" className="sr-only">
      {said}
    </p>
  );
});
