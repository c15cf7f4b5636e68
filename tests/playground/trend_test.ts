import { assert, assertEquals } from "@std/assert";
import { Series } from "../../lib/playground/page/series.ts";
import { Trend, Trends } from "../../lib/playground/page/trend.ts";
import { trendOf } from "../../lib/plot/trend.ts";
import { newRandom } from "../helpers/random.ts";

Deno.test("a trend that has grown is that of the command line's plots", () => {
  const random = newRandom("trend");
  const losses = Float64Array.from({ length: 2000 }, () => 2 + random.random());
  const series = new Series(0);
  const trend = new Trend(series, 2000, 300);
  for (let start = 0; start < 2000; start += 37) {
    series.add(losses.subarray(start, start + 37));
    trend.points();
  }
  const wanted = trendOf(losses, 300, true).map(({ index, mean }) => ({
    step: index + 1,
    value: mean,
  }));
  assertEquals(trend.points(), wanted);
  assertEquals(trend.at(wanted[7]!.step), wanted[7]!.value);
  assertEquals([trend.at(0), trend.at(2001)], [undefined, undefined]);
});

Deno.test("the past stays as it is drawn but for the last twentieth of the run", () => {
  const series = new Series(0);
  const trend = new Trend(series, 1000, 100);
  series.add(Float64Array.from({ length: 400 }, (_, i) => i % 7));
  const before = trend.points();
  series.add(new Float64Array(100).fill(50));
  const after = trend.points();
  const isDone = ({ step }: { step: number }) => step <= 350;
  assertEquals(after.filter(isDone), before.filter(isDone));
  assert(after.length > before.length);
  assertEquals([before.at(-1)?.step, after.at(-1)?.step], [400, 500]);
});

Deno.test("a trend may begin late, and may be short", () => {
  const series = new Series(70);
  assertEquals(new Trend(series, 71, 10).points(), []);
  series.add([3]);
  assertEquals(new Trend(series, 71, 10).points(), [{ step: 71, value: 3 }]);
  const trends = new Trends();
  assertEquals(trends.of(series, 71, 10), trends.of(series, 71, 10.5));
  assertEquals(trends.of(series, 80, 10) === trends.of(series, 71, 10), false);
});

Deno.test("a series knows its steps", () => {
  const series = new Series(10, new Float64Array([1, 2]));
  series.add([3]);
  assertEquals([10, 11, 13, 14].map((step) => series.at(step)), [undefined, 1, 3, undefined]);
  series.add(new Float64Array(5000).fill(4));
  assertEquals([series.length, series.values.length, series.at(5013)], [5003, 5003, 4]);
});
