/**
 * Writes answers.json, which the sandbox's answers are checked against, anew from the botocore that is installed beside boto3:
 *
 *     node --require ./test/setup.js test/sandbox/models/distil.ts
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import * as path from "node:path";

import { startSandbox } from "../../../sandbox/index";
import { pythonWithBoto3 } from "../boto3";

async function main(): Promise<void> {
    const sandbox = await startSandbox();
    const operations = Object.values(sandbox.services).map(({ name, operations }) => [name, Object.keys(operations)]);
    await sandbox.stop();
    const python = pythonWithBoto3();
    if (python === undefined) throw new Error("There is no python3 with boto3 here.");
    const { status, stdout, stderr } = spawnSync(python, [path.join(__dirname, "distil.py")], {
        input: JSON.stringify(Object.fromEntries(operations)),
        encoding: "utf8",
        maxBuffer: 64 * 1024 * 1024,
    });
    if (status !== 0) throw new Error(stderr);
    writeFileSync(path.join(__dirname, "answers.json"), stdout);
}

void main();
