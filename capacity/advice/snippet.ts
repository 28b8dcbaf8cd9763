/**
 * The program to paste for a choice: TypeScript, as the README writes it.
 */
import { limits } from "../limits";
import { type Requirements } from "../requirements";
import { planCapacity } from "../sizing/plan";
import { capitalized, count, uncapitalized } from "../text";
import { type Deployment } from "./choices";
import { requirementsFor } from "./declare";

export interface SnippetInput {
    /** The stream's name. */
    readonly name: string;
    readonly requirements: Requirements;
    readonly retentionHours: number;
    readonly deployment: Deployment;
    /** Splits and merges a day, and the part that may be refused, where they are not the defaults. */
    readonly maxReshardsPerDay?: number;
    readonly refusedShareSlo?: number;
}

/**
 * @example
 * snippetOf({ name: "orders", requirements: { writeMiBPerSecond: 3.5, recordsPerSecond: 2500 }, retentionHours: 24, deployment: { kind: "static", shards: 5 } })
 */
export function snippetOf(input: SnippetInput): string {
    const { deployment, retentionHours } = input;
    const requirements =
        deployment.kind === "static" ? requirementsFor(deployment.shards, input.requirements) : input.requirements;
    const args = [
        `requirements: ${literal({ ...requirements })}`,
        ...(retentionHours === limits.retentionHoursDefault ? [] : [`retentionHours: ${retentionHours}`]),
        ...deployedAs(input, requirements),
    ];
    const logicalName = JSON.stringify(input.name);
    return [
        `import { ShardedStream } from "sharded-stream";`,
        "",
        ...comments(input, requirements),
        `export const ${identifier(input.name)} = new ShardedStream(${logicalName}, {`,
        ...args.map((line) => `  ${line},`),
        "});",
    ].join("\n");
}

function comments({ deployment, requirements: seen }: SnippetInput, declared: Requirements): string[] {
    if (deployment.kind === "onDemandAdvantage")
        return ["// On-demand Advantage is switched on for the whole account, beside this program."];
    if (seen.writeMiBPerSecond <= declared.writeMiBPerSecond && seen.recordsPerSecond <= declared.recordsPerSecond)
        return spared(seen, declared);
    return [
        `// Its busiest minute was ${seen.writeMiBPerSecond} MiB/s and ${seen.recordsPerSecond} records/s; what is above this declaration is refused.`,
    ];
}

/** Two numbers for one thing, the measured headroom and the declared one, are told apart where they are pasted. */
function spared(seen: Requirements, declared: Requirements): string[] {
    if ((declared.headroom ?? 0) >= (seen.headroom ?? 0)) return [];
    const { recommendedShards } = planCapacity(seen);
    return [
        `// headroom: ${declared.headroom} was enough for these days; headroom: ${seen.headroom}, which their scatter asks for, is ${count(recommendedShards, "shard")}.`,
    ];
}

function deployedAs({ deployment, ...input }: SnippetInput, requirements: Requirements): string[] {
    switch (deployment.kind) {
        case "static": {
            // Never a count that contradicts the declaration: what the plan recommends needs none.
            const planned = planCapacity(requirements).recommendedShards;
            return planned === deployment.shards ? [] : [`shardCount: ${deployment.shards}`];
        }
        case "scaled": {
            const { mode, minShards, maxShards } = deployment;
            const { maxReshardsPerDay, refusedShareSlo } = input;
            const given = { maxReshardsPerDay, refusedShareSlo };
            const more = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
            return [`scaling: ${literal({ mode, minShards, maxShards, ...more })}`];
        }
        default:
            return [`capacityMode: "on-demand"`];
    }
}

function literal(values: Readonly<Record<string, unknown>>): string {
    const members = Object.entries(values).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
    return `{ ${members.join(", ")} }`;
}

/** A name as a variable: `orders-live` is ordersLive. */
function identifier(name: string): string {
    const camel = name.replace(/[^A-Za-z0-9]+(.)?/g, (_, next: string | undefined) => (next ?? "").toUpperCase());
    const lower = uncapitalized(camel);
    return /^[a-z]/.test(lower) && !reserved.has(lower) ? lower : `stream${capitalized(camel)}`;
}

/** What no variable of a module may be called: ECMAScript's reserved words, those of strict mode too, and what CommonJS gives each module. */
const reserved = new Set(
    [
        "await break case catch class const continue debugger default delete do else enum export extends false finally for function",
        "if import in instanceof new null return super switch this throw true try typeof var void while with yield",
        "let static implements interface package private protected public arguments eval",
        "exports require",
    ].flatMap((words) => words.split(" ")),
);
