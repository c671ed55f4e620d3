// A message that the server has not confirmed yet.
import { Lock, RotateCw, Trash2, Undo2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { clock } from "../../i18n/time";
import { connection } from "../../live/connection";
import { useSelected } from "../../live/store";
import { Button } from "../../ui/button";
import { cn } from "../../ui/cn";
import { takeBack } from "../composer/writing";
import type { Pending as Data } from "../outbox";
import { postAgain, withdraw } from "../outbox";
import { Quote } from "./quote";
import { boxOf } from "./rows";
import { Text } from "./text";
import { Ticks } from "./ticks";

export function Pending({ pending }: { pending: Data }) {
  const { t } = useTranslation("thread");
  const offline = useSelected(connection, ({ state }) => state !== "live");
  const { state, refusal, content, attachments } = pending;
  const refused = state === "refused";
  const back = () => {
    const taken = withdraw(pending.key);
    if (taken) takeBack(taken);
  };
  return (
    <div className="flex flex-col items-end" data-pending={state}>
      <div
        className={cn(
          "min-w-16 max-w-[min(85%,36rem)] rounded-2xl rounded-br-md bg-own px-3 py-1.5",
          pending.private && "border border-note-line border-dashed bg-note text-note-text",
        )}
      >
        {pending.private && (
          <p className="flex items-center gap-1 font-medium text-xs">
            <Lock className="size-3" aria-hidden />
            {t("note")}
          </p>
        )}
        {pending.replyToId && <Quote chatId={pending.chatId} id={pending.replyToId} />}
        {attachments.map((file) => {
          const box = boxOf(file.width, file.height);
          const picture = file.type === "image" && file.url;
          return picture ? (
            <img
              key={file.id}
              src={file.thumbnailUrl ?? file.url ?? undefined}
              alt={file.fileName ?? t("type.image")}
              style={{ width: box.width, aspectRatio: `${box.width} / ${box.height}` }}
              className="max-w-full rounded-lg object-cover"
            />
          ) : (
            <bdi key={file.id} className="block [overflow-wrap:anywhere]">
              {file.fileName ?? t("file.unnamed")}
            </bdi>
          );
        })}
        {content && <Text text={content} />}
        <p className="mt-0.5 flex items-center justify-end gap-1 text-[0.6875rem] text-muted leading-4">
          {state === "waiting" && <span>{t(offline ? "pending.offline" : "pending.waiting")}</span>}
          <time dateTime={pending.createdAt}>{clock(pending.createdAt)}</time>
          <Ticks status={state} />
        </p>
      </div>
      {(refused || (state === "waiting" && offline)) && (
        <div
          role={refused ? "alert" : undefined}
          className="mt-1 flex max-w-[32rem] flex-wrap items-center justify-end gap-1 text-xs"
        >
          {refused && (
            <>
              <span className="text-bad [overflow-wrap:anywhere]">{refusal?.detail ?? t("failed.noReason")}</span>
              <Button size="small" onClick={() => postAgain(pending.key)}>
                <RotateCw className="size-3.5" aria-hidden />
                {t("failed.retry")}
              </Button>
            </>
          )}
          {!pending.template && (
            <Button size="small" onClick={back}>
              <Undo2 className="size-3.5" aria-hidden />
              {t("pending.back")}
            </Button>
          )}
          <Button size="small" onClick={() => void withdraw(pending.key)}>
            <Trash2 className="size-3.5" aria-hidden />
            {t("pending.discard")}
          </Button>
        </div>
      )}
    </div>
  );
}
