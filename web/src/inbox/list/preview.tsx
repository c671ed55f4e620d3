// The last message in one line: who, what kind, what it says; or that something is being written now.
import {
  CircleHelp,
  Contact,
  FileText,
  Image,
  Info,
  LayoutList,
  MapPin,
  Mic,
  Music,
  Pencil,
  Sticker,
  Video,
} from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Chat } from "../../api/types";
import { useHere } from "../../live/presence";
import { useHasDraft } from "../drafts";

const ICONS: Record<string, typeof Image> = {
  image: Image,
  video: Video,
  voice: Mic,
  audio: Music,
  document: FileText,
  sticker: Sticker,
  location: MapPin,
  contacts: Contact,
  template: LayoutList,
  interactive: LayoutList,
  profile_share: Contact,
  post_share: Image,
  booking_proposal: LayoutList,
  system: Info,
  unsupported: CircleHelp,
};

export function Preview({ chat }: { chat: Chat }) {
  const { t } = useTranslation("inbox");
  const { typing } = useHere(chat.id);
  const draft = useHasDraft(chat.id);
  const last = chat.lastMessage;
  if (typing.length > 0) {
    return (
      <span className="truncate text-accent">{t("typing", { names: typing.map((one) => one.name).join(", ") })}</span>
    );
  }
  if (draft) {
    return (
      <span className="flex min-w-0 items-center gap-1 text-warn">
        <Pencil className="size-3 shrink-0" aria-hidden />
        <span className="truncate">{t("row.draft")}</span>
      </span>
    );
  }
  if (!last) return <span className="truncate italic">{t("row.noMessages")}</span>;
  const Icon = ICONS[last.type];
  // what nobody has a word for is shown as what we cannot show
  const kind = Icon ? last.type : "unsupported";
  return (
    <span className="flex min-w-0 items-center gap-1">
      {last.fromMe && <span className="shrink-0">{t("row.you")}</span>}
      {Icon && <Icon className="size-3.5 shrink-0" aria-hidden />}
      <span className="truncate">{last.preview || (last.type === "text" ? t("row.deleted") : t(`kind.${kind}`))}</span>
    </span>
  );
}
