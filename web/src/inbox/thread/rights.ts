// What can be done to a message: by its kind, its network and who asks.
import type { Message, Network, User } from "../../api/types";
import { may } from "../../app/me";

export interface Rights {
  reply: boolean;
  react: boolean;
  edit: boolean;
  delete: boolean;
  retry: boolean;
}

const NONE: Rights = { reply: false, react: false, edit: false, delete: false, retry: false };

export function rightsOf(message: Message, network: Network | undefined, me: User): Rights {
  if (message.deletedAt || message.type === "system") return NONE;
  const does = (what: string) => network?.does.includes(what) ?? false;
  const failed = message.fromMe && message.status === "failed";
  // what never left is changed with us alone
  const here = message.private || (failed && !message.externalId);
  const own = message.fromMe && (!message.private || message.senderUserId === me.id || may(me, "moderator"));
  const hasText = message.type === "text" || message.attachments.some(({ type }) => type !== "sticker");
  return {
    reply: !message.private && !failed && does("reply"),
    react: message.private || does("reaction"),
    edit: own && hasText && (here || does("edit")),
    delete: own && (here || does("delete")),
    retry: failed,
  };
}
