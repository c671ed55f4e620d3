// Something to be taken elsewhere: an address, a key, a piece of code.
import { Check, Copy } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button";

export function CopyField({ label, text, lines }: { label: string; text: string; lines?: boolean }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  const shown = useRef<HTMLElement>(null);
  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // without https there is no clipboard: the text is marked, to be copied by hand
      if (shown.current) getSelection()?.selectAllChildren(shown.current);
      if (!document.execCommand("copy")) return;
    }
    setCopied(true);
    setTimeout(() => setCopied(false), 2_000);
  }
  return (
    <div className="flex flex-col gap-1">
      <span className="font-medium text-sm">{label}</span>
      <div className="flex items-start gap-2 rounded-lg border bg-sunken p-2 pl-3">
        <code
          ref={shown}
          className={`min-w-0 flex-1 self-center font-mono text-[0.8125rem] ${lines ? "whitespace-pre-wrap break-words" : "break-all"}`}
        >
          {text}
        </code>
        <Button size="small" onClick={copy} aria-label={`${t("copy")}: ${label}`}>
          {copied ? <Check className="size-4 text-good" aria-hidden /> : <Copy className="size-4" aria-hidden />}
          {copied ? t("copied") : t("copy")}
        </Button>
      </div>
    </div>
  );
}
