// The shapes of what is shown, as the API's own documents have them.
import type { components as Events } from "../src/api/generated/events.schemas";
import type { components as Rest } from "../src/api/generated/rest";

export type Attachment = Rest["schemas"]["Attachment"];
type Whole = Rest["schemas"]["Message"];
type Shown =
  | "id"
  | "chatId"
  | "fromMe"
  | "type"
  | "content"
  | "createdAt"
  | "status"
  | "attachments"
  | "reactions"
  | "private";
/** What is shown of a message; the rest comes with the whole one. */
export type Message = Pick<Whole, Shown> &
  Partial<Omit<Whole, Shown | "metadata">> & { metadata: Record<string, unknown> };
export type Chat = Rest["schemas"]["Chat"];
/** A message in the words of `/chat`: without files, quotes and reactions. */
export type ToldMessage = Events["schemas"]["ConversationMessage"];

/** Types whose told `content` is an address; they are shown when the whole message is here. */
const FILES = new Set(["photo", "video", "voice", "audio", "document", "sticker"]);

/** What can be shown of a told message at once; `null` where it takes the whole one. */
export function ofTold(told: ToldMessage, contactId: string, known: Message | undefined): Message | null {
  if (FILES.has(told.type) && !known) return null;
  const text = FILES.has(told.type) ? (known?.content ?? "") : told.content;
  return {
    ...(known ?? BLANK),
    id: told.id,
    chatId: told.chat_id,
    fromMe: told.sender_id !== contactId,
    senderName: told.sender_name,
    type: (known?.type ?? told.type) as Message["type"],
    content: text,
    metadata: told.metadata,
    createdAt: told.created_at,
    editedAt: told.edited_at ?? null,
    deletedAt: told.deleted_at ?? null,
    status: told.status as Message["status"],
  };
}

const BLANK: Pick<Message, "attachments" | "private" | "reactions"> = {
  attachments: [],
  private: false,
  reactions: [],
};
