// What the message that is being written belongs to: the one it answers, or the one that it changes.
import { CornerUpLeft, Pencil, X } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "../../live/store";
import { IconButton } from "../../ui/button";
import { QuoteText, useMessage } from "../thread/quote";
import { useSender } from "../thread/sender";
import { writingOf } from "./writing";

export function Bars({ chatId, onCancel }: { chatId: string; onCancel: () => void }) {
  const { t } = useTranslation("composer");
  const { editing, replyToId } = useStore(writingOf(chatId));
  if (editing) {
    return (
      <Bar
        icon={<Pencil className="size-4" aria-hidden />}
        title={t("edit.title")}
        cancel={t("edit.cancel")}
        onCancel={onCancel}
      >
        {editing.message.content}
      </Bar>
    );
  }
  if (!replyToId) return null;
  return <Reply chatId={chatId} messageId={replyToId} onCancel={onCancel} />;
}

function Reply({ chatId, messageId, onCancel }: { chatId: string; messageId: string; onCancel: () => void }) {
  const { t } = useTranslation("composer");
  const message = useMessage(chatId, messageId);
  const { name } = useSender(message);
  return (
    <Bar
      icon={<CornerUpLeft className="size-4" aria-hidden />}
      title={t("reply.title", { name })}
      cancel={t("reply.cancel")}
      onCancel={onCancel}
    >
      <QuoteText message={message} />
    </Bar>
  );
}

interface BarProps {
  icon: ReactNode;
  title: string;
  cancel: string;
  onCancel: () => void;
  children: ReactNode;
}

function Bar({ icon, title, cancel, onCancel, children }: BarProps) {
  return (
    <div className="mt-2 flex items-center gap-2 border-accent border-l-2 pl-2 text-sm">
      <span className="text-accent">{icon}</span>
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium text-accent">{title}</span>
        <span className="block truncate text-muted">{children}</span>
      </span>
      <IconButton label={cancel} size="small" onClick={onCancel}>
        <X className="size-4" aria-hidden />
      </IconButton>
    </div>
  );
}
