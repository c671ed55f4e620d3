// A message's text: marks, links and line breaks as elements, everything else as it was written.
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "../../ui/cn";
import { type Mark, marked, type Node } from "./entities";
import { isLargeEmoji } from "./linkify";

/** Longer ones are folded. */
const LONG = 2_500;
const MANY_LINES = 40;

export function Text({ text, entities }: { text: string; entities?: unknown }) {
  if (isLargeEmoji(text)) {
    return (
      <p dir="auto" className="text-4xl leading-tight">
        {text}
      </p>
    );
  }
  const nodes = <Nodes nodes={marked(text, entities)} />;
  if (text.length > LONG || text.split("\n").length > MANY_LINES) return <Folded>{nodes}</Folded>;
  return (
    <div dir="auto" className={WORDS}>
      {nodes}
    </div>
  );
}

const WORDS = "whitespace-pre-wrap [overflow-wrap:anywhere]";

function Folded({ children }: { children: ReactNode }) {
  const { t } = useTranslation("thread");
  const [open, setOpen] = useState(false);
  return (
    <>
      <div dir="auto" className={cn(WORDS, !open && "max-h-96 overflow-hidden")}>
        {children}
      </div>
      <button type="button" className="mt-1 font-medium text-accent text-sm" onClick={() => setOpen(!open)}>
        {t(open ? "text.less" : "text.all")}
      </button>
    </>
  );
}

function Nodes({ nodes }: { nodes: Node[] }): ReactNode {
  return nodes.map((node, at) => {
    // biome-ignore-start lint/suspicious/noArrayIndexKey: the pieces of a text have no other names and are drawn anew together
    if ("mark" in node) return <Marked key={at} mark={node.mark} nodes={node.children} />;
    if ("children" in node) {
      return (
        <Out key={at} href={node.href}>
          <Nodes nodes={node.children} />
        </Out>
      );
    }
    if (node.href) {
      return (
        <Out key={at} href={node.href}>
          {node.text}
        </Out>
      );
    }
    return node.text;
    // biome-ignore-end lint/suspicious/noArrayIndexKey: as above
  });
}

/** A link that leaves the dashboard. */
export function Out({ href, children, className }: { href: string; children: ReactNode; className?: string }) {
  return (
    <a
      href={href}
      title={href}
      target="_blank"
      rel="noopener noreferrer nofollow"
      className={cn("text-accent underline underline-offset-2 [overflow-wrap:anywhere]", className)}
    >
      {children}
    </a>
  );
}

function Marked({ mark, nodes }: { mark: Mark; nodes: Node[] }) {
  const inner = <Nodes nodes={nodes} />;
  switch (mark) {
    case "bold":
      return <strong>{inner}</strong>;
    case "italic":
      return <em>{inner}</em>;
    case "underline":
      return <u>{inner}</u>;
    case "strikethrough":
      return <s>{inner}</s>;
    case "code":
      return <code className="rounded bg-text/8 px-1 text-[0.9em]">{inner}</code>;
    case "pre":
      return <code className="my-1 block overflow-x-auto rounded-md bg-text/8 p-2 text-[0.875em]">{inner}</code>;
    case "blockquote":
      return <span className="my-1 block border-accent border-l-2 pl-2">{inner}</span>;
    case "spoiler":
      return <Spoiler>{inner}</Spoiler>;
  }
}

function Spoiler({ children }: { children: ReactNode }) {
  const { t } = useTranslation("thread");
  const [open, setOpen] = useState(false);
  if (open) return <span className="rounded bg-text/8">{children}</span>;
  return (
    <button
      type="button"
      aria-label={t("text.spoiler")}
      onClick={() => setOpen(true)}
      className="inline rounded bg-text text-left text-transparent [&_*]:text-transparent"
    >
      <span aria-hidden>{children}</span>
    </button>
  );
}
