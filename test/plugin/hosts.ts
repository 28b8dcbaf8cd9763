/**
 * The language hosts that `npm run engine` puts into the cache, where the engine finds them: on PATH.
 */
import * as fs from "node:fs";
import path from "node:path";
import { leaveOut } from "../leaveOut";

// eslint-disable-next-line @typescript-eslint/no-require-imports -- plain JavaScript
const { hostsFolder } = require("../../scripts/hosts") as { hostsFolder(): string };

/** Puts them on PATH for the tests of the surrounding describe, which are left out where they are missing. */
export function withLanguageHosts(): void {
    const { PATH } = process.env;
    before(function () {
        if (fs.existsSync(hostsFolder())) {
            process.env.PATH = `${hostsFolder()}${path.delimiter}${PATH}`;
            return;
        }
        const missing = "the language hosts are not in the cache: `npm run engine` makes them.";
        leaveOut(this, "These tests run programs in other languages", missing);
    });
    after(() => void (process.env.PATH = PATH));
}
