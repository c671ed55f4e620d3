// What a network's family looks like.
import { Braces, Globe, MessageCircle, Send } from "lucide-react";
import { useTranslation } from "react-i18next";
import { cn } from "../ui/cn";

const ICONS: Record<string, typeof Send> = { telegram: Send, whatsapp: MessageCircle, webchat: Globe, api: Braces };

/** The mark of `telegram`, `whatsapp`, `webchat` or `api`, with its name for who does not see it. */
export function FamilyIcon({ family, className }: { family: string; className?: string }) {
  const { t, i18n } = useTranslation();
  const Icon = ICONS[family] ?? Braces;
  const key = `channel.${family}`;
  const name = i18n.exists(key) ? t(key) : family;
  return (
    <span title={name} className="inline-flex shrink-0">
      <Icon className={cn("size-3.5", className)} aria-hidden />
      <span className="sr-only">{name}</span>
    </span>
  );
}
