/**
 * The configuration that points Pulumi's aws provider at the sandbox: a stack's file, such as Pulumi.sandbox.yaml, or a part of one.
 */
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";

import { sandboxCredentials } from "./credentials";

export interface Pointed {
    readonly endpoint: string;
    readonly region: string;
}

/** The sandbox's services, as Pulumi names them. */
export const pulumiServices: readonly string[] =
    "cloudwatch dynamodb iam kinesis lambda logs scheduler sns sqs sts".split(" ");

/** Writes it into a stack's file, which keeps what else it has. @throws Error where that stack has credentials of its own, or where it is no file */
export function writePulumiConfig(sandbox: Pointed, file: string): void {
    const folder = path.dirname(path.resolve(file));
    if (!existsSync(folder)) throw new Error(`${file} cannot be written: there is no folder ${folder}.`);
    if (existsSync(file) && statSync(file).isDirectory())
        throw new Error(`${file} is a directory; name a file, such as ${path.join(file, "Pulumi.sandbox.yaml")}.`);
    const existing = existsSync(file) ? readFileSync(file, "utf8") : "";
    const [ofAnAccount] = existing.match(/^\s*["']?aws:(profile|token|assumeRoles?|accessKey)\b.*$/gm) ?? [];
    if (ofAnAccount !== undefined && !existing.includes(sandboxCredentials.accessKeyId)) {
        throw new Error(
            `${file} is of a stack that has an account (${ofAnAccount.trim()}), and it was left as it is. Name the file of a stack of its own, such as Pulumi.sandbox.yaml.`,
        );
    }
    writeFileSync(file, pulumiConfig(sandbox, existing));
}

/** @param existing the file's text, whose own keys stay; those of the aws provider that point somewhere are replaced */
export function pulumiConfig({ endpoint, region }: Pointed, existing = ""): string {
    const { accessKeyId, secretAccessKey } = sandboxCredentials;
    const own: Readonly<Record<string, string>> = {
        region,
        accessKey: accessKeyId,
        secretKey: secretAccessKey,
        skipCredentialsValidation: '"true"',
        skipMetadataApiCheck: '"true"',
        skipRegionValidation: '"true"',
    };
    const { before, kept, after } = withoutOwn(existing, [...Object.keys(own), "endpoints"]);
    return [
        ...before,
        "config:",
        ...Object.entries(own).map(([name, value]) => `  aws:${name}: ${value}`),
        "  aws:endpoints:",
        ...pulumiServices.map((name, index) => `    ${index === 0 ? "- " : "  "}${name}: ${endpoint}`),
        ...kept,
        ...after,
        "",
    ].join("\n");
}

/** The lines of a stack's file around those of the named keys of aws, as Pulumi writes them: one key of `config` a line, its value below it. */
function withoutOwn(text: string, names: readonly string[]): Record<"before" | "kept" | "after", string[]> {
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    const start = lines.findIndex((line) => /^config:\s*(\{\})?\s*$/.test(line));
    if (start < 0) return { before: lines, kept: [], after: [] };
    const length = lines.slice(start + 1).findIndex((line) => /^[^\s#-]/.test(line));
    const end = length < 0 ? lines.length : start + 1 + length;
    const config = lines.slice(start + 1, end);
    const indent = /^\s*/.exec(config[0] ?? "")![0].length;
    const isOwn = new RegExp(`^\\s{${indent}}["']?aws:(${names.join("|")})["']?:`);
    const isKey = new RegExp(`^\\s{${indent}}[^\\s-]`);
    let dropped = false;
    const kept = config.filter((line) => {
        if (isKey.test(line)) dropped = isOwn.test(line);
        return !dropped;
    });
    // One indent for all keys of a map.
    return {
        before: lines.slice(0, start),
        kept: kept.map((line) => `  ${line.slice(indent)}`),
        after: lines.slice(end),
    };
}
