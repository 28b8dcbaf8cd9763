/**
 * The configuration that points Pulumi's aws provider at the sandbox: a stack's file, such as Pulumi.sandbox.yaml, or a part of one.
 */
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";

import { load } from "js-yaml";

import { sandboxCredentials } from "./credentials";

export interface Pointed {
    readonly endpoint: string;
    readonly region: string;
}

/** The sandbox's services, as Pulumi names them. */
export const pulumiServices: readonly string[] =
    "cloudwatch dynamodb iam kinesis lambda logs scheduler sns sqs sts".split(" ");

/** Writes it into a stack's file, which keeps what else it has. @throws Error where that stack has credentials of its own, and where it is no file that can be written */
export function writePulumiConfig(sandbox: Pointed, file: string): void {
    const folder = path.dirname(path.resolve(file));
    if (!existsSync(folder)) throw new Error(`${file} cannot be written: there is no folder ${folder}.`);
    if (existsSync(file) && statSync(file).isDirectory())
        throw new Error(`${file} is a directory; name a file, such as ${path.join(file, "Pulumi.sandbox.yaml")}.`);
    const existing = existsSync(file) ? readFileSync(file, "utf8") : "";
    writeFileSync(file, pulumiConfig(sandbox, existing, file));
}

/**
 * @param existing the file's text, whose own keys stay; those of the aws provider that point somewhere are replaced
 * @param file its name, for what is said of it
 */
export function pulumiConfig({ endpoint, region }: Pointed, existing = "", file = "The file"): string {
    const { accessKeyId, secretAccessKey } = sandboxCredentials;
    const own: Readonly<Record<string, string>> = {
        region,
        accessKey: accessKeyId,
        secretKey: secretAccessKey,
        skipCredentialsValidation: '"true"',
        skipMetadataApiCheck: '"true"',
        skipRegionValidation: '"true"',
    };
    const names = [...Object.keys(own), "endpoints"];
    const wanted = withoutKeys(stackOf(existing, file), names);
    refuseAccount(wanted, existing, file);
    const { before, head, indent, kept, after } = withoutOwn(existing, names, file);
    const text = [
        ...before,
        head,
        ...Object.entries(own).map(([name, value]) => `${indent}aws:${name}: ${value}`),
        `${indent}aws:endpoints:`,
        ...pulumiServices.map((name, index) => `${indent}  ${index === 0 ? "- " : "  "}${name}: ${endpoint}`),
        ...kept,
        ...after,
    ].join("\n");
    const written = text.endsWith("\n") ? text : `${text}\n`;
    // The lines were read without a parser, so that comments stay: a parser says whether they were read well.
    if (!isDeepStrictEqual(withoutKeys(stackOf(written, file), names), wanted))
        throw new Error(`${file} is written in a form that nothing can be added to${leftAsItIs}`);
    return written;
}

const leftAsItIs =
    ", and it was left as it is. Write config with one key a line, or name the file of a stack of its own, such as Pulumi.sandbox.yaml.";

type Mapping = Readonly<Record<string, unknown>>;

function stackOf(text: string, file: string): Mapping {
    try {
        return (load(text) ?? {}) as Mapping;
    } catch (error) {
        const { reason, mark } = error as { reason?: string; mark?: { line: number } };
        throw new Error(`${file} is not YAML (line ${(mark?.line ?? 0) + 1}: ${reason})${leftAsItIs}`);
    }
}

function withoutKeys(stack: Mapping, names: readonly string[]): { config: Mapping } {
    const config = Object.entries((stack.config ?? {}) as Mapping);
    const isOwn = (key: string) => names.some((name) => key === `aws:${name}`);
    return { ...stack, config: Object.fromEntries(config.filter(([key]) => !isOwn(key))) };
}

/** The keys by which Pulumi's aws provider finds an account; what they hold is nobody's business. */
const ofAccount = /^aws:(profile|token|accessKey|assumeRole\w*|shared\w+Files?|allowedAccountIds)$/;

/** A file with the sandbox's key was written by this. */
function refuseAccount(wanted: { config: Mapping }, existing: string, file: string): void {
    const { "aws:accessKey": accessKey } = (stackOf(existing, file).config ?? {}) as Mapping;
    if (accessKey === sandboxCredentials.accessKeyId) return;
    const keys = [...(accessKey === undefined ? [] : ["aws:accessKey"]), ...Object.keys(wanted.config)];
    const found = keys.filter((key) => ofAccount.test(key));
    if (found.length === 0) return;
    throw new Error(
        `${file} is of a stack that has an account (${found.join(", ")}), and it was left as it is. Name the file of a stack of its own, such as Pulumi.sandbox.yaml.`,
    );
}

interface Around {
    readonly before: readonly string[];
    /** `config:`, with its comment. */
    readonly head: string;
    /** Of the keys of `config`. */
    readonly indent: string;
    readonly kept: readonly string[];
    readonly after: readonly string[];
}

/** The lines of a stack's file around those of the named keys of aws: one key of `config` a line, its value below it. */
function withoutOwn(text: string, names: readonly string[], file: string): Around {
    const lines = text === "" ? [] : text.split("\n");
    const start = lines.findIndex((line) => /^["']?config["']?\s*:(\s|$)/.test(line));
    if (start < 0) {
        const before = lines.at(-1) === "" ? lines.slice(0, -1) : lines;
        return { before, head: "config:", indent: "  ", kept: [], after: [] };
    }
    const [, value = "", comment = ""] = /:\s*(.*?)(\s+#.*)?$/.exec(lines[start]!.trimEnd())!;
    if (!/^(\{\s*\}|~|null|#.*)?$/.test(value))
        throw new Error(`${file} has config in the flow style (${value.slice(0, 1)} ...)${leftAsItIs}`);
    const head = value.startsWith("#") ? `config: ${value}${comment}` : `config:${comment}`;
    const next = lines.findIndex((line, index) => index > start && /^[^\s#]/.test(line));
    let end = next < 0 ? lines.length : next;
    // What stands above the next key is about that.
    while (end > start + 1 && /^(#.*|\s*)$/.test(lines[end - 1]!)) end--;
    const config = lines.slice(start + 1, end);
    const [indent = ""] = /^\s*/.exec(config.find((line) => !isBlankOrComment(line)) ?? "  ")!;
    const isOwn = new RegExp(`^${indent}["']?aws:(${names.join("|")})["']?\\s*:`);
    const isKey = new RegExp(`^${indent}[^\\s#-]`);
    let dropped = false;
    const kept = config.filter((line) => {
        if (isKey.test(line)) dropped = isOwn.test(line);
        return !dropped || /^\s*#/.test(line);
    });
    return { before: lines.slice(0, start), head, indent, kept, after: lines.slice(end) };
}

function isBlankOrComment(line: string): boolean {
    return /^\s*(#.*)?$/.test(line);
}
