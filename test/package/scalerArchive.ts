/**
 * The scaler's archive as it comes out of the packed package in somebody's own project.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { archiveModules } from "../scaler/modules";
import { packedProject } from "./packed";

describe("the scaler's archive out of the packed package", function () {
    this.timeout(300_000);

    /** What a program that runs in that folder hands to Lambda. */
    const textFrom = (folder: string): string => {
        const module = path.join(packedProject().packageFolder, "bin", "rooms");
        const program = `require(${JSON.stringify(module)})["components/scalerCode"]().scalerFile().then((file) => process.stdout.write(fs.readFileSync(file)))`;
        return execFileSync(process.execPath, ["-e", program], {
            cwd: folder,
            encoding: "utf8",
            maxBuffer: 1 << 24,
            stdio: ["ignore", "pipe", "ignore"],
        });
    };

    it("is the same with and without a package.json at the working directory, and requires only Node's own modules and the AWS SDK", () => {
        const bare = fs.mkdtempSync(path.join(os.tmpdir(), "scaler-bare-"));
        try {
            const text = textFrom(packedProject().folder);
            assert.equal(textFrom(bare), text);
            const required = [...text.matchAll(/\brequire\(\s*["']([^"']+)["']\s*\)/g)].map(([, name]) => name);
            assert.deepEqual([...new Set(required)].sort(), archiveModules);
            fs.writeFileSync(path.join(bare, "index.js"), text);
            const outcome = execFileSync(
                process.execPath,
                ["-e", 'require("./index.js").handler({}, {}).catch((error) => console.log(error.name))'],
                {
                    cwd: bare,
                    encoding: "utf8",
                    stdio: ["ignore", "pipe", "ignore"],
                    env: { NODE_PATH: path.resolve("node_modules"), AWS_REGION: "us-east-1" },
                },
            );
            // Every module was found; only the settings that a deployment gives are missing.
            assert.equal(outcome, "InvalidInputError\n");
        } finally {
            fs.rmSync(bare, { recursive: true });
        }
    });
});
