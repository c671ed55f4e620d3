// What the server sends, in the words of Baileys.

import type { AnyMessageContent } from 'baileys';
import { type Json, list, text } from './content.js';
import { number } from './jid.js';
import { outgoingBytes } from './media.js';

/** A request that can never be sent. */
export class Invalid extends Error {}

export async function outgoing(body: Json): Promise<AnyMessageContent> {
  const caption = text(body.text);
  if (body.media && typeof body.media === 'object') return file(body.type, body.media, caption);
  switch (body.type) {
    case 'location': {
      const [lat, lng] = [number(body.location?.lat), number(body.location?.lng)];
      if (lat === undefined || lng === undefined) throw new Invalid('location needs lat and lng');
      const { name, address } = body.location;
      return { location: { degreesLatitude: lat, degreesLongitude: lng, name: text(name), address: text(address) } };
    }
    case 'contacts': {
      const contacts = list(body.contacts).map((contact) => ({ displayName: label(contact), vcard: vcard(contact) }));
      if (!contacts.length) throw new Invalid('contacts names nobody');
      return { contacts: { displayName: contacts[0]!.displayName, contacts } };
    }
    case 'text':
    case undefined:
      if (!caption) throw new Invalid('text is empty');
      // no preview: the bridge fetches no addresses that customers or operators write
      return { text: caption, linkPreview: null };
    default:
      throw new Invalid(`type ${String(body.type).slice(0, 40)} cannot be sent, or lacks its file`);
  }
}

async function file(type: unknown, media: Json, caption: string | undefined): Promise<AnyMessageContent> {
  const bytes = await outgoingBytes(media);
  const mimetype = text(media.mimeType);
  switch (type) {
    case 'image':
      return { image: bytes, caption, mimetype };
    case 'video':
      return { video: bytes, caption, mimetype };
    case 'voice':
      return { audio: bytes, ptt: true, mimetype: 'audio/ogg; codecs=opus' };
    case 'audio':
      return { audio: bytes, mimetype: mimetype ?? 'audio/mp4' };
    case 'sticker':
      return { sticker: bytes, mimetype };
    case 'document':
      return {
        document: bytes,
        caption,
        mimetype: mimetype ?? 'application/octet-stream',
        fileName: text(media.fileName) ?? 'file',
      };
    default:
      throw new Invalid(`type ${String(type).slice(0, 40)} has no file`);
  }
}

const label = (contact: Json) => text(contact.name) ?? text(list(contact.phones)[0]) ?? 'Contact';

function vcard(contact: Json): string {
  if (text(contact.vcard)) return contact.vcard;
  const plain = (value: string) => value.replace(/[\r\n]+/g, ' ').replace(/[\\,;]/g, (mark) => `\\${mark}`);
  const phones = Array.isArray(contact.phones) ? contact.phones.filter((phone: unknown) => text(phone)) : [];
  const numbers = phones.map((phone: string) => {
    const digits = phone.replace(/\D/g, '');
    return `TEL;type=CELL;waid=${digits}:+${digits}`;
  });
  return ['BEGIN:VCARD', 'VERSION:3.0', `FN:${plain(label(contact))}`, ...numbers, 'END:VCARD'].join('\n');
}
