// How networks know a person; those that were merged in can be taken out again.
import { Unlink } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { may, useMe } from "../app/me";
import { knownOf } from "../app/names";
import { useChannels } from "../app/queries";
import { IconButton } from "../ui/button";
import { Confirm } from "../ui/confirm";
import { Failed, Loading } from "../ui/states";
import { separatePerson, usePerson } from "./queries";

export function PersonIdentities({ contactId }: { contactId: string }) {
  const { t } = useTranslation("people");
  const me = useMe();
  const channels = useChannels();
  const { data, error, refetch } = usePerson(contactId);
  const [leaving, setLeaving] = useState<string | null>(null);
  if (error && !data) return <Failed error={error} again={() => void refetch()} />;
  if (!data) return <Loading />;
  return (
    <>
      <ul className="flex flex-col gap-2">
        {data.identities.map((one) => {
          const known = knownOf(one);
          const name = known[0] ?? one.externalId;
          return (
            <li key={one.contactId} className="flex items-center gap-2 text-sm">
              <div className="min-w-0 flex-1">
                <p className="break-words">{name}</p>
                <p className="break-words text-muted text-xs">
                  {[channels.find(({ id }) => id === one.channelId)?.name ?? one.provider, ...known.slice(1)].join(
                    " · ",
                  )}
                </p>
              </div>
              {one.contactId !== contactId && may(me, "moderator") && (
                <IconButton label={t("separate.of", { name })} size="small" onClick={() => setLeaving(one.contactId)}>
                  <Unlink className="size-4" aria-hidden />
                </IconButton>
              )}
            </li>
          );
        })}
      </ul>
      <Confirm
        open={leaving !== null}
        onOpenChange={(open) => open || setLeaving(null)}
        title={t("separate.title")}
        action={t("separate.action")}
        onConfirm={async () => leaving && separatePerson(leaving)}
      >
        {t("separate.text")}
      </Confirm>
    </>
  );
}
