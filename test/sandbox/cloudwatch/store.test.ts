/** The metric store: minutes, windows, units, the delay of publication, and what is forgotten. */
import { deepEqual, equal } from "node:assert/strict";

import { MetricStore } from "../../../sandbox/cloudwatch/store";

const minuteMs = 60_000;
const metric = { namespace: "Test", metricName: "Load", dimensions: { Host: "a" } };
const record = (store: MetricStore, minute: number, value: number, count = 1, dimensions = metric.dimensions) =>
    store.record({ ...metric, dimensions, value, count, unit: "Count", timeMs: minute * minuteMs });

describe("the metric store", () => {
    it("takes many samples that sum up to a value", () => {
        const store = new MetricStore();
        record(store, 0, 100, 4);
        record(store, 0, 10);
        deepEqual(store.statistics(metric, "Count", { startMs: 0, periodMs: minuteMs, count: 2 }, 0), [
            { sum: 110, sampleCount: 5, minimum: 10, maximum: 25 },
            undefined,
        ]);
    });

    it("tells dimensions apart, in whatever order they come", () => {
        const store = new MetricStore();
        const windows = { startMs: 0, periodMs: minuteMs, count: 1 };
        store.record({ ...metric, dimensions: { A: "1", B: "2" }, value: 1, unit: "None", timeMs: 0 });
        store.record({ ...metric, dimensions: { B: "2", A: "1" }, value: 1, unit: "None", timeMs: 0 });
        const sum = (dimensions: Record<string, string>) =>
            store.statistics({ ...metric, dimensions }, undefined, windows, 0)[0]?.sum;
        deepEqual([sum({ A: "1", B: "2" }), sum({ A: "1" }), sum({})], [2, undefined, undefined]);
        equal(store.list().length, 1);
    });

    it("forgets the series that was fed longest ago when there are too many", () => {
        const store = new MetricStore({ seriesMax: 2 });
        const hosts = () =>
            store.list({ namespace: "Test", metricName: "Load" }).map(({ dimensions }) => dimensions.Host);
        record(store, 0, 1, 1, { Host: "a" });
        record(store, 0, 1, 1, { Host: "b" });
        // Four hours later a is fed again.
        record(store, 300, 1, 1, { Host: "a" });
        record(store, 300, 1, 1, { Host: "c" });
        deepEqual(hosts(), ["a", "c"]);
    });

    it("keeps 15 days of minutes, and what is left of the four hours in which they begin", () => {
        const store = new MetricStore();
        const days = 24 * 60;
        for (let minute = 0; minute < 20 * days; minute += 60) record(store, minute, 1);
        const [whole] = store.statistics(metric, "Count", { startMs: 0, periodMs: 20 * days * minuteMs, count: 1 }, 0);
        equal(whole!.sum, 15 * 24 + 4);
    });
});
