// What an operator does with a chat as a whole; what fails is said in words.
import { useTranslation } from "react-i18next";
import { toast } from "sonner";
import { asProblem } from "../../api/problem";
import type { Chat } from "../../api/types";
import { full } from "../../i18n/time";
import { problemText } from "../../ui/states";
import { changeChat, chats, claimChat, loadChat, releaseChat } from "../chats";

export function useChatActions(chatId: string) {
  const { t } = useTranslation("inbox");
  const attempt = async (doing: Promise<unknown>): Promise<boolean> => {
    try {
      await doing;
      return true;
    } catch (error) {
      toast.error(problemText(error));
      return false;
    }
  };
  const change = (part: Partial<Chat>) => attempt(changeChat(chatId, part));
  /** Changes the state and offers the way back. */
  const move = async (part: Partial<Chat>, said: string) => {
    const before = chats.get(chatId);
    if (!(await change(part)) || !before) return;
    const { status, snoozedUntil } = before;
    const back = status === "snoozed" ? { status, snoozedUntil } : { status };
    toast(said, { action: { label: t("undo"), onClick: () => void change(back) } });
  };
  return {
    change,
    resolve: () => move({ status: "resolved" }, t("said.resolved")),
    reopen: () => move({ status: "open" }, t("said.reopened")),
    snooze: (until: Date) => {
      const snoozedUntil = until.toISOString();
      return move({ status: "snoozed", snoozedUntil }, t("said.snoozed", { until: full(snoozedUntil) }));
    },
    /** Of several who take a chat at once one has it; the others read who. */
    claim: async () => {
      try {
        await claimChat(chatId);
        toast.success(t("said.claimed"));
      } catch (error) {
        const problem = asProblem(error);
        if (problem.code !== "CONFLICT") return void toast.error(problemText(error));
        const { name } = problem.more;
        toast.error(t("said.taken", { name: typeof name === "string" ? name : t("row.someone") }));
        await attempt(loadChat(chatId));
      }
    },
    release: () => attempt(releaseChat(chatId)),
  };
}

export type ChatActions = ReturnType<typeof useChatActions>;
