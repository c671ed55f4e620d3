// Files on their way to a message that is being written: uploaded as soon as they are chosen, kept while other chats are open.
import { Problem } from "../../api/problem";
import { freshToken, session } from "../../api/session";
import type { Attachment, Network } from "../../api/types";
import { createStore, type Store } from "../../live/store";
import { checkFile } from "./limits";

export interface Upload {
  key: string;
  name: string;
  size: number;
  mimeType: string;
  /** As what it will be sent: a type of message. */
  as: string;
  /** Of a picture, for a small preview. */
  preview: string | null;
  /** From 0 to 1. */
  progress: number;
  state: "uploading" | "ready" | "failed" | "refused";
  /** Why it is not taken. */
  refusal?: { reason: "type" | "size" | "none"; most?: number };
  problem?: Problem;
  attachment?: Attachment;
  file?: File;
}

const open = new Map<string, Store<Upload[]>>();
const requests = new Map<string, XMLHttpRequest>();
let made = 0;

export function uploadsOf(chatId: string): Store<Upload[]> {
  const key = `${session.get()?.user.id ?? ""} ${chatId}`;
  const store = open.get(key) ?? createStore<Upload[]>([]);
  open.set(key, store);
  return store;
}

export function addFiles(chatId: string, files: Iterable<File>, network: Network | undefined): void {
  const store = uploadsOf(chatId);
  for (const file of files) {
    const check = checkFile(network, { type: file.type, size: file.size });
    const upload: Upload = {
      key: `upload ${++made}`,
      name: file.name,
      size: file.size,
      mimeType: file.type,
      as: "as" in check ? check.as : "document",
      preview: file.type.startsWith("image/") ? URL.createObjectURL(file) : null,
      progress: 0,
      state: "as" in check ? "uploading" : "refused",
      refusal: "refused" in check ? { reason: check.refused, most: check.most } : undefined,
      file,
    };
    store.update((all) => [...all, upload]);
    if (upload.state === "uploading") void start(store, upload);
  }
}

/** Files that are at the server already, of a message that was taken back. */
export function putBack(chatId: string, attachments: Attachment[]): void {
  uploadsOf(chatId).update((all) => [
    ...all,
    ...attachments.map((attachment) => ({
      key: `upload ${++made}`,
      name: attachment.fileName ?? "",
      size: attachment.size ?? 0,
      mimeType: attachment.mimeType ?? "",
      as: attachment.type,
      preview: attachment.thumbnailUrl,
      progress: 1,
      state: "ready" as const,
      attachment,
    })),
  ]);
}

export function removeUpload(chatId: string, key: string): void {
  requests.get(key)?.abort();
  const store = uploadsOf(chatId);
  for (const { key: other, preview } of store.get()) {
    if (other === key && preview?.startsWith("blob:")) URL.revokeObjectURL(preview);
  }
  store.update((all) => all.filter((one) => one.key !== key));
}

export function uploadAgain(chatId: string, key: string): void {
  const store = uploadsOf(chatId);
  const upload = store.get().find((one) => one.key === key);
  if (upload?.state === "failed") void start(store, upload);
}

async function start(store: Store<Upload[]>, { key, file }: Upload): Promise<void> {
  if (!file) return;
  const mark = (part: Partial<Upload>) =>
    store.update((all) => all.map((one) => (one.key === key ? { ...one, ...part } : one)));
  mark({ state: "uploading", progress: 0, problem: undefined });
  try {
    const attachment = await send(key, file, (progress) => mark({ progress }));
    mark({ state: "ready", progress: 1, attachment });
  } catch (error) {
    mark({ state: "failed", problem: error instanceof Problem ? error : Problem.unreachable(error) });
  }
}

/** `fetch` tells nothing of how far a body is sent. */
async function send(key: string, file: File, told: (progress: number) => void): Promise<Attachment> {
  const token = await freshToken();
  const body = new FormData();
  body.set("file", file, file.name);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    requests.set(key, request);
    request.open("POST", "/api/media");
    request.setRequestHeader("authorization", `Bearer ${token}`);
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => told(total ? loaded / total : 0);
    request.onload = () => {
      if (request.status === 201) return resolve(request.response as Attachment);
      const wait = request.getResponseHeader("retry-after");
      const headers: HeadersInit = wait ? { "retry-after": wait } : {};
      reject(Problem.of(new Response(null, { status: request.status, headers }), request.response));
    };
    request.onerror = () => reject(Problem.unreachable(new Error("the upload broke off")));
    request.onabort = request.onerror;
    request.onloadend = () => requests.delete(key);
    request.send(body);
  });
}
