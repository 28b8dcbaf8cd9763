/**
 * What an engine is to the demo and to the tests, real or embedded: preview, up and destroy of a project folder against
 * the sandbox, with what happened as values.
 */
import { type FoundEngine } from "./find";

/** Where the stand-in providers create things: a started sandbox is one. */
export interface Target {
    /** `http://127.0.0.1:PORT` */
    readonly endpoint: string;
    readonly region: string;
    readonly accountId: string;
    /** The environment that points a child process's AWS clients at the endpoint. */
    readonly env: Readonly<Record<string, string>>;
}

export interface PolicyPack {
    readonly directory: string;
    /** By policy name: a level, or properties and a level, as in Pulumi's policy configuration file. */
    readonly config?: Readonly<Record<string, unknown>>;
}

export interface Operation {
    /** The folder with Pulumi.yaml. Nothing in it is written. */
    readonly projectDir: string;
    /** @default "dev" */
    readonly stack?: string;
    /** The stack's configuration, where it is not the project's own Pulumi.STACK.yaml. */
    readonly configFile?: string;
    /** `{ "orders:shardCount": 2 }`; a key without a colon belongs to the project. Objects become JSON. */
    readonly config?: Readonly<Record<string, unknown>>;
    readonly policyPacks?: readonly (string | PolicyPack)[];
    /** Read what AWS says before comparing. The embedded engine has no state to compare and leaves it out. */
    readonly refresh?: boolean;
    /** Further variables for the program. */
    readonly environment?: Readonly<Record<string, string>>;
    /** Address of a language host that runs the program, where one is there already. */
    readonly languageHost?: string;
    /** Live, as it is written. */
    readonly onOutput?: (text: string) => void;
    /** Cancels: what runs is ended, the result has a non-zero exit code. */
    readonly signal?: AbortSignal;
    /** @default false */
    readonly color?: boolean;
}

export type EnforcementLevel = "advisory" | "mandatory" | "remediate" | "disabled";

export interface Violation {
    readonly policy: string;
    readonly policyPack: string;
    readonly level: EnforcementLevel;
    readonly message: string;
    readonly urn: string;
}

export interface Diagnostic {
    readonly severity: "error" | "warning" | "info";
    readonly message: string;
    readonly urn?: string;
}

/** What happens, or in a preview would happen, to one resource. */
export interface ResourceStep {
    /** `create`, `update`, `delete`, `same`, `replace`, `read`, ... as Pulumi says it. Provider resources are left out. */
    readonly op: string;
    readonly urn: string;
    readonly type: string;
    /** The inputs after the provider's check. */
    readonly inputs: Readonly<Record<string, unknown>>;
    /** Properties that differ; where the provider says so. */
    readonly diffs: readonly string[];
    /** As AWS has it after an update; in a preview what is known. Secrets as "[secret]". */
    readonly outputs: Readonly<Record<string, unknown>>;
}

export interface OperationResult extends CommandResult {
    readonly violations: readonly Violation[];
    readonly diagnostics: readonly Diagnostic[];
    /** How many resources had each operation: `{ create: 3, same: 1 }`. The stack itself counts. */
    readonly changes: Readonly<Record<string, number>>;
    readonly steps: readonly ResourceStep[];
    /** The stack's outputs; secrets as "[secret]"; what a preview does not know is left out. */
    readonly outputs: Readonly<Record<string, unknown>>;
    readonly milliseconds: number;
}

export interface CommandResult {
    /** 0: done. Anything else: the program, a policy, a provider or a cancellation stopped it. */
    readonly exitCode: number;
    readonly stdout: string;
    readonly stderr: string;
}

export interface Engine {
    readonly kind: "real" | "embedded";
    readonly version: string;
    /** For people: which engine this is, and what it cannot do. */
    readonly banner: string;
    readonly found: FoundEngine;
    preview(operation: Operation): Promise<OperationResult>;
    up(operation: Operation): Promise<OperationResult>;
    destroy(operation: Operation): Promise<OperationResult>;
    /** Any other command of the CLI, in the same surroundings: `["package", "get-schema", "."]`. Only the real engine has it. */
    command?(args: readonly string[], cwd: string): Promise<CommandResult>;
    /** Ends what runs, stops listening, removes temporary folders. Resources in the sandbox stay. */
    close(): Promise<void>;
}

export function policyPackOf(pack: string | PolicyPack): PolicyPack {
    return typeof pack === "string" ? { directory: pack } : pack;
}

export function configText(value: unknown): string {
    return typeof value === "string" ? value : JSON.stringify(value);
}
