import { memo } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../../app/me";
import { useHere } from "../../live/presence";

/** Who writes just now. Its line is always there, so that nothing moves. */
export const Typing = memo(function Typing({ chatId }: { chatId: string }) {
  const { t } = useTranslation("thread");
  const me = useMe();
  const typing = useHere(chatId).typing.filter(({ id }) => id !== me.id);
  const names = typing.map(({ name }) => name || t("somebody"));
  return (
    <p role="status" aria-live="polite" className="h-5 shrink-0 truncate px-4 text-muted text-xs leading-5">
      {names.length > 0 && (
        <bdi>
          {names.length > 2
            ? t("typing.many", { count: names.length })
            : t("typing", { count: names.length, names: names.join(", ") })}
        </bdi>
      )}
    </p>
  );
});
