// The chats of a person, on whatever channel.
import { useTranslation } from "react-i18next";
import { ChatLink } from "../app/chat-link";
import { useChatList } from "../inbox/lists";
import { EndOfList } from "../ui/end";
import { Failed, Loading } from "../ui/states";

/** All of them, or all but the one that they are shown beside. */
export function PersonChats({ contactId, except }: { contactId: string; except?: string }) {
  const { t } = useTranslation("people");
  const list = useChatList({ contactId });
  const ids = list.ids.filter((id) => id !== except);
  if (list.state === "failed" && list.ids.length === 0) return <Failed error={list.problem} again={list.again} />;
  if (list.state === "loading") return <Loading />;
  return (
    <>
      {ids.length === 0 && <p className="text-muted text-sm">{t(except ? "chats.noOthers" : "chats.none")}</p>}
      <ul className="flex flex-col gap-2">
        {ids.map((id) => (
          <li key={id}>
            <ChatLink chatId={id} />
          </li>
        ))}
      </ul>
      <EndOfList left={list.nextCursor !== null} busy={false} failed={list.state === "failed"} more={list.more} />
    </>
  );
}
