// Quick replies: texts at hand for everybody, by a shortcut.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { BookText } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api/http";
import { Form, type Values } from "../app/form";
import { type QuickReply, queries, useUser } from "../app/queries";
import { full, short } from "../i18n/time";
import { TextArea, TextField } from "../ui/field";
import { Empty } from "../ui/states";
import { Remove } from "./parts/remove";
import { AddLink, BackLink, Heading, Loaded, listLook, Part, usePlace } from "./parts/section";

export function QuickRepliesSection() {
  const { id, add } = usePlace("quick-replies");
  const replies = useQuery(queries.quickReplies);
  if (add) return <ReplyPage />;
  return (
    <Loaded query={replies}>
      {(all) => {
        const reply = all.find((one) => one.id === id);
        return reply ? <ReplyPage reply={reply} key={reply.id} /> : <All all={all} />;
      }}
    </Loaded>
  );
}

function All({ all }: { all: QuickReply[] }) {
  const { t } = useTranslation("settings");
  const [wanted, setWanted] = useState("");
  const word = wanted.trim().toLocaleLowerCase();
  const found = all.filter(({ shortcut, content }) => `${shortcut}\n${content}`.toLocaleLowerCase().includes(word));
  return (
    <>
      <Heading title={t("section.quick-replies")} text={t("replies.text")}>
        <AddLink section="quick-replies" label={t("replies.add")} />
      </Heading>
      {all.length === 0 ? (
        <Empty icon={<BookText className="size-6" aria-hidden />} title={t("replies.none")}>
          {t("replies.noneText")}
        </Empty>
      ) : (
        <>
          <div className="max-w-sm">
            <TextField
              label={t("replies.search")}
              type="search"
              value={wanted}
              onChange={(event) => setWanted(event.target.value)}
            />
          </div>
          {found.length === 0 && (
            <p role="status" className="text-muted text-sm">
              {t("replies.notFound")}
            </p>
          )}
          {found.length > 0 && (
            <ul className={listLook}>
              {found.map((reply) => (
                <Line key={reply.id} reply={reply} />
              ))}
            </ul>
          )}
        </>
      )}
    </>
  );
}

function Line({ reply }: { reply: QuickReply }) {
  const author = useUser(reply.createdBy);
  return (
    <li className="hover:bg-sunken">
      <Link
        to="/settings/$section"
        params={{ section: "quick-replies" }}
        search={{ id: reply.id }}
        className="flex items-start gap-3 p-3"
      >
        <span className="min-w-0 flex-1">
          <span className="block break-words font-medium font-mono text-sm">/{reply.shortcut}</span>
          <span className="line-clamp-2 break-words text-muted text-sm">{reply.content}</span>
        </span>
        <span className="shrink-0 text-right text-muted text-xs" title={full(reply.updatedAt)}>
          {author && <span className="block max-w-32 truncate">{author.name}</span>}
          {short(reply.updatedAt)}
        </span>
      </Link>
    </li>
  );
}

function ReplyPage({ reply }: { reply?: QuickReply }) {
  const { t } = useTranslation(["settings", "common"]);
  const { list } = usePlace("quick-replies");
  const client = useQueryClient();
  const fresh = () => client.invalidateQueries({ queryKey: ["quickReplies"] });
  async function save(values: Values) {
    const body = { shortcut: values.text("shortcut").replace(/^\//, ""), content: values.raw("content") };
    if (reply) await call("PATCH", `/api/quick-replies/${reply.id}`, body);
    else await call("POST", "/api/quick-replies", body);
    await fresh();
  }
  async function remove() {
    await call("DELETE", `/api/quick-replies/${reply?.id}`);
    await fresh();
  }
  return (
    <>
      <BackLink section="quick-replies" />
      <Heading title={reply ? `/${reply.shortcut}` : t("replies.add")} />
      <Form
        save={save}
        action={t(reply ? "save" : "replies.add")}
        done={t("replies.saved")}
        conflict={t("replies.taken")}
        onDone={list}
        onCancel={list}
      >
        {(wrong) => (
          <>
            <TextField
              label={t("replies.shortcut")}
              hint={t("replies.shortcutHint")}
              name="shortcut"
              defaultValue={reply?.shortcut}
              error={wrong("shortcut")}
              required
              maxLength={33}
              autoComplete="off"
              spellCheck={false}
              className="font-mono"
            />
            <TextArea
              label={t("replies.content")}
              name="content"
              defaultValue={reply?.content}
              error={wrong("content")}
              required
              rows={6}
            />
          </>
        )}
      </Form>
      {reply && (
        <Part title={t("replies.delete")}>
          <div>
            <Remove name={`/${reply.shortcut}`} remove={remove} onDone={list}>
              {t("replies.deleteText")}
            </Remove>
          </div>
        </Part>
      )}
    </>
  );
}
