// Not hearing from a person any more, and hearing from them again.
import { Ban } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "sonner";
import { full } from "../i18n/time";
import { Button } from "../ui/button";
import { Confirm } from "../ui/confirm";
import { problemText } from "../ui/states";
import { blockPerson, nameOf, unblockPerson, usePerson } from "./queries";

export function PersonBlock({ contactId }: { contactId: string }) {
  const { t } = useTranslation("people");
  const { data } = usePerson(contactId);
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  if (!data) return null;
  if (data.blockedAt) {
    const unblock = async () => {
      setBusy(true);
      try {
        await unblockPerson(contactId);
      } catch (error) {
        toast.error(problemText(error));
      } finally {
        setBusy(false);
      }
    };
    return (
      <div className="flex flex-wrap items-center gap-2 rounded-lg bg-bad-soft p-2 text-bad text-sm">
        <Ban className="size-4 shrink-0" aria-hidden />
        <p className="min-w-0 flex-1">{t("block.since", { at: full(data.blockedAt) })}</p>
        <Button size="small" busy={busy} onClick={unblock}>
          {t("block.undo")}
        </Button>
      </div>
    );
  }
  return (
    <>
      <Button size="small" look="quiet" className="self-start" onClick={() => setAsking(true)}>
        <Ban className="size-4" aria-hidden />
        {t("block.do")}
      </Button>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={t("block.title", { name: nameOf(data) })}
        action={t("block.do")}
        onConfirm={() => blockPerson(contactId)}
      >
        {t("block.text")}
      </Confirm>
    </>
  );
}
