// What a message holds, in the contract's words. WhatsApp wraps contents in one another; only so many layers are opened.

import { number } from './jid.js';

// Bodies come from outside and from several versions of the protocol: nothing about their shape is taken for granted.
export type Json = Record<string, any>;

const DEEPEST = 8;
const WRAPPERS = [
  'ephemeralMessage',
  'viewOnceMessage',
  'viewOnceMessageV2',
  'viewOnceMessageV2Extension',
  'documentWithCaptionMessage',
  'editedMessage',
  'deviceSentMessage',
  'groupMentionedMessage',
  'botInvokeMessage',
  'lottieStickerMessage',
  'associatedChildMessage',
];
/** Come along with contents, and are none. */
const COMPANIONS = ['senderKeyDistributionMessage', 'messageContextInfo', 'fastRatchetKeySenderKeyDistributionMessage'];
/** Say something to a phone and nothing to a person; an album's files follow one by one. */
const SILENT = [
  'protocolMessage',
  'albumMessage',
  'pollUpdateMessage',
  'encReactionMessage',
  'encEventResponseMessage',
  'keepInChatMessage',
  'pinInChatMessage',
  'stickerSyncRmrMessage',
  'messageHistoryBundle',
  'messageHistoryNotice',
  'placeholderMessage',
];

const MEDIA: Record<string, (node: Json) => string> = {
  imageMessage: () => 'image',
  videoMessage: (node) => (node.gifPlayback ? 'animation' : 'video'),
  ptvMessage: () => 'video_note',
  audioMessage: (node) => (node.ptt ? 'voice' : 'audio'),
  documentMessage: () => 'document',
  stickerMessage: () => 'sticker',
};

export interface Content {
  data: Json;
  /** The content holds a file that has to be fetched from WhatsApp. */
  hasFile: boolean;
}

/** The content below its wrappers, by name; `undefined` where there is none. */
export function unwrap(message: unknown): { name: string; node: any; all: Json } | undefined {
  let layer = message as Json | null | undefined;
  for (let depth = 0; depth < DEEPEST && isObject(layer); depth += 1) {
    const current: Json = layer;
    const wrapper = WRAPPERS.find((name) => isObject(current[name]?.message));
    if (!wrapper) {
      const name = Object.keys(current).find((key) => current[key] != null && !COMPANIONS.includes(key));
      return name ? { name, node: current[name], all: current } : undefined;
    }
    layer = current[wrapper].message as Json;
  }
  return undefined;
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;

/** `undefined` for what is no message: keys, settings, votes that only phones can read. */
export function content(message: unknown): Content | undefined {
  const found = unwrap(message);
  if (!found || SILENT.includes(found.name)) return undefined;
  const { name, node, all } = found;
  const read = readContent(name, node);
  if (!isObject(node)) return read;
  const info: Json = node.contextInfo ?? all.messageContextInfo ?? {};
  if (text(info.stanzaId)) read.data.quotedId = info.stanzaId;
  if (info.isForwarded) read.data.forwarded = true;
  if ((number(info.forwardingScore) ?? 0) >= 5) read.data.forwardedOften = true;
  const album = all.messageContextInfo?.messageAssociation?.parentMessageKey?.id;
  if (text(album)) read.data.albumId = album;
  return read;
}

function readContent(name: string, node: any): Content {
  const said = (type: string, words?: unknown, more: Json = {}): Content => ({
    data: { type, ...(text(words) && { text: words }), ...more },
    hasFile: false,
  });
  if (name === 'conversation') return said('text', node);
  if (!isObject(node)) return said(word(name));
  const media = MEDIA[name];
  if (media) {
    return {
      data: { type: media(node), ...(text(node.caption) && { text: node.caption }), media: description(node) },
      hasFile: true,
    };
  }
  switch (name) {
    case 'extendedTextMessage':
      return said('text', node.text);
    case 'locationMessage':
    case 'liveLocationMessage':
      return said('location', node.caption, { location: place(node, name === 'liveLocationMessage') });
    case 'contactMessage':
      return said('contacts', undefined, { contacts: [card(node)] });
    case 'contactsArrayMessage':
      return said('contacts', undefined, { contacts: list(node.contacts).slice(0, 100).map(card) });
    case 'buttonsResponseMessage':
      return said('interactive', node.selectedDisplayText, { kind: 'button_reply' });
    case 'templateButtonReplyMessage':
      return said('interactive', node.selectedDisplayText, { kind: 'button_reply' });
    case 'listResponseMessage':
      return said('interactive', node.title ?? node.description, { kind: 'list_reply' });
    case 'interactiveResponseMessage':
      return said('interactive', node.body?.text, { kind: 'form' });
    case 'buttonsMessage':
      return said('interactive', node.contentText ?? node.text, { kind: 'buttons' });
    case 'listMessage':
      return said('interactive', node.description ?? node.title, { kind: 'list' });
    case 'interactiveMessage':
      return said('interactive', node.body?.text, { kind: 'interactive' });
    case 'templateMessage': {
      const template = node.hydratedTemplate ?? node.hydratedFourRowTemplate ?? {};
      return said('interactive', template.hydratedContentText ?? template.hydratedTitleText, { kind: 'template' });
    }
    default:
      return said(word(name), node.name ?? node.text ?? node.title ?? node.orderTitle ?? node.caption);
  }
}

/** `pollCreationMessageV3` → `poll_creation`: a type that the inbox shows as unsupported, by its name. */
function word(name: string): string {
  const bare = name.replace(/Message(V\d+)?$/, '').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  if (bare.startsWith('poll_creation')) return 'poll';
  // a name that is one of our types would be taken for it
  const ours = ['text', 'image', 'video', 'voice', 'audio', 'document', 'sticker', 'location', 'contacts', 'reaction'];
  return ours.includes(bare) || !bare ? `unknown_${bare}` : bare.slice(0, 64);
}

function description(node: Json): Json {
  const media: Json = {
    mimeType: text(node.mimetype),
    fileName: text(node.fileName) ?? text(node.title),
    size: number(node.fileLength),
    width: number(node.width),
    height: number(node.height),
    duration: number(node.seconds),
  };
  return Object.fromEntries(Object.entries(media).filter(([, value]) => value !== undefined));
}

function place(node: Json, live: boolean): Json {
  const found: Json = { lat: number(node.degreesLatitude), lng: number(node.degreesLongitude) };
  if (text(node.name)) found.name = node.name;
  if (text(node.address)) found.address = node.address;
  if (live) found.live = true;
  return found;
}

function card(node: Json): Json {
  const vcard = text(node?.vcard);
  const phones = [...(vcard ?? '').matchAll(/^(?:item\d+\.)?TEL[^:\r\n]*:([^\r\n]+)/gim)].map((match) => match[1]!.trim());
  return { ...(text(node?.displayName) && { name: node.displayName }), phones, ...(vcard && { vcard }) };
}

export const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
export const list = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : []);
