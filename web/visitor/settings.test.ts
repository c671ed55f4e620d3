import { expect, test } from "vitest";
import { settingsOf } from "./settings";

const of = (query: string, languages: string[] = ["de-DE", "en-GB"]) =>
  settingsOf(`https://inbox.example/webchat/0192${query}`, languages);

test("the channel is the last of the path", () => {
  expect(of("").channel).toBe("0192");
});

test("the language is what was asked for, else the browser's first that is known, else English", () => {
  expect(of("?lang=ru").language).toBe("ru");
  expect(of("?lang=xx", ["fr", "ru-RU"]).language).toBe("ru");
  expect(of("", ["fr"]).language).toBe("en");
});

test("dates are written as the visitor writes them in that language", () => {
  expect(of("", ["de-DE", "en-GB"]).locale).toBe("en-GB");
  expect(of("?lang=ru").locale).toBe("ru");
});

test("a colour is six hexadecimal digits and nothing else", () => {
  expect(of("?accent=%23Aa3300").accent).toBe("#aa3300");
  for (const wrong of ["red", "%23fff", "%23aa3300;background:url(x)", "url(x)"]) {
    expect(of(`?accent=${wrong}`).accent).toBeNull();
  }
});

test("asks for what it knows, in its own order", () => {
  expect(of("?ask=email,name,password").ask).toEqual(["name", "email"]);
});

test("the host is an origin, and counts only within a frame", () => {
  expect(of("?embedded=1&host=https://shop.example").host).toBe("https://shop.example");
  expect(of("?host=https://shop.example").host).toBeNull();
  for (const wrong of ["https://shop.example/", "*", "javascript:1", "null", ""]) {
    expect(of(`?embedded=1&host=${encodeURIComponent(wrong)}`).host).toBeNull();
  }
});
