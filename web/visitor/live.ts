// The live connection in the words of `/chat`: what it tells, and what a visitor says there.
import type { ConversationSaid, ConversationTold } from "../src/api/generated/events";
import { Socket } from "./socket";

export interface Ear {
  token: () => string;
  cursor: () => string | null;
  /** Connected, and what was missed has been told; or, with `gap`, it cannot be told. */
  synced: (gap: boolean) => void;
  /** The connection is gone, or did not come about. */
  lost: () => void;
  /** The token is no longer good. */
  expired: () => void;
  /** An event of the journal, in the words of `/chat`. */
  told: <E extends Told>(event: E, payload: Payload<E>) => void;
  typing: (name: string, userId: string, typing: boolean) => void;
}

export type Told =
  | "chat:message:new"
  | "chat:message:updated"
  | "chat:message:delivered"
  | "chat:message:read"
  | "chat:message:failed";
export type Payload<E extends keyof ConversationTold> = Parameters<ConversationTold[E]>[0];
type Answer<E extends keyof ConversationSaid> = Parameters<Parameters<ConversationSaid[E]>[1]>[0];

export class Live {
  readonly #ear: Ear;
  readonly #socket: Socket;
  #refused = false;

  constructor(ear: Ear) {
    this.#ear = ear;
    this.#socket = new Socket("/chat", {
      auth: () => {
        const cursor = ear.cursor();
        return { token: ear.token(), ...(cursor ? { cursor } : {}) };
      },
      heard: (event, payload) => this.#heard(event as keyof ConversationTold, payload),
      lost: () => {
        ear.lost();
        if (this.#refused) ear.expired();
        this.#refused = false;
      },
    });
  }

  get connected(): boolean {
    return this.#socket.connected;
  }

  open(): void {
    this.#socket.open();
  }

  close(): void {
    this.#socket.close();
  }

  /** The network is gone, and the connection with it. */
  cut(): void {
    this.#socket.cut();
  }

  /** Tries at once instead of at the end of a pause. */
  hurry(): void {
    this.#socket.hurry();
  }

  typing(chatId: string, typing: boolean): void {
    this.#socket.say("chat:typing", { chat_id: chatId, is_typing: typing });
  }

  /** Says that all up to a message was read; an error where that did not arrive. */
  async read(chatId: string, messageId: string): Promise<void> {
    const said = { chat_id: chatId, message_id: messageId };
    const answer = (await this.#socket.ask("chat:message:read", said)) as Answer<"chat:message:read">;
    if ("error" in answer) throw new Error(answer.error.message);
  }

  #heard(event: keyof ConversationTold, payload: unknown): void {
    switch (event) {
      case "sync:required":
        return this.#ear.synced((payload as Payload<typeof event>).reason === "gap");
      case "error":
        this.#refused ||= (payload as Payload<typeof event>).code === "UNAUTHORIZED";
        return;
      case "chat:typing": {
        const { user_id, user_name, is_typing } = payload as Payload<typeof event>;
        return this.#ear.typing(user_name, user_id, is_typing);
      }
      case "chat:message:new":
      case "chat:message:updated":
      case "chat:message:delivered":
      case "chat:message:read":
      case "chat:message:failed":
        return this.#ear.told(event, payload as Payload<typeof event>);
    }
  }
}
