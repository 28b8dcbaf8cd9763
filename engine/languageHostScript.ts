/**
 * How a CLI that brings no Node.js language host finds ours: a script of the name that it looks for, beside the CLI or
 * on PATH, that loads the host named in the environment. The script itself holds no path, so it can be kept.
 */
import * as fs from "node:fs";
import * as path from "node:path";

export const hostOf = (language: string) => `pulumi-language-${language}`;
const scriptName = hostOf("nodejs");
const script = `#!/usr/bin/env node
"use strict";
const host = process.env.SHARDED_STREAM_LANGUAGE_HOST;
if (!host) {
    process.stderr.write("This language host works inside the sharded-stream sandbox; install Pulumi for anything else.\\n");
    process.exit(1);
}
require(host).serveLanguageHost();
`;

export function bringsLanguageHost(folder: string, language = "nodejs"): boolean {
    const host = hostOf(language);
    return [host, `${host}.exe`, `${host}.cmd`].some((name) => fs.existsSync(path.join(folder, name)));
}

export function writeLanguageHostScript(folder: string): void {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, scriptName), script, { mode: 0o755 });
    if (process.platform === "win32")
        fs.writeFileSync(path.join(folder, `${scriptName}.cmd`), `@node "%~dp0\\${scriptName}" %*\r\n`);
}

/** The host as one JavaScript file. Run from the TypeScript sources, it is one in `folder` that translates them. */
export function languageHostModule(folder: string): string {
    const built = path.join(__dirname, "languageHost.js");
    if (fs.existsSync(built)) return built;
    const [transpiler, source] = ["../scripts/transpiler.js", "languageHost.ts"].map((file) =>
        JSON.stringify(path.join(__dirname, file)),
    );
    const translating = path.join(folder, "languageHost.js");
    fs.writeFileSync(translating, `require(${transpiler}).runSources();\nmodule.exports = require(${source});\n`);
    return translating;
}
