/** How every program of the project hears that it is to end, and that nobody reads what it writes. */
import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { onStopSignals, outliveReaders } from "../../programs/ending";

describe("a program that is told to stop", () => {
    const rows: readonly (readonly [
        title: string,
        signals: readonly (readonly [atMs: number, signal: string])[],
        heard: readonly string[],
    ])[] = [
        ["by Ctrl-C", [[0, "SIGINT"]], ["first"]],
        ["by docker stop", [[0, "SIGTERM"]], ["first"]],
        ["by a terminal that is closed", [[0, "SIGHUP"]], ["first"]],
        [
            "and by others in the same second, stops once",
            [
                [0, "SIGHUP"],
                [5, "SIGHUP"],
                [900, "SIGINT"],
                [1_000, "SIGTERM"],
            ],
            ["first"],
        ],
        [
            "and again after that, ends at once",
            [
                [0, "SIGINT"],
                [1_001, "SIGINT"],
            ],
            ["first", "again SIGINT"],
        ],
        [
            "and then by another signal, ends at once",
            [
                [0, "SIGINT"],
                [60_000, "SIGTERM"],
            ],
            ["first", "again SIGTERM"],
        ],
        ["by a signal that asks something else, goes on", [[0, "SIGUSR2"]], []],
    ];
    for (const [title, signals, expected] of rows) {
        it(title, () => {
            const source = new EventEmitter();
            const heard: string[] = [];
            let nowMs = 0;
            const actions = {
                first: () => heard.push("first"),
                again: (signal: string) => heard.push(`again ${signal}`),
            };
            onStopSignals(actions, source, () => nowMs);
            for (const [atMs, signal] of signals) {
                nowMs = atMs;
                source.emit(signal);
            }
            assert.deepEqual(heard, expected);
        });
    }
});

describe("a program whose output goes nowhere", () => {
    const failing = (code: string): Error => Object.assign(new Error(`${code}: write`), { code });

    function outputs(isTTY: boolean) {
        const stdout = Object.assign(new EventEmitter(), { isTTY });
        const stderr = Object.assign(new EventEmitter(), { isTTY });
        const heard: string[] = [];
        const ends = { gone: () => heard.push("gone"), unwritable: (sentence: string) => heard.push(sentence) };
        outliveReaders(ends, { stdout, stderr });
        return { stdout, stderr, heard };
    }

    const rows: readonly (readonly [title: string, code: string, isTTY: boolean])[] = [
        ["head has what it wants", "EPIPE", false],
        ["a program that started it is gone", "ECONNRESET", false],
        ["its terminal is closed", "EIO", true],
    ];
    for (const [title, code, isTTY] of rows) {
        it(`stops: ${title}`, () => {
            const { stdout, heard } = outputs(isTTY);
            stdout.emit("error", failing(code));
            assert.deepEqual(heard, ["gone"]);
        });
    }

    for (const [title, code, sentence] of [
        ["the disk is full", "ENOSPC", "the output cannot be written: no space is left"],
        ["its user may write no more", "EDQUOT", "the output cannot be written: the quota of the disk is used up"],
        ["the disk is broken", "EIO", "the output cannot be written: EIO: write"],
    ] as const) {
        it(`is told so once: ${title}`, () => {
            const { stdout, heard } = outputs(false);
            stdout.emit("error", failing(code));
            stdout.emit("error", failing(code));
            assert.deepEqual(heard, [sentence]);
        });
    }

    for (const code of ["EPIPE", "ENOSPC", "EIO"]) {
        it(`goes on without a word where stderr answers ${code}`, () => {
            const { stderr, heard } = outputs(false);
            stderr.emit("error", failing(code));
            assert.deepEqual(heard, []);
        });
    }
});
