// The person: what they are called and how to reach them, to be corrected in place; and whether they are heard.
import { useTranslation } from "react-i18next";
import type { Chat } from "../../api/types";
import { PersonBlock, PersonFields } from "../../people";
import { usePerson } from "../../people/queries";
import { Avatar } from "../../ui/avatar";
import { useTitle } from "../title";

export function ContactCard({ chat }: { chat: Chat }) {
  const { t } = useTranslation("inbox");
  const title = useTitle(chat);
  const { contact } = chat;
  const { data } = usePerson(contact.id);
  return (
    <div className="flex flex-col gap-3 border-b p-4">
      <div className="flex items-center gap-3">
        <Avatar seed={contact.id} name={title} size="large" />
        <div className="min-w-0 flex-1">
          <h2 className="truncate font-semibold text-base">{title}</h2>
          {chat.isGroup && <p className="text-muted text-xs">{t("panel.group")}</p>}
        </div>
      </div>
      {!chat.isGroup && (
        <>
          <PersonFields person={data ?? contact} />
          <PersonBlock contactId={contact.id} />
        </>
      )}
    </div>
  );
}
