import { Smile } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { IconButton } from "../../ui/button";
import { Popover } from "../../ui/popover";
import { Loading } from "../../ui/states";

const EmojiPicker = lazy(() => import("../../ui/emoji"));

/** A button with a picker over it; several can be picked one after another. */
export function EmojiButton({ label, onPick }: { label: string; onPick: (emoji: string) => void }) {
  const [open, setOpen] = useState(false);
  return (
    <Popover
      label={label}
      side="top"
      open={open}
      onOpenChange={setOpen}
      trigger={
        <IconButton label={label}>
          <Smile className="size-5" aria-hidden />
        </IconButton>
      }
    >
      <Suspense fallback={<Loading />}>
        <EmojiPicker onPick={onPick} />
      </Suspense>
    </Popover>
  );
}
