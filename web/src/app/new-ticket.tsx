// What takes longer than a chat becomes a ticket: made on the page of tickets, or beside the chat that it comes from.
import { useTranslation } from "react-i18next";
import { call } from "../api/http";
import type { Ticket } from "../api/types";
import { cacheOf } from "../live/cache";
import { Dialog } from "../ui/dialog";
import { SelectField, TextArea, TextField } from "../ui/field";
import { ChatLink } from "./chat-link";
import { Form, type Values } from "./form";
import { PRIORITIES } from "./priority";
import { useUsers } from "./queries";

interface NewTicketProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** The chat that it comes from, if any. */
  chatId?: string;
  onMade?: (ticket: Ticket) => void;
}

export function NewTicket({ open, onOpenChange, chatId, onMade }: NewTicketProps) {
  const { t } = useTranslation(["tickets", "common"]);
  const users = useUsers();
  const make = (values: Values) =>
    call<Ticket>("POST", "/api/tickets", {
      title: values.text("title"),
      description: values.text("description"),
      priority: values.text("priority"),
      assignedUserId: values.text("assignedUserId") || null,
      chatId: chatId ?? null,
    });
  const made = (ticket: Ticket) => {
    void cacheOf()?.invalidateQueries({ queryKey: ["tickets"] });
    onOpenChange(false);
    onMade?.(ticket);
  };
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t("new")}>
      <Form
        save={make}
        action={t("create")}
        onDone={made}
        onCancel={() => onOpenChange(false)}
        className="flex flex-col gap-4"
      >
        {(wrong) => (
          <>
            {chatId && <ChatLink chatId={chatId} />}
            <TextField
              label={t("field.title")}
              name="title"
              error={wrong("title")}
              required
              maxLength={200}
              autoFocus
            />
            <TextArea
              label={t("field.description")}
              name="description"
              error={wrong("description")}
              maxLength={10_000}
              className="min-h-32"
            />
            <div className="grid gap-4 sm:grid-cols-2">
              <SelectField label={t("priority")} name="priority" defaultValue="normal">
                {PRIORITIES.map((priority) => (
                  <option key={priority} value={priority}>
                    {t(`common:priority.${priority}`)}
                  </option>
                ))}
              </SelectField>
              <SelectField label={t("assignee")} name="assignedUserId" error={wrong("assignedUserId")}>
                <option value="">{t("assignee.nobody")}</option>
                {users.map(({ id, name }) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
              </SelectField>
            </div>
          </>
        )}
      </Form>
    </Dialog>
  );
}
