/**
 * The environment of every engine, program, policy pack and language host that the sandbox starts: nothing of the
 * caller's Pulumi, AWS or Node.js settings, so that no real account and no real backend can be meant.
 */
import * as path from "node:path";

export type Environment = Readonly<Record<string, string | undefined>>;

const scrubbed = /^(PULUMI_|AWS_|NODE_OPTIONS$|NODE_V8_COVERAGE$|TS_NODE_|OTEL_|GRPC_)/;
const proxies = /^(https?|all|no|grpc)_proxy$/i;

export function scrubbedEnvironment(from: Environment, additions: Record<string, string>): Record<string, string> {
    const kept = Object.entries(from).filter(
        (entry): entry is [string, string] =>
            entry[1] !== undefined && !scrubbed.test(entry[0]) && !proxies.test(entry[0]),
    );
    return {
        ...Object.fromEntries(kept),
        // Everything that a sandboxed process talks to is on the loopback.
        NO_PROXY: "127.0.0.1,localhost,::1",
        no_proxy: "127.0.0.1,localhost,::1",
        ...additions,
    };
}

/** Where programs are looked for. */
export function pathFolders({ PATH, Path }: Environment): string[] {
    return (PATH ?? Path ?? "").split(path.delimiter).filter((folder) => folder !== "");
}
