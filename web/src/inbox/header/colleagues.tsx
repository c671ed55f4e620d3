// Colleagues who look at the same chat now, and a warning when one of them is writing an answer.
import { PencilLine } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useMe } from "../../app/me";
import { useUsers } from "../../app/queries";
import { useHere } from "../../live/presence";
import { Avatar } from "../../ui/avatar";
import { tip } from "../../ui/tip";

const MOST = 3;

export function Colleagues({ chatId }: { chatId: string }) {
  const { t } = useTranslation("inbox");
  const me = useMe().id;
  const users = useUsers();
  const { memberIds, typing } = useHere(chatId);
  const others = memberIds.filter((id) => id !== me);
  const name = (id: string) => users.find((user) => user.id === id)?.name ?? t("row.someone");
  const writing = typing.filter((one) => !one.customer && one.id !== me);
  const names = others.map(name).join(", ");
  return (
    <div role="status" className="flex min-w-0 items-center gap-2">
      {writing.length > 0 && (
        <span className="flex min-w-0 items-center gap-1 rounded-full bg-warn-soft px-2 py-0.5 text-warn text-xs">
          <PencilLine className="size-3.5 shrink-0" aria-hidden />
          <span className="truncate">
            {t("header.writing", { names: writing.map((one) => name(one.id)).join(", ") })}
          </span>
        </span>
      )}
      {others.length > 0 && (
        <span className="flex items-center -space-x-1.5" {...tip(t("header.here", { names }))}>
          {others.slice(0, MOST).map((id) => (
            <Avatar key={id} seed={id} name={name(id)} size="small" />
          ))}
          {others.length > MOST && <span className="pl-2.5 text-muted text-xs">+{others.length - MOST}</span>}
          <span className="sr-only">{t("header.here", { names })}</span>
        </span>
      )}
    </div>
  );
}
