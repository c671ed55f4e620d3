import { expect, it } from "vitest";
import { append, type Monitoring, type Sample } from "./history";

const figures = { rooms: 1 } as Monitoring;
const at = (samples: Sample[]) => samples.map((sample) => (sample.figures ? sample.at : `gap ${sample.at}`));

it("keeps a quarter of an hour, a moment once, and marks a time that nobody looked at", () => {
  let samples: Sample[] = [];
  for (const time of [1_000, 1_005, 1_005, 1_010]) samples = append(samples, figures, time);
  expect(at(samples)).toEqual([1_000, 1_005, 1_010]);
  samples = append(samples, figures, 1_100);
  expect(at(samples)).toEqual([1_000, 1_005, 1_010, "gap 1011", 1_100]);
  samples = append(samples, figures, 1_908);
  expect(at(samples)).toEqual([1_010, "gap 1011", 1_100, "gap 1101", 1_908]);
});
