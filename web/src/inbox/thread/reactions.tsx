// Reactions under a message: the same ones together, own ones to be taken back.
import { SmilePlus } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "sonner";
import type { Message, Reaction } from "../../api/types";
import { useMe } from "../../app/me";
import { IconButton } from "../../ui/button";
import { cn } from "../../ui/cn";
import { Popover } from "../../ui/popover";
import { Loading, problemText } from "../../ui/states";
import { react } from "./actions";

const EmojiPicker = lazy(() => import("../../ui/emoji"));
const QUICK = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

function useReact(message: Message): { mine: string | undefined; toggle: (emoji: string) => void } {
  const me = useMe();
  const mine = message.reactions.find(({ actor }) => actor === `user:${me.id}`)?.emoji;
  const toggle = (emoji: string) =>
    void react(message.id, emoji === mine ? "" : emoji).catch((error) => toast.error(problemText(error)));
  return { mine, toggle };
}

export function Reactions({ message, able }: { message: Message; able: boolean }) {
  const { t } = useTranslation("thread");
  const { mine, toggle } = useReact(message);
  const groups = new Map<string, Reaction[]>();
  for (const one of message.reactions) groups.set(one.emoji, [...(groups.get(one.emoji) ?? []), one]);
  return (
    <div className="mt-1 flex flex-wrap gap-1">
      {[...groups].map(([emoji, by]) => (
        <button
          key={emoji}
          type="button"
          disabled={!able}
          aria-pressed={emoji === mine}
          aria-label={t("reaction.label", { emoji, names: names(by) })}
          title={names(by)}
          onClick={() => toggle(emoji)}
          className={cn(
            "flex h-6 items-center gap-1 rounded-full border bg-surface px-1.5 text-xs disabled:cursor-default",
            emoji === mine && "border-accent bg-accent-soft",
          )}
        >
          <span aria-hidden>{emoji}</span>
          {by.length > 1 && <span>{by.length}</span>}
        </button>
      ))}
    </div>
  );
}

const names = (by: Reaction[]) => by.map(({ name }) => name ?? "?").join(", ");

export function ReactButton({ message }: { message: Message }) {
  const { t } = useTranslation("thread");
  const { mine, toggle } = useReact(message);
  const [open, setOpen] = useState(false);
  const [all, setAll] = useState(false);
  const pick = (emoji: string) => {
    setOpen(false);
    toggle(emoji);
  };
  return (
    <Popover
      label={t("reaction.add")}
      side="top"
      align="center"
      open={open}
      onOpenChange={(next) => {
        setOpen(next);
        setAll(false);
      }}
      trigger={
        <IconButton label={t("reaction.add")} size="small">
          <SmilePlus className="size-4" aria-hidden />
        </IconButton>
      }
    >
      {all ? (
        <Suspense fallback={<Loading />}>
          <EmojiPicker onPick={pick} />
        </Suspense>
      ) : (
        <div className="flex gap-1">
          {QUICK.map((emoji) => (
            <button
              key={emoji}
              type="button"
              aria-label={emoji}
              aria-pressed={emoji === mine}
              onClick={() => pick(emoji)}
              className="size-9 rounded-lg text-xl hover:bg-sunken aria-pressed:bg-accent-soft"
            >
              {emoji}
            </button>
          ))}
          <IconButton label={t("reaction.more")} onClick={() => setAll(true)}>
            <SmilePlus className="size-5" aria-hidden />
          </IconButton>
        </div>
      )}
    </Popover>
  );
}
