import { describe, expect, it } from "vitest";
import { dayOf, rangeOf } from "./period";

const now = new Date(2026, 2, 1, 15, 30);
const days = (search: Parameters<typeof rangeOf>[0]) => {
  const range = rangeOf(search, now);
  return range && [dayOf(range.from), range.to.getTime()];
};

describe("the time of a report", () => {
  it("is seven days that end now, today among them, unless said otherwise", () => {
    expect(days({})).toEqual(["2026-02-23", now.getTime()]);
  });
  it("is this day since midnight, or thirty days", () => {
    expect(days({ period: "today" })).toEqual(["2026-03-01", now.getTime()]);
    expect(days({ period: "month" })).toEqual(["2026-01-31", now.getTime()]);
  });
  it("has both its days in it where they were chosen", () => {
    const range = rangeOf({ period: "custom", from: "2026-01-31", to: "2026-01-31" }, now);
    expect(range && [dayOf(range.from), dayOf(range.to)]).toEqual(["2026-01-31", "2026-02-01"]);
  });
  it("is none where days are missing, wrong or the wrong way round", () => {
    expect(rangeOf({ period: "custom", from: "2026-01-31" }, now)).toBeNull();
    expect(rangeOf({ period: "custom", from: "x", to: "2026-01-31" }, now)).toBeNull();
    expect(rangeOf({ period: "custom", from: "2026-02-01", to: "2026-01-31" }, now)).toBeNull();
  });
});
