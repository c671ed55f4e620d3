import { Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "sonner";
import { Button, IconButton } from "../../ui/button";
import { Confirm } from "../../ui/confirm";

interface RemoveProps {
  /** What is removed, as its readers know it. */
  name: string;
  /** What goes with it. */
  children: ReactNode;
  remove: () => Promise<unknown>;
  onDone?: () => void;
  /** A picture in a line of a list, in place of a word. */
  small?: boolean;
}

/** A button that deletes after asking. */
export function Remove({ name, children, remove, onDone, small }: RemoveProps) {
  const { t } = useTranslation(["settings", "common"]);
  const [open, setOpen] = useState(false);
  const confirm = async () => {
    await remove();
    toast.success(t("removed", { name }));
    onDone?.();
  };
  return (
    <>
      {small ? (
        <IconButton label={t("remove", { name })} onClick={() => setOpen(true)}>
          <Trash2 className="size-4" aria-hidden />
        </IconButton>
      ) : (
        <Button onClick={() => setOpen(true)} className="text-bad">
          <Trash2 className="size-4" aria-hidden />
          {t("delete")}
        </Button>
      )}
      <Confirm
        open={open}
        onOpenChange={setOpen}
        title={t("remove.title", { name })}
        action={t("delete")}
        onConfirm={confirm}
      >
        {children}
      </Confirm>
    </>
  );
}
