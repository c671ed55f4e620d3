// A message that another one answers, in short.
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Message } from "../../api/types";
import { useSelected } from "../../live/store";
import { oneMessage, timelineOf } from "../timeline";
import { useJump } from "./jump";
import { useSender } from "./sender";

/** `null`: gone; `undefined`: not known yet. */
export function useMessage(chatId: string, id: string): Message | null | undefined {
  const here = useSelected(timelineOf(chatId), ({ messages }) => messages.find((message) => message.id === id));
  const { data, isError } = useQuery({
    queryKey: ["message", chatId, id],
    queryFn: () => oneMessage(chatId, id),
    enabled: !here,
    staleTime: Number.POSITIVE_INFINITY,
    retry: 1,
  });
  return here ?? (isError ? null : data);
}

export function QuoteText({ message }: { message: Message | null | undefined }) {
  const { t } = useTranslation("thread");
  if (message === undefined) return <>{t("quote.loading")}</>;
  if (message === null) return <>{t("quote.gone")}</>;
  return <>{summary(message, t)}</>;
}

/** A message in a line of text. */
export function summary(message: Message, t: (key: string) => string): string {
  if (message.deletedAt) return t("deleted");
  const text = message.content.slice(0, 200);
  return message.type === "text" || (text && message.type !== "location") ? text : t(`type.${message.type}`);
}

/** Clicking it goes to the message. */
export function Quote({ chatId, id }: { chatId: string; id: string }) {
  const { t } = useTranslation("thread");
  const message = useMessage(chatId, id);
  const jump = useJump();
  const { name } = useSender(message);
  return (
    <button
      type="button"
      disabled={message === null}
      onClick={() => jump(id)}
      aria-label={t("quote.go", { name })}
      className="mb-1 block w-full min-w-32 border-accent border-l-2 bg-text/5 px-2 py-1 text-left text-[0.8125rem] hover:bg-text/10"
    >
      <bdi className="block h-[1.3em] truncate font-medium text-accent">{name}</bdi>
      <span className="block h-[1.35em] truncate text-muted">
        <QuoteText message={message} />
      </span>
    </button>
  );
}
