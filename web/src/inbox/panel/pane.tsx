// Who the chat is with, and what else is known of them: beside the chat, or over it where there is no room.
import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Chat } from "../../api/types";
import { NewTicket } from "../../app/new-ticket";
import { TicketLinks } from "../../app/ticket-links";
import { useEntity } from "../../live/entities";
import { useStore } from "../../live/store";
import { PersonChats, PersonIdentities, PersonNotes, PersonSuggestions } from "../../people";
import { Button } from "../../ui/button";
import { useMedia } from "../../ui/media";
import { Sheet } from "../../ui/sheet";
import { chats } from "../chats";
import { ContactCard } from "./contact";
import { Details } from "./details";
import { panelOpen, WIDE } from "./open";
import { Section } from "./section";

export function ContactPane({ chatId }: { chatId: string }) {
  // the words of its sections come with its own, so that it is drawn once
  const { t } = useTranslation(["inbox", "people", "tickets"]);
  const chat = useEntity(chats, chatId);
  const open = useStore(panelOpen);
  const wide = useMedia(WIDE);
  if (!chat) return null;
  if (!wide) {
    return (
      <Sheet open={open} onOpenChange={panelOpen.set} title={t("panel.title")}>
        <Content chat={chat} />
      </Sheet>
    );
  }
  if (!open) return null;
  return (
    <aside aria-label={t("panel.title")} className="w-80 shrink-0 overflow-y-auto border-l bg-surface">
      <Content chat={chat} />
    </aside>
  );
}

function Content({ chat }: { chat: Chat }) {
  const { t } = useTranslation("people");
  const contactId = chat.contact.id;
  return (
    <>
      <ContactCard key={contactId} chat={chat} />
      <Tickets chatId={chat.id} />
      <Section title={t("section.notes")}>
        <PersonNotes key={contactId} contactId={contactId} />
      </Section>
      <Section title={t("section.otherChats")}>
        <PersonChats contactId={contactId} except={chat.id} />
      </Section>
      {!chat.isGroup && (
        <Section title={t("section.identities")}>
          <PersonIdentities contactId={contactId} />
          <PersonSuggestions contactId={contactId} />
        </Section>
      )}
      <Details chat={chat} />
    </>
  );
}

function Tickets({ chatId }: { chatId: string }) {
  const { t } = useTranslation("tickets");
  const [making, setMaking] = useState(false);
  return (
    <Section title={t("title")}>
      <TicketLinks of={{ chatId }} />
      <Button size="small" look="quiet" className="-ml-2 self-start" onClick={() => setMaking(true)}>
        <Plus className="size-4" aria-hidden />
        {t("new")}
      </Button>
      <NewTicket open={making} onOpenChange={setMaking} chatId={chatId} />
    </Section>
  );
}
