// What operators do to messages. Each changes the server first and the thread with its answer.
import { api, ask, call } from "../../api/http";
import type { Message } from "../../api/types";
import { keepMessage } from "../timeline";

const at = (id: string) => ({ params: { path: { id } } });

/** Rejects with a `Problem`, as all of these. */
export async function changeText(id: string, content: string): Promise<void> {
  keepMessage(await call<Message>("PATCH", `/api/messages/${id}`, { content }));
}

export async function deleteMessage(message: Message): Promise<void> {
  await ask(api.DELETE("/api/messages/{id}", at(message.id)));
  keepMessage({ ...message, deletedAt: message.deletedAt ?? new Date().toISOString() });
}

/** An empty emoji takes the reaction back. */
export async function react(id: string, emoji: string): Promise<void> {
  keepMessage(await call<Message>("PUT", `/api/messages/${id}/reaction`, { emoji }));
}

export async function retry(id: string): Promise<void> {
  keepMessage(await call<Message>("POST", `/api/messages/${id}/retry`));
}

/** Fetches a file once more that the network did not give; what becomes of it is told as a change of the message. */
export async function fetchAgain(attachmentId: string): Promise<void> {
  await call("POST", `/api/media/${attachmentId}/retry`);
}
