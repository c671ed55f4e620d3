// The text field: grows with its text, offers quick replies and colleagues, takes pasted files, says that somebody types.
import { type ClipboardEvent, type KeyboardEvent, useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useQuickReplies, useUsers } from "../../app/queries";
import { useStore } from "../../live/store";
import { enterSends } from "./send";
import { asked, bare, matchPeople, matchReplies } from "./suggest";
import { type Suggestion, Suggestions } from "./suggestions";
import { useTyping } from "./typing";
import { writingOf } from "./writing";

interface FieldProps {
  chatId: string;
  label: string;
  /** Called by Enter. */
  onSend: () => void;
  onFiles: (files: File[]) => void;
  onCancel: () => void;
  describedBy?: string;
  invalid?: boolean;
}

export function Field({ chatId, label, onSend, onFiles, onCancel, describedBy, invalid }: FieldProps) {
  const { t } = useTranslation("composer");
  const store = writingOf(chatId);
  const { text, private: note, editing, calls } = useStore(store);
  const value = editing?.text ?? text;
  const field = useRef<HTMLTextAreaElement>(null);
  const caretTo = useRef<number | null>(null);
  const [caret, setCaret] = useState(0);
  const [dismissed, setDismissed] = useState("");
  const [active, setActive] = useState(0);
  const listId = useId();
  const typing = useTyping(chatId, note || editing !== null);

  const change = (next: string, to?: number) => {
    store.update((all) => (all.editing ? { ...all, editing: { ...all.editing, text: next } } : { ...all, text: next }));
    if (to !== undefined) caretTo.current = to;
    setCaret(to ?? field.current?.selectionStart ?? next.length);
    setActive(0);
    typing(next);
  };

  const query = editing || dismissed === value ? null : asked(value, caret, note);
  const replies = useQuickReplies();
  const people = useUsers();
  const found: Suggestion[] =
    query?.kind === "reply"
      ? matchReplies(replies, query.text).map((one) => ({
          id: one.id,
          name: `/${bare(one.shortcut)}`,
          more: one.content,
          insert: one.content,
        }))
      : query?.kind === "mention"
        ? matchPeople(people, query.text).map((one) => ({
            id: one.id,
            name: one.name,
            more: `@${one.username}`,
            insert: `@${one.username} `,
          }))
        : [];

  const choose = (one: Suggestion) => {
    if (!query) return;
    const next = value.slice(0, query.from) + one.insert + value.slice(query.to);
    // what was put in may itself begin with a slash
    setDismissed(next);
    change(next, query.from + one.insert.length);
    field.current?.focus();
  };

  useLayoutEffect(() => {
    const area = field.current;
    if (!area) return;
    area.style.height = "";
    // an empty one is as high as its one row: measuring it would lay the whole page out once more
    if (value) area.style.height = `${Math.min(area.scrollHeight, window.innerHeight * 0.4)}px`;
    if (caretTo.current !== null) {
      area.setSelectionRange(caretTo.current, caretTo.current);
      caretTo.current = null;
    }
  }, [value]);

  useEffect(() => {
    const busy = document.activeElement?.matches("input, textarea, select, [role=dialog] *");
    if (calls > 0 || (matchMedia("(pointer: fine)").matches && !busy)) field.current?.focus();
  }, [calls]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (found.length > 0) {
      const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
      if (step) {
        event.preventDefault();
        return setActive((active + step + found.length) % found.length);
      }
      const chosen = found[active];
      if (chosen && ((event.key === "Enter" && !event.shiftKey) || event.key === "Tab")) {
        event.preventDefault();
        return choose(chosen);
      }
      if (event.key === "Escape") {
        event.preventDefault();
        event.stopPropagation();
        return setDismissed(value);
      }
    }
    const mod = event.ctrlKey || event.metaKey;
    if (event.key === "Enter" && !event.shiftKey && !event.altKey && mod !== enterSends()) {
      event.preventDefault();
      return onSend();
    }
    if (event.key === "Enter" && mod) {
      event.preventDefault();
      const at = field.current?.selectionStart ?? value.length;
      return change(`${value.slice(0, at)}\n${value.slice(field.current?.selectionEnd ?? at)}`, at + 1);
    }
    if (event.key === "Escape") onCancel();
  };

  const onPaste = (event: ClipboardEvent) => {
    const files = [...event.clipboardData.files];
    // office programs put a picture of the text beside the text
    if (files.length === 0 || event.clipboardData.getData("text/plain") || editing) return;
    event.preventDefault();
    onFiles(files);
  };

  return (
    <div className="relative min-w-0 flex-1">
      <Suggestions
        id={listId}
        label={query?.kind === "mention" ? t("mentions") : t("replies")}
        found={found}
        active={active}
        onChoose={choose}
      />
      <textarea
        ref={field}
        rows={1}
        data-composer
        value={value}
        aria-label={label}
        placeholder={label}
        aria-describedby={describedBy}
        aria-invalid={invalid || undefined}
        aria-autocomplete="list"
        aria-haspopup="listbox"
        aria-controls={found.length > 0 ? listId : undefined}
        aria-activedescendant={found[active] ? `${listId}-${active}` : undefined}
        onChange={(event) => change(event.target.value)}
        onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
        onBlur={() => typing("")}
        className="block max-h-[40dvh] min-h-9 w-full resize-none overflow-y-auto bg-transparent px-1 py-1.5 text-base outline-none placeholder:text-muted md:text-[0.9375rem]"
      />
    </div>
  );
}

/** Puts a text where the caret of the composer is, and the caret after it. */
export function insertAtCaret(chatId: string, text: string): void {
  const area = document.querySelector<HTMLTextAreaElement>("[data-composer]");
  if (!area) return;
  area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
  const { value } = area;
  writingOf(chatId).update((all) =>
    all.editing ? { ...all, editing: { ...all.editing, text: value } } : { ...all, text: value },
  );
}
