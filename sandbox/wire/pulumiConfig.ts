/**
 * The configuration that points Pulumi's aws provider at the sandbox: a stack's file, such as Pulumi.sandbox.yaml, or a part of one.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";

import { sandboxCredentials } from "./credentials";

export interface Pointed {
    readonly endpoint: string;
    readonly region: string;
    /** By the names that clients sign with. */
    readonly services: Readonly<Record<string, unknown>>;
}

/** Writes it into a stack's file, which keeps what else it has. */
export function writePulumiConfig(sandbox: Pointed, file: string): void {
    writeFileSync(file, pulumiConfig(sandbox, existsSync(file) ? readFileSync(file, "utf8") : ""));
}

/** @param existing the file's text, whose own keys stay; those of the aws provider that point somewhere are replaced */
export function pulumiConfig({ endpoint, region, services }: Pointed, existing = ""): string {
    const { accessKeyId, secretAccessKey } = sandboxCredentials;
    const own: Readonly<Record<string, string>> = {
        region,
        accessKey: accessKeyId,
        secretKey: secretAccessKey,
        skipCredentialsValidation: '"true"',
        skipMetadataApiCheck: '"true"',
        skipRegionValidation: '"true"',
    };
    const { before, kept, after } = withoutOwn(existing, [...Object.keys(own), "endpoints", "profile", "token"]);
    const endpoints = Object.keys(services).map(nameInPulumi).sort();
    return [
        ...before,
        "config:",
        ...Object.entries(own).map(([name, value]) => `  aws:${name}: ${value}`),
        "  aws:endpoints:",
        ...endpoints.map((name, index) => `    ${index === 0 ? "- " : "  "}${name}: ${endpoint}`),
        ...kept,
        ...after,
        "",
    ].join("\n");
}

/** Clients sign for `monitoring` where everybody says CloudWatch. */
const nameInPulumi = (service: string): string => (service === "monitoring" ? "cloudwatch" : service);

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
