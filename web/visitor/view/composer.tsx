// Where the visitor writes: a text that grows, files by button, paste or drop.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { sizeLabel } from "../moments";
import type { Upload } from "../uploads";
import type { Visit } from "../visit";
import type { Words } from "../words";
import { ClipIcon, CloseIcon, FileIcon, SendIcon } from "./icons";

/** The server's limit, counted as the browser counts. */
const LONGEST = 10_000;
const HIGHEST_PX = 144;

export function Composer({ visit, words }: { visit: Visit; words: Words }) {
  const [text, setText] = useState(visit.draft);
  const [overflow, setOverflow] = useState(false);
  const [dropping, setDropping] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const uploads = visit.uploads.all();
  const ready = visit.uploads.settled() && (text.trim() !== "" || uploads.length > 0);

  const add = (files: Iterable<File>) => {
    setOverflow(!visit.uploads.add(files));
    field.current?.focus();
  };
  const addNow = useRef(add);
  addNow.current = add;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the height is that of the text
  useLayoutEffect(() => {
    const area = field.current;
    if (!area) return;
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight + 2, HIGHEST_PX)}px`;
  }, [text]);

  useEffect(() => {
    // whoever has a keyboard can write at once; on a phone it would cover half of the page
    if (document.activeElement === document.body && matchMedia("(pointer: fine)").matches) field.current?.focus();
  }, []);

  useEffect(() => {
    // anywhere on the page: a file that misses the field must not replace the page by itself
    const over = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      setDropping(event.type === "dragover");
      if (event.type === "drop") addNow.current(event.dataTransfer.files);
    };
    const left = (event: DragEvent) => {
      if (!event.relatedTarget) setDropping(false);
    };
    window.addEventListener("dragover", over);
    window.addEventListener("drop", over);
    window.addEventListener("dragleave", left);
    return () => {
      window.removeEventListener("dragover", over);
      window.removeEventListener("drop", over);
      window.removeEventListener("dragleave", left);
    };
  }, []);

  const write = (written: string) => {
    setText(written);
    visit.write(written);
  };

  const send = () => {
    if (!ready) return;
    visit.send(text);
    setText("");
    setOverflow(false);
    field.current?.focus();
  };

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {dropping && <div class="drop">{words.drop}</div>}
      {uploads.length > 0 && (
        <ul class="uploads">
          {uploads.map((upload) => (
            <Chip key={upload.id} {...{ upload, visit, words }} />
          ))}
        </ul>
      )}
      {overflow && (
        <p class="note" role="alert">
          {words.tooMany}
        </p>
      )}
      <div class="line">
        <button
          type="button"
          class="round"
          aria-label={words.attach}
          title={words.attach}
          onClick={() => picker.current?.click()}
        >
          <ClipIcon />
        </button>
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          onChange={({ currentTarget }) => {
            add([...(currentTarget.files ?? [])]);
            currentTarget.value = "";
          }}
        />
        <textarea
          ref={field}
          rows={1}
          maxLength={LONGEST}
          dir="auto"
          autocomplete="off"
          enterkeyhint="send"
          placeholder={words.message}
          aria-label={words.message}
          value={text}
          onInput={({ currentTarget }) => write(currentTarget.value)}
          onPaste={(event) => {
            const files = [...(event.clipboardData?.files ?? [])];
            if (files.length === 0) return;
            event.preventDefault();
            add(files);
          }}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            send();
          }}
        />
        <button type="submit" class="round send" aria-label={words.send} title={words.send} disabled={!ready}>
          <SendIcon />
        </button>
      </div>
    </form>
  );
}

function Chip({ upload, visit, words }: { upload: Upload; visit: Visit; words: Words }) {
  const { id, file, preview, progress, attachment, trouble } = upload;
  const said = trouble && { tooBig: words.tooBig, failed: words.uploadFailed, waits: words.uploadWaits }[trouble];
  return (
    <li class={trouble === "tooBig" || trouble === "failed" ? "chip failed" : "chip"}>
      {preview ? <img src={preview} alt="" /> : <FileIcon />}
      <span class="chip-words">
        <bdi class="file-name">{file.name}</bdi>
        {said ? <small>{said}</small> : <small>{sizeLabel(file.size, visit.settings.locale)}</small>}
        {!attachment && !trouble && <progress value={progress} max={1} aria-label={words.uploading(file.name)} />}
      </span>
      {trouble === "failed" && (
        <button type="button" class="again" onClick={() => visit.uploads.retry(id)}>
          {words.again}
        </button>
      )}
      <button
        type="button"
        class="round small"
        aria-label={words.remove(file.name)}
        onClick={() => visit.uploads.remove(id)}
      >
        <CloseIcon />
      </button>
    </li>
  );
}
