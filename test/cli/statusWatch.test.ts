/** A watch goes on through what passes by itself, and ends where it does not. */
import assert from "node:assert/strict";
import pico from "picocolors";
import { AwsRefusedError } from "../../cli/command";
import { Interrupted } from "../../cli/live";
import { type Look, watch } from "../../cli/statusWatch";
import { type Terminal, terminalOf } from "../../cli/terminal";
import { awsError } from "../scaler/world";
import { contextOf, someFile } from "./worldLive";

const screen: Terminal = { interactive: true, columns: 80, colours: pico.createColors(false) };
const noonMs = Date.UTC(2026, 10, 2, 12);
const refusal = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:4566"), { code: "ECONNREFUSED" });

/** Looks in turn, ten seconds apart, until Ctrl-C after the last. */
async function watched(looks: readonly (string | Error)[], terminal = someFile) {
    const stop = new AbortController();
    const context = { ...contextOf(terminal), signal: stop.signal };
    let looked = 0;
    const look = (): Promise<Look> => {
        const seen = looks[looked++]!;
        if (seen instanceof Error) return Promise.reject(seen);
        const result = { document: { seen }, text: () => seen, exitCode: 0 } as const;
        return Promise.resolve({ result, atMs: noonMs + (looked - 1) * 10_000 });
    };
    const sleep = (): Promise<void> => {
        if (looked < looks.length) return Promise.resolve();
        stop.abort();
        return Promise.reject(new Interrupted("interrupted"));
    };
    const pace = { sleep, elapsedMs: () => 0, random: () => 0 };
    const ended = watch({ live: { name: "orders", pace }, seconds: 10, context, look });
    return { ended, printed: context.printed };
}

describe("status --watch", () => {
    it("shows what it sees, until Ctrl-C", async () => {
        const { ended, printed } = await watched(["one", "two"]);
        const { document, text, exitCode } = await ended;
        assert.deepEqual([printed, document, text(someFile), exitCode], [["one", "two"], { seen: "two" }, "", 0]);
    });

    const missed =
        "Not seen since 12:00:00 UTC. stream orders: ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:4566. Nothing answers there. Check AWS_ENDPOINT_URL. Looking again in 10 s.";

    it("goes on while nothing answers, says since when, and shows what comes then", async () => {
        const { ended, printed } = await watched(["one", refusal, refusal, "two"]);
        await ended;
        assert.deepEqual(printed, ["one", missed, missed, "two"]);
    });

    it("keeps what was seen last on a screen", async () => {
        const { ended, printed } = await watched(["one", refusal, "two"], screen);
        await ended;
        const clear = "\u001b[2J\u001b[H";
        assert.deepEqual(printed, [`${clear}one`, `${clear}one\n\n${missed}`, `${clear}two`]);
    });

    it("goes on while AWS throttles, or has a fault", async () => {
        for (const name of ["ThrottlingException", "InternalFailure", "MetricsIncomplete"]) {
            const { ended, printed } = await watched(["one", awsError(name), "two"]);
            await ended;
            assert.equal(printed.length, 3, name);
        }
    });

    it("ends when the stream is deleted, and says when it was there last", async () => {
        const { ended } = await watched(["one", "two", awsError("ResourceNotFoundException")]);
        await assert.rejects(
            ended,
            new AwsRefusedError("stream orders is gone: it was deleted while it was watched, after 12:00:10 UTC."),
        );
    });

    it("ends where waiting mends nothing, and where the first look fails", async () => {
        const denied = awsError("AccessDeniedException");
        await assert.rejects((await watched(["one", denied])).ended, denied);
        await assert.rejects((await watched([refusal])).ended, refusal);
    });
});

describe("a terminal", () => {
    it("that is made narrower while a command runs is as wide as it is now", () => {
        const stream = { isTTY: true, columns: 200 } as NodeJS.WriteStream;
        const terminal = terminalOf(stream, {});
        stream.columns = 40;
        assert.equal(terminal.columns, 40);
    });
});
