#!/usr/bin/env node
/**
 * The sandbox as a process of its own: starts the local AWS, prints the environment that points at it, and runs until it is told to stop.
 *
 * Stops on Ctrl-C, on SIGTERM, and when the process that forked it is gone. Nothing is left listening.
 */
import { parseArgs } from "node:util";

import { RunningClock, type Sandbox, startSandbox, writePulumiConfig } from "./index";

const usage = `Usage: sharded-stream-sandbox [options]

Starts a local AWS on 127.0.0.1 and prints the environment that points AWS SDKs, the aws CLI and Pulumi at it.

  --port N            listen on this port (default: any free one)
  --region R          region that ARNs carry (default: us-east-1)
  --speed F           sandbox seconds per real second, above 0 (default: 1)
  --record-weight N   each record written counts as N records of its size (default: 1)
  --burst-seconds F   depth of a shard's write limits in seconds (default: 1)
  --pulumi-config F   write what points Pulumi's aws provider here into a stack's file, such as Pulumi.sandbox.yaml
  --json              print one JSON document instead of shell lines
  --help              print this
`;

async function main(): Promise<void> {
    const settings = settingsFrom(process.argv.slice(2));
    if (!settings) return;
    const clock = new RunningClock({ speed: settings.speed });
    const sandbox = await startSandbox({ ...settings, clock });
    try {
        if (settings.pulumiConfig !== undefined) writePulumiConfig(sandbox, settings.pulumiConfig);
    } catch (error) {
        await sandbox.stop();
        throw error;
    }
    // Heard once from whichever side: a second signal finds the sandbox stopping already.
    const stop = once(async () => {
        await sandbox.stop();
        if (process.connected) process.disconnect();
    });
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void stop());
    process.on("disconnect", () => void stop());
    process.send?.({ endpoint: sandbox.endpoint, env: sandbox.env });
    process.stdout.write(settings.json ? `${JSON.stringify(documentOf(sandbox), null, 2)}\n` : shellLines(sandbox));
}

/** The settings of the command line; undefined once usage or an error has been printed. */
function settingsFrom(args: readonly string[]) {
    const text = { type: "string" } as const;
    try {
        const { values } = parseArgs({
            args: [...args],
            options: {
                port: text,
                region: text,
                speed: text,
                "record-weight": text,
                "burst-seconds": text,
                "pulumi-config": text,
                json: { type: "boolean" },
                help: { type: "boolean" },
            },
        });
        if (values.help) {
            process.stdout.write(usage);
            return undefined;
        }
        return {
            port: numberOf("--port", values.port, 0, { integer: true, least: 0, most: 65_535 }),
            region: values.region ?? "us-east-1",
            speed: numberOf("--speed", values.speed, 1, { above: 0, most: 1e6 }),
            recordWeight: numberOf("--record-weight", values["record-weight"], 1, { least: 1, most: 1e6 }),
            burstSeconds: numberOf("--burst-seconds", values["burst-seconds"], 1, { above: 0, most: 1e6 }),
            pulumiConfig: values["pulumi-config"],
            json: values.json ?? false,
        };
    } catch (error) {
        process.stderr.write(`${(error as Error).message}\n\n${usage}`);
        process.exitCode = 2;
        return undefined;
    }
}

function numberOf(
    flag: string,
    value: string | undefined,
    byDefault: number,
    range: { readonly integer?: true; readonly least?: number; readonly above?: number; readonly most: number },
): number {
    if (value === undefined) return byDefault;
    const number = value.trim() === "" ? NaN : Number(value);
    const isInside =
        number >= (range.least ?? -Infinity) && number > (range.above ?? -Infinity) && number <= range.most;
    if (isInside && (!range.integer || Number.isInteger(number))) return number;
    const from = range.least === undefined ? `above ${range.above}` : `of at least ${range.least}`;
    const kind = range.integer ? "a whole number" : "a number";
    throw new Error(`${flag}: "${value}" is not ${kind} ${from} and at most ${range.most}.`);
}

const documentOf = ({ endpoint, region, accountId, env }: Sandbox): object => ({ endpoint, region, accountId, env });

/** Lines for `eval` in a shell; the comments tell a person what they are. */
function shellLines({ endpoint, env, services }: Sandbox): string {
    return [
        `# A local AWS (${Object.keys(services).sort().join(", ")}) listens on ${endpoint}. Ctrl-C stops it.`,
        "# Paste these lines into another terminal to point AWS clients there:",
        // A profile or a session of the machine's user would win over the dummy credentials.
        "unset AWS_PROFILE AWS_SESSION_TOKEN",
        ...Object.entries(env).map(([name, value]) => `export ${name}=${quoted(value)}`),
        "",
    ].join("\n");
}

const quoted = (value: string): string => (/^[\w.,:/-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`);

function once(action: () => Promise<void>): () => Promise<void> {
    let running: Promise<void> | undefined;
    return () => (running ??= action());
}

main().catch((error: unknown) => {
    const failure = error as NodeJS.ErrnoException;
    const reason =
        failure.code === "EADDRINUSE" ? "That port is taken; leave --port out for any free one." : failure.message;
    process.stderr.write(`The sandbox could not start. ${reason}\n`);
    process.exitCode = 1;
});
