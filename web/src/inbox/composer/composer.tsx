// Where the answer is written: a message to the customer, or a note that only the team sees.

import { Lock, Paperclip, SendHorizontal, Settings2 } from "lucide-react";
import { memo, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "sonner";
import { useNetwork } from "../../app/queries";
import { useShortcut } from "../../app/shortcuts";
import { useEntity } from "../../live/entities";
import { useStore } from "../../live/store";
import { Button, IconButton } from "../../ui/button";
import { cn } from "../../ui/cn";
import { Menu, MenuCheck, MenuLabel } from "../../ui/menu";
import { problemText } from "../../ui/states";
import { chats } from "../chats";
import { changeText } from "../thread/actions";
import { Bars } from "./bars";
import { EmojiButton } from "./emoji-button";
import { Field, insertAtCaret } from "./field";
import { isShort, roomLeft } from "./limits";
import { ChannelNotice, ClosedWindow, WindowNotice } from "./notices";
import { Recorder } from "./recorder";
import { enterSends, sendWriting, setEnterSends } from "./send";
import { Tray } from "./tray";
import { addFiles, uploadsOf } from "./uploads";
import { useWindow } from "./window";
import { setNote, writingOf } from "./writing";

/** `tools`: whether the buttons beside the one that sends are drawn yet. The field is there from the start. */
export const Composer = memo(function Composer({ chatId, tools }: { chatId: string; tools: boolean }) {
  const { t } = useTranslation("composer");
  const chat = useEntity(chats, chatId);
  const network = useNetwork(chat?.provider);
  const left = useWindow(chat, network);
  const store = writingOf(chatId);
  const { text, private: note, editing, replyToId } = useStore(store);
  const uploads = useStore(uploadsOf(chatId));
  const [saving, setSaving] = useState(false);
  const picker = useRef<HTMLInputElement>(null);
  const hintId = useId();
  const toggleNote = () => !editing && setNote(chatId, !note);
  useShortcut("$mod+Shift+E", t("note.toggle"), toggleNote, true);
  if (!chat) return null;

  const value = editing?.text ?? text;
  const room = roomLeft(network, value, editing ? editing.message.private : note);
  const uploading = uploads.some(({ state }) => state === "uploading");
  const something = value.trim() !== "" || (!editing && uploads.some(({ state }) => state === "ready"));
  const ready = something && room >= 0 && !uploading && !saving;
  const closed = left === 0 && !note && !editing;
  const takeFiles = (files: File[]) => addFiles(chatId, files, note ? undefined : network);
  const cancel = () => store.update((all) => (all.editing ? { ...all, editing: null } : { ...all, replyToId: null }));

  const save = async () => {
    if (!editing) return;
    setSaving(true);
    try {
      await changeText(editing.message.id, editing.text.trim());
      store.update((all) => ({ ...all, editing: null, calls: all.calls + 1 }));
    } catch (error) {
      toast.error(problemText(error));
    } finally {
      setSaving(false);
    }
  };
  const send = () => {
    if (!ready) return;
    if (editing) void save();
    else sendWriting(chatId, network);
  };

  return (
    <div className={cn("border-t", note && !editing ? "border-note-line bg-note text-note-text" : "bg-surface")}>
      <ChannelNotice chat={chat} />
      <WindowNotice left={left} />
      {closed ? (
        <ClosedWindow chat={chat} onNote={() => setNote(chatId, true)} />
      ) : (
        <div className="px-3 pb-2">
          <Bars chatId={chatId} onCancel={cancel} />
          {!editing && <Tray chatId={chatId} />}
          <div className="flex items-end gap-1 pt-1.5">
            <Field
              chatId={chatId}
              label={t(editing ? "edit.field" : note ? "note.field" : "field")}
              onSend={send}
              onFiles={takeFiles}
              onCancel={() => (editing || replyToId ? cancel() : undefined)}
              describedBy={room < 0 || isShort(room, network) ? hintId : undefined}
              invalid={room < 0}
            />
          </div>
          <div className="flex items-center gap-0.5">
            <input
              ref={picker}
              type="file"
              multiple
              hidden
              aria-label={t("attach")}
              onChange={(event) => {
                takeFiles([...(event.target.files ?? [])]);
                event.target.value = "";
              }}
            />
            {tools && (
              <>
                <IconButton label={t("attach")} disabled={Boolean(editing)} onClick={() => picker.current?.click()}>
                  <Paperclip className="size-5" aria-hidden />
                </IconButton>
                <EmojiButton label={t("emoji")} onPick={(emoji) => insertAtCaret(chatId, emoji)} />
                <Recorder onFile={(file) => takeFiles([file])} disabled={Boolean(editing)} />
                <IconButton
                  label={t("note.toggle")}
                  keys="$mod+Shift+E"
                  aria-pressed={note}
                  disabled={Boolean(editing)}
                  onClick={toggleNote}
                  className={note ? "bg-note-line/50 text-note-text" : undefined}
                >
                  <Lock className="size-5" aria-hidden />
                </IconButton>
                <EnterMenu />
              </>
            )}
            <span
              id={hintId}
              role="status"
              className={cn("min-w-0 flex-1 px-2 text-right text-xs", room < 0 ? "text-bad" : "opacity-80")}
            >
              {room < 0
                ? t("tooLong", { count: -room })
                : isShort(room, network)
                  ? t("left", { count: room })
                  : uploading
                    ? t("upload.wait")
                    : null}
            </span>
            <Button look="primary" disabled={!ready} busy={saving} onClick={send} className="h-9">
              <SendHorizontal className="size-4" aria-hidden />
              {t(editing ? "edit.save" : note ? "note.send" : "send")}
            </Button>
          </div>
        </div>
      )}
    </div>
  );
});

function EnterMenu() {
  const { t } = useTranslation("composer");
  const [sends, setSends] = useState(enterSends);
  const choose = (next: boolean) => {
    setEnterSends(next);
    setSends(next);
  };
  return (
    <Menu
      trigger={
        <button
          type="button"
          aria-label={t("keys.title")}
          title={t("keys.title")}
          className="hidden size-9 items-center justify-center rounded-lg text-muted hover:bg-sunken hover:text-text sm:flex"
        >
          <Settings2 className="size-5" aria-hidden />
        </button>
      }
    >
      <MenuLabel>{t("keys.title")}</MenuLabel>
      <MenuCheck checked={sends} onChange={() => choose(true)}>
        {t("keys.enter")}
      </MenuCheck>
      <MenuCheck checked={!sends} onChange={() => choose(false)}>
        {t("keys.mod")}
      </MenuCheck>
    </Menu>
  );
}
