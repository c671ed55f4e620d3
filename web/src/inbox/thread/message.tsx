// One message in the thread.
import { Lock, Pencil } from "lucide-react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import type { Message as Data, Network } from "../../api/types";
import { useMe } from "../../app/me";
import { clock, full } from "../../i18n/time";
import { Avatar } from "../../ui/avatar";
import { cn } from "../../ui/cn";
import { Body } from "./body";
import { Failure } from "./failure";
import { Tools, ToolsSpace } from "./menu";
import { Quote } from "./quote";
import { Reactions } from "./reactions";
import { rightsOf } from "./rights";
import { useSender } from "./sender";
import { Ticks } from "./ticks";

interface MessageProps {
  message: Data;
  /** What its network carries, as far as that is known. */
  network: Network | undefined;
  follows: boolean;
  isGroup: boolean;
  highlighted: boolean;
  /** Whether what can be done with it is drawn yet. */
  tools: boolean;
  menuOpen: boolean;
  onMenu: (messageId: string, open: boolean) => void;
}

export const Message = memo(function Message(props: MessageProps) {
  if (props.message.type === "system") return <SystemLine message={props.message} />;
  return <Bubble {...props} />;
});

function SystemLine({ message }: { message: Data }) {
  return (
    <p className="px-4 py-1 text-center text-muted text-xs [overflow-wrap:anywhere]">
      <bdi>{message.content}</bdi> · <time title={full(message.createdAt)}>{clock(message.createdAt)}</time>
    </p>
  );
}

function Bubble({ message, network, follows, isGroup, highlighted, tools, menuOpen, onMenu }: MessageProps) {
  const me = useMe();
  const rights = rightsOf(message, network, me);
  const own = message.fromMe;
  const mine = own && message.senderUserId === me.id;
  const named = !mine && (own || isGroup);
  const failed = own && message.status === "failed" && !message.deletedAt;
  return (
    <div className={cn("group flex items-end gap-1.5", own && "flex-row-reverse")}>
      {named && <Face message={message} hidden={follows} />}
      <div className={cn("flex min-w-0 max-w-[min(85%,36rem)] flex-col", own ? "items-end" : "items-start")}>
        <div
          className={cn(
            "min-w-16 max-w-full rounded-2xl px-3 py-1.5 transition-shadow",
            own ? "rounded-br-md bg-own" : "rounded-bl-md border bg-surface",
            message.private && "border border-note-line border-dashed bg-note text-note-text",
            highlighted && "ring-2 ring-accent",
          )}
        >
          {named && !follows && <Name message={message} />}
          {message.private && (
            <p className="flex items-center gap-1 font-medium text-xs">
              <Lock className="size-3" aria-hidden />
              <Word name="note" />
            </p>
          )}
          {message.replyToId && !message.deletedAt && <Quote chatId={message.chatId} id={message.replyToId} />}
          {message.deletedAt ? (
            <p className="text-muted italic">
              <Word name="deleted" />
            </p>
          ) : (
            <Body message={message} />
          )}
          <Foot message={message} />
        </div>
        {!message.deletedAt && message.reactions.length > 0 && <Reactions message={message} able={rights.react} />}
        {failed && <Failure message={message} />}
      </div>
      {tools ? (
        <Tools message={message} rights={rights} menuOpen={menuOpen} onMenu={(open) => onMenu(message.id, open)} />
      ) : (
        <ToolsSpace message={message} rights={rights} />
      )}
    </div>
  );
}

/** A component of its own, since most messages need no word of ours, and there are many. */
function Word({ name }: { name: "note" | "deleted" | "edited" }) {
  const { t } = useTranslation("thread");
  return t(name);
}

function Foot({ message }: { message: Data }) {
  const { createdAt, editedAt, deletedAt, fromMe, status } = message;
  return (
    <p className="mt-0.5 flex items-center justify-end gap-1 text-[0.6875rem] text-muted leading-4">
      {editedAt && !deletedAt && (
        <span title={full(editedAt)} className="flex items-center gap-0.5">
          <Pencil className="size-3" aria-hidden />
          <Word name="edited" />
        </span>
      )}
      <time dateTime={createdAt} title={full(createdAt)}>
        {clock(createdAt)}
      </time>
      {fromMe && !message.private && !deletedAt && <Ticks status={status} />}
    </p>
  );
}

function Name({ message }: { message: Data }) {
  return <bdi className="block truncate font-semibold text-[0.8125rem] text-accent">{useSender(message).name}</bdi>;
}

function Face({ message, hidden }: { message: Data; hidden: boolean }) {
  const { seed, name } = useSender(message);
  return hidden ? (
    <span className="w-6 shrink-0" />
  ) : (
    <span title={name} className="self-start pt-1">
      <Avatar seed={seed} name={name} size="small" />
    </span>
  );
}
