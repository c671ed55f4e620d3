// The places of a template that somebody has to fill, what the customer will read, and the form in which the network wants it.
import type { Template } from "../../api/types";

export interface Place {
  /** `body 1`, `header file`, `button 0`. */
  key: string;
  part: "header" | "body" | "button";
  /** What stands in the template: `1`, `name`; for a file its kind: `image`. */
  name: string;
  kind: "text" | "file" | "code";
  /** Of a button: its place among the buttons, and its text. */
  index?: number;
  label?: string;
  example?: string;
}

interface Part {
  type?: string;
  format?: string;
  text?: string;
  buttons?: { type?: string; text?: string; url?: string; example?: unknown }[];
  example?: {
    header_text?: string[];
    body_text?: string[][];
    body_text_named_params?: { param_name: string; example: string }[];
  };
}

const PLACE = /\{\{\s*([^{}]{1,64}?)\s*\}\}/g;

const partsOf = (template: Template) => template.components as Part[];
const isText = ({ format }: Part) => !format || format === "TEXT";

export function placesOf(template: Template): Place[] {
  return partsOf(template).flatMap((part): Place[] => {
    const type = part.type?.toUpperCase();
    if (type === "BUTTONS") return buttons(part);
    if (type !== "HEADER" && type !== "BODY") return [];
    const where = type === "HEADER" ? "header" : "body";
    const format = part.format?.toLowerCase() ?? "";
    if (["image", "video", "document"].includes(format)) {
      return [{ key: "header file", part: "header", name: format, kind: "file" }];
    }
    if (!isText(part)) return [];
    const names = [...new Set([...(part.text ?? "").matchAll(PLACE)].map((found) => found[1] ?? ""))];
    return names.map((name) => ({
      key: `${where} ${name}`,
      part: where,
      name,
      kind: "text",
      example: exampleOf(part, name),
    }));
  });
}

function buttons({ buttons = [] }: Part): Place[] {
  return buttons.flatMap(({ type, text, url }, index): Place[] => {
    const common = { key: `button ${index}`, part: "button" as const, index, label: text };
    if (type?.toUpperCase() === "COPY_CODE") return [{ ...common, name: "code", kind: "code" }];
    const name = /\{\{\s*([^{}]+?)\s*\}\}/.exec(url ?? "")?.[1];
    return name ? [{ ...common, name, kind: "text", example: url }] : [];
  });
}

function exampleOf({ example, type }: Part, name: string): string | undefined {
  const named = example?.body_text_named_params?.find(({ param_name }) => param_name === name)?.example;
  const list = type?.toUpperCase() === "HEADER" ? example?.header_text : example?.body_text?.[0];
  const found = named ?? list?.[Number(name) - 1];
  return typeof found === "string" ? found : undefined;
}

export type Values = Record<string, string>;

export interface Preview {
  header: string;
  body: string;
  footer: string;
  buttons: string[];
}

/** As the customer will read it; an empty place stays as it stands in the template. */
export function previewOf(template: Template, values: Values): Preview {
  const text = (wanted: string) => {
    const part = partsOf(template).find(({ type }) => type?.toUpperCase() === wanted);
    const where = wanted.toLowerCase();
    if (!part || !isText(part)) return "";
    return (part.text ?? "").replace(PLACE, (place, name) => values[`${where} ${name}`] || place);
  };
  const buttons = partsOf(template).find(({ type }) => type?.toUpperCase() === "BUTTONS")?.buttons ?? [];
  return {
    header: text("HEADER"),
    body: text("BODY"),
    footer: text("FOOTER"),
    buttons: buttons.map((one) => one.text ?? "").filter(Boolean),
  };
}

/** The text that the server keeps as the message's content. */
export function contentOf({ header, body, footer }: Preview): string {
  return [header, body, footer].filter(Boolean).join("\n");
}

/** `components` of `POST /api/messages/send`, in Meta's form. */
export function componentsOf(template: Template, values: Values): Record<string, unknown>[] {
  const places = placesOf(template);
  const text = ({ key, name }: Place) => ({
    type: "text",
    ...(/^\d+$/.test(name) ? {} : { parameter_name: name }),
    text: values[key] ?? "",
  });
  const made: Record<string, unknown>[] = [];
  for (const part of ["header", "body"] as const) {
    const own = places.filter((place) => place.part === part);
    if (own.length === 0) continue;
    const parameters = own.map((place) =>
      place.kind === "file" ? { type: place.name, [place.name]: { link: values[place.key] ?? "" } } : text(place),
    );
    made.push({ type: part, parameters });
  }
  for (const place of places.filter(({ part }) => part === "button")) {
    const value = values[place.key] ?? "";
    made.push(
      place.kind === "code"
        ? {
            type: "button",
            sub_type: "copy_code",
            index: String(place.index),
            parameters: [{ type: "coupon_code", coupon_code: value }],
          }
        : { type: "button", sub_type: "url", index: String(place.index), parameters: [{ type: "text", text: value }] },
    );
  }
  return made;
}
