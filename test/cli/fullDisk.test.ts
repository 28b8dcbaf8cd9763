/** A command whose output has no place on the disk says so on one line, whatever it prints, and has failed. */
import assert from "node:assert/strict";
import { leaveOut } from "../leaveOut";
import { runCliInto } from "./run";

/** Linux has a disk that is always full. */
const fullDisk = "/dev/full";
const noPlace = "sharded-stream: the output cannot be written: no space is left\n";

describe("a command that writes to a full disk", () => {
    const rows: readonly (readonly [title: string, args: readonly string[], stderr: string, exitCode: number])[] = [
        ["has failed with its text", ["plan", "--write-mib", "1", "--records", "500"], noPlace, 1],
        ["has failed with its document", ["plan", "--write-mib", "1", "--records", "500", "--json"], noPlace, 1],
        ["has failed with its help", ["keys", "analyze", "--help"], noPlace, 1],
        ["keeps the exit code of what was wrong before", ["nope"], "sharded-stream: unknown command 'nope'\n", 2],
    ];
    for (const [title, args, stderr, exitCode] of rows) {
        it(title, function () {
            if (process.platform !== "linux") leaveOut(this, "A full disk", "only Linux has /dev/full.");
            assert.deepEqual(runCliInto(fullDisk, ...args), { stderr, exitCode });
        });
    }
});
