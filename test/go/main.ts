/**
 * `npm run go`: a program on the AWS SDK for Go makes the calls that the aws provider makes for each resource of the components, against the sandbox.
 *
 * Needs Go, which fetches the SDK. The first build takes a minute or more of a processor, later ones a second.
 */
import { spawn, spawnSync } from "node:child_process";
import * as path from "node:path";
import { parseArgs } from "node:util";

import { startWorld } from "./world";

const help = `npm run go -- [options]: the calls of Pulumi's aws provider, made with the AWS SDK for Go, against the sandbox

  --record      write the requests that were made to test/go/requests.json, which \`npm test\` replays

Exit codes: 0 every resource lives through create, read, update and delete; 1 otherwise, 2 bad input.`;

async function main(): Promise<number> {
    const { values } = parseArgs({
        options: { record: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
    });
    if (values.help) {
        console.log(help);
        return 0;
    }
    const program = build();
    const sandbox = await startWorld();
    try {
        const args = values.record ? ["-record", path.join(__dirname, "requests.json")] : [];
        const child = spawn(program, args, { env: { ...process.env, ...sandbox.env }, stdio: "inherit" });
        return await new Promise((resolve) => child.once("close", (code) => resolve(code ?? 1)));
    } finally {
        await sandbox.stop();
    }
}

function build(): string {
    console.log("Building the program with Go.");
    const program = path.join(__dirname, "target", "provider-calls");
    const { error, status, stderr } = spawnSync("go", ["build", "-o", program, "."], {
        cwd: __dirname,
        encoding: "utf8",
    });
    if (error) throw new Error(`Go could not be started, which this needs: ${error.message}.`);
    if (status !== 0) throw new Error(`Go could not build the program:\n${stderr}`);
    return program;
}

main()
    .catch((error: unknown) => {
        console.error((error as Error).message);
        return 1;
    })
    .then((code) => (process.exitCode = code));
