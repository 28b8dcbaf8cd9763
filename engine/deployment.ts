/**
 * One preview, update or destroy of the embedded engine: what the stack had, what its program registers, and what is
 * removed at the end.
 */
import { Hooks } from "./hooks";
import { type AnalyzedResource, type StartedPolicyPack } from "./policyPack";
import { type AwsSettings } from "./providers/aws";
import { type UnknownTypes } from "./providers/unknown";
import { OperationRecord, StoppedError } from "./record";
import { type ChosenProvider, StandIns } from "./standIns";
import { packageOf, type Properties, revealed, typeOf, typesOf, unknownValue } from "./values";

/** What is remembered of a stack. */
export interface EmbeddedStack {
    readonly resources: Map<string, KnownResource>;
    outputs: Record<string, unknown>;
}

/** A created resource, remembered for updates and for destroy. */
export interface KnownResource {
    readonly id: string;
    readonly inputs: Properties;
    readonly outputs: Properties;
    readonly provider: Properties;
    readonly retainOnDelete: boolean;
}

export interface DeploymentOptions {
    readonly projectName: string;
    readonly stackName: string;
    readonly preview: boolean;
    /** From where the program's relative paths are meant. */
    readonly programDirectory: string;
    readonly settings: AwsSettings;
    readonly stack: EmbeddedStack;
    /** By `organization/PROJECT/STACK`, for stack references. */
    readonly stacks: ReadonlyMap<string, EmbeddedStack>;
    readonly config: Readonly<Record<string, string>>;
    readonly unknown: UnknownTypes | undefined;
    readonly onOutput: ((text: string) => void) | undefined;
}

/** What names a resource of a program. */
export interface ResourceName {
    readonly type: string;
    readonly name: string;
    readonly parent: string;
}

const stackType = "pulumi:pulumi:Stack";
const stackReferenceType = "pulumi:pulumi:StackReference";

export class Deployment {
    readonly record: OperationRecord;
    readonly registered = new Map<string, AnalyzedResource>();
    rootUrn = "";
    policyPacks: readonly StartedPolicyPack[] = [];
    readonly hooks: Hooks;
    private readonly standIns: StandIns;

    constructor(readonly options: DeploymentOptions) {
        this.record = new OperationRecord(options.onOutput);
        this.hooks = new Hooks(this.record, options.preview);
        this.standIns = new StandIns(options.settings, options.config, options.unknown);
    }

    get urnPrefix(): string {
        return `urn:pulumi:${this.options.stackName}::${this.options.projectName}::`;
    }

    urnOf({ type, name, parent }: ResourceName): string {
        const parentTypes = parent === "" || typeOf(parent) === stackType ? "" : `${typesOf(parent)}$`;
        return `${this.urnPrefix}${parentTypes}${type}::${name}`;
    }

    providerOf(token: string, reference: string, urn = ""): Promise<ChosenProvider> {
        return this.record.acting(urn, async () => this.standIns.choose(token, reference));
    }

    declareProvider(urn: string, name: string, configuration: Properties): Promise<void> {
        return this.record.acting(urn, async () => this.standIns.declare(urn, name, configuration));
    }

    remember(urn: string, resource: KnownResource): void {
        if (!this.options.preview) this.options.stack.resources.set(urn, resource);
    }

    /** Remediates first, then judges what came of it, as the real engine does. */
    async judge(given: AnalyzedResource): Promise<AnalyzedResource> {
        const resource = await this.remediate(given);
        this.registered.set(resource.urn, resource);
        const verdicts = await Promise.all(
            this.policyPacks.map((pack) => this.record.acting(resource.urn, () => pack.analyze(resource))),
        );
        this.record.violated(verdicts.flat());
        // A preview goes on, so that all violations are seen at once.
        if (this.record.failed && !this.options.preview) throw new StoppedError("A mandatory policy is violated.");
        return resource;
    }

    private async remediate(given: AnalyzedResource): Promise<AnalyzedResource> {
        let resource = given;
        for (const pack of this.policyPacks) {
            const { properties, policies, diagnostics } = await this.record.acting(given.urn, () =>
                pack.remediate(resource),
            );
            resource = { ...resource, properties };
            for (const policy of policies) this.record.remediated({ policyPack: pack.name, policy, urn: given.urn });
            for (const message of diagnostics) this.record.log("info", message, given.urn);
        }
        return resource;
    }

    registerOutputs(urn: string, outputs: Properties): void {
        const resource = this.registered.get(urn);
        if (resource !== undefined)
            this.registered.set(urn, { ...resource, properties: { ...resource.properties, ...outputs } });
        if (typeOf(urn) !== stackType) return;
        const known = Object.entries(outputs).filter(([, value]) => value !== unknownValue);
        this.record.outputs = Object.fromEntries(known);
        if (!this.options.preview) this.options.stack.outputs = this.record.outputs;
    }

    async read(
        request: ResourceName & { provider: string; id: string; properties: Properties },
    ): Promise<{ urn: string; outputs: Properties }> {
        const urn = this.urnOf(request);
        const { plain } = revealed(request.properties);
        if (request.type === stackReferenceType) return { urn, outputs: this.referenced(plain.name as string, urn) };
        if (request.id === unknownValue || request.id === "") return { urn, outputs: plain };
        const { provider } = await this.providerOf(request.type, request.provider, urn);
        const read = await this.record.acting(urn, () => provider.read(urn, request.id, plain, {}));
        if (read === undefined) this.record.refuse(`${request.type} ${request.id} does not exist.`, urn);
        this.record.count("read", urn, plain, read.outputs);
        return { urn, outputs: read.outputs };
    }

    async invoke(token: string, args: Properties, reference: string): Promise<Properties> {
        const { provider } = await this.providerOf(token, reference);
        return this.record.acting("", () => provider.invoke(token, revealed(args).plain));
    }

    /** After the program's end: judges the whole stack, removes what it no longer declares, prints the summary. */
    async finish(exitCode: number): Promise<void> {
        const { record } = this;
        if (exitCode !== 0 && !record.failed) record.fail(`The program ended with code ${exitCode}.`);
        if (!record.failed) {
            const resources = [...this.registered.values()];
            for (const pack of this.policyPacks) record.violated(await pack.analyzeStack(resources));
        }
        if (!record.failed)
            await this.removeAll([...this.options.stack.resources.keys()].filter((urn) => !this.registered.has(urn)));
        record.summarize();
    }

    async destroy(signal: AbortSignal | undefined): Promise<void> {
        await this.removeAll([...this.options.stack.resources.keys()], signal);
        if (!this.record.failed) this.options.stack.outputs = {};
        this.record.summarize();
    }

    close(): void {
        this.standIns.close();
        this.hooks.close();
    }

    /** In the reverse order of registration: whoever was registered later may depend on the earlier. */
    private async removeAll(urns: string[], signal?: AbortSignal): Promise<void> {
        const { preview, stack } = this.options;
        for (const urn of urns.reverse()) {
            const { id, inputs, outputs, provider, retainOnDelete } = stack.resources.get(urn)!;
            if (signal?.aborted) this.record.refuse("Cancelled.");
            if (!preview) {
                if (!retainOnDelete) {
                    await this.record.acting(urn, () =>
                        this.standIns.of(packageOf(typeOf(urn)), provider).delete(urn, id, outputs),
                    );
                }
                stack.resources.delete(urn);
            }
            this.record.count("delete", urn, inputs, outputs);
        }
    }

    private referenced(name: string, urn: string): Properties {
        const stack = this.options.stacks.get(name);
        if (stack !== undefined) return { name, outputs: stack.outputs, secretOutputNames: [] };
        return this.record.refuse(
            `unknown stack "${name}". The embedded engine knows the stacks of this session.`,
            urn,
        );
    }
}
