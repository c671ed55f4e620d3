// People: all of them, and what is known of the one that is open.
import { useParams } from "@tanstack/react-router";
import { Contact } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Split } from "../ui/split";
import { Empty } from "../ui/states";
import { ContactDetail } from "./detail";
import { ContactList } from "./list";

export function ContactsPage() {
  const { t } = useTranslation("contacts");
  const { contactId } = useParams({ strict: false });
  return (
    <Split
      label={t("title")}
      list={<ContactList />}
      detail={contactId ? <ContactDetail key={contactId} contactId={contactId} /> : null}
      empty={<Empty icon={<Contact className="size-6" aria-hidden />} title={t("choose")} />}
    />
  );
}
