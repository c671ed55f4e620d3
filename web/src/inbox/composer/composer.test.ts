import { describe, expect, it } from "vitest";
import type { Attachment, Network, Template } from "../../api/types";
import type { QuickReply } from "../../app/queries";
import { bundles, checkFile, roomLeft } from "./limits";
import { asked, matchPeople, matchReplies } from "./suggest";
import { componentsOf, contentOf, placesOf, previewOf } from "./templates";

const network = {
  textLimit: 4_096,
  captionLimit: 1_024,
  album: 2,
  files: [
    { type: "image", mimeTypes: ["image/jpeg", "image/png"], maxBytes: 5_000 },
    { type: "document", mimeTypes: [], maxBytes: 100_000 },
    { type: "sticker", mimeTypes: ["image/webp"], maxBytes: 500 },
  ],
} as unknown as Network;

describe("quick replies", () => {
  const reply = (shortcut: string, content = "") => ({ id: shortcut, shortcut, content }) as QuickReply;

  it("are asked for by a slash at the start alone", () => {
    expect(asked("/ho", 3, false)).toEqual({ kind: "reply", text: "ho", from: 0, to: 3 });
    expect(asked("/", 1, false)).toMatchObject({ text: "" });
    for (const text of ["a /ho", "/ho there", "https://x", "//"]) expect(asked(text, text.length, false)).toBe(null);
  });

  it("that begin with the text come before those that hold it", () => {
    const all = [reply("closing"), reply("/hours"), reply("hello"), reply("x", "our hours")];
    expect(matchReplies(all, "h").map((one) => one.id)).toEqual(["hello", "/hours", "x"]);
    expect(matchReplies(all, "").length).toBe(4);
  });
});

it("colleagues are asked for by an at sign in notes, by username or name", () => {
  expect(asked("see @bo", 7, true)).toEqual({ kind: "mention", text: "bo", from: 4, to: 7 });
  expect(asked("see @bo", 7, false)).toBe(null);
  expect(asked("a@bo", 4, true)).toBe(null);
  const people = [
    { username: "ann", name: "Ann" },
    { username: "bob", name: "Robert" },
    { username: null, name: "Bot" },
  ];
  expect(matchPeople(people, "rob").map((one) => one.name)).toEqual(["Robert"]);
});

describe("limits", () => {
  it("count in UTF-16 units, and notes have none", () => {
    expect(roomLeft(network, "😀".repeat(2_048), false)).toBe(0);
    expect(roomLeft(network, "x".repeat(4_097), false)).toBe(-1);
    expect(roomLeft(network, "x".repeat(9_000), true)).toBe(Number.POSITIVE_INFINITY);
  });

  it("send a picture that is no good as a picture as a document", () => {
    expect(checkFile(network, { type: "image/png", size: 4_000 })).toEqual({ as: "image" });
    expect(checkFile(network, { type: "image/png", size: 9_000 })).toEqual({ as: "document" });
    expect(checkFile(network, { type: "image/gif", size: 10 })).toEqual({ as: "document" });
    expect(checkFile(network, { type: "", size: 200_000 })).toEqual({ refused: "size", most: 100_000 });
    const pictures = { ...network, files: network.files.slice(0, 1) };
    expect(checkFile(pictures, { type: "text/plain", size: 1 })).toEqual({ refused: "type" });
  });

  it("make albums as large as the network has them, and send the rest one by one", () => {
    const file = (id: string, as: string) => ({ attachment: { id } as Attachment, as });
    const made = bundles(network, [
      file("1", "image"),
      file("2", "document"),
      file("3", "video"),
      file("4", "image"),
      file("5", "voice"),
    ]);
    expect(
      made.map(({ attachments, type, caption }) => [attachments.map(({ id }) => id).join(), type, caption]),
    ).toEqual([
      ["1,3", undefined, true],
      ["2", "document", true],
      ["4", undefined, true],
      ["5", undefined, false],
    ]);
  });
});

describe("templates", () => {
  const template = {
    name: "order",
    language: "en",
    components: [
      { type: "HEADER", format: "TEXT", text: "Order {{1}}" },
      {
        type: "BODY",
        text: "Hi {{name}}, pay {{ sum }}. {{name}}!",
        example: { body_text_named_params: [{ param_name: "name", example: "Ann" }] },
      },
      { type: "FOOTER", text: "Shop" },
      {
        type: "BUTTONS",
        buttons: [
          { type: "URL", text: "Track", url: "https://x.example/{{1}}" },
          { type: "COPY_CODE", text: "Copy" },
          { type: "QUICK_REPLY", text: "Stop" },
        ],
      },
    ],
  } as unknown as Template;
  const values = { "header 1": "17", "body name": "Carla", "body sum": "$5", "button 0": "t17", "button 1": "CODE" };

  it("name the places to fill, each once", () => {
    expect(placesOf(template).map(({ key }) => key)).toEqual([
      "header 1",
      "body name",
      "body sum",
      "button 0",
      "button 1",
    ]);
    expect(placesOf(template)[1]?.example).toBe("Ann");
  });

  it("read as the customer will read them, whatever stands in a value", () => {
    expect(contentOf(previewOf(template, values))).toBe("Order 17\nHi Carla, pay $5. Carla!\nShop");
    expect(previewOf(template, {}).body).toBe("Hi {{name}}, pay {{ sum }}. {{name}}!");
    expect(previewOf(template, values).buttons).toEqual(["Track", "Copy", "Stop"]);
  });

  it("are sent in Meta's form", () => {
    expect(componentsOf(template, values)).toEqual([
      { type: "header", parameters: [{ type: "text", text: "17" }] },
      {
        type: "body",
        parameters: [
          { type: "text", parameter_name: "name", text: "Carla" },
          { type: "text", parameter_name: "sum", text: "$5" },
        ],
      },
      { type: "button", sub_type: "url", index: "0", parameters: [{ type: "text", text: "t17" }] },
      { type: "button", sub_type: "copy_code", index: "1", parameters: [{ type: "coupon_code", coupon_code: "CODE" }] },
    ]);
    const picture = { ...template, components: [{ type: "HEADER", format: "IMAGE" }] } as unknown as Template;
    const link = "https://x.example/a.png";
    expect(componentsOf(picture, { "header file": link })).toEqual([
      { type: "header", parameters: [{ type: "image", image: { link } }] },
    ]);
  });
});
