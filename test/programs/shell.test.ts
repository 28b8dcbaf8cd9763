/**
 * What is pasted into a shell means there what it meant here.
 */
import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";

import { environmentLines } from "../../programs/shell";

describe("the lines that give a shell a sandbox's environment", () => {
    it("set each variable, whatever is in it, and take away what would win over them", () => {
        const environment = { AWS_REGION: "eu-west-1", AWS_CONFIG_FILE: "a folder/it's $HOME" };
        const script = [...environmentLines(environment), "env"].join("\n");
        const env = { PATH: process.env.PATH, AWS_PROFILE: "mine", AWS_SESSION_TOKEN: "mine" };
        const printed = execFileSync("sh", ["-c", script], { env, encoding: "utf8" });
        const lines = printed.split("\n").filter((line) => line.startsWith("AWS_"));
        assert.deepEqual(lines.sort(), ["AWS_CONFIG_FILE=a folder/it's $HOME", "AWS_REGION=eu-west-1"]);
    });
});
