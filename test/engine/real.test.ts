/** What the real engine's runs leave and tell when they do not go through at once. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type OperationResult } from "../../engine/engine";
import { removeLocksOfEnded, withEarlier } from "../../engine/real";

describe("a run of the real engine", () => {
    it("leaves no lock of a process that was killed, and every other", () => {
        const folder = mkdtempSync(path.join(tmpdir(), "locks-"));
        const locks = path.join(folder, ".pulumi/locks/organization/shop/dev");
        mkdirSync(locks, { recursive: true });
        const ended = spawnSync("true").pid;
        for (const [name, pid] of [["killed", ended] as const, ["running", process.pid] as const])
            writeFileSync(path.join(locks, `${name}.json`), JSON.stringify({ pid, username: "somebody" }));
        removeLocksOfEnded(folder);
        assert.deepEqual(readdirSync(locks), ["running.json"]);
        rmSync(folder, { recursive: true });
    });

    it("tells of all that its tries have done", () => {
        const tried = (changes: Record<string, number>, ops: readonly string[]) =>
            ({ changes, steps: ops.map((op, at) => ({ op, urn: `urn${at}` })) }) as unknown as OperationResult;
        const earlier = tried({ create: 2, same: 1 }, ["create", "create", "same"]);
        const { changes, steps } = withEarlier(
            tried({ create: 1, same: 3 }, ["same", "same", "same", "create"]),
            earlier,
        );
        assert.deepEqual(changes, { create: 3, same: 3 });
        assert.deepEqual(
            steps.map(({ op }) => op),
            ["create", "create", "same", "create"],
        );
    });
});
