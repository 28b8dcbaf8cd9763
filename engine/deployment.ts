// One preview or update of the embedded engine: registrations in, URNs, policies' verdicts and created resources out.
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual, stripVTControlCharacters } from "node:util";
import { Aws, type AwsSettings } from "./providers/aws";
import { nameOf, type Properties, StandInProvider, typeOf, unknownValue } from "./providers/provider";
import { type ProviderName, tables } from "./providers/tables";
import { withConfiguration } from "./providers/server";
import { type EmbeddedStack } from "./embedded";
import { type Diagnostic, type OperationResult, type ResourceStep, type Violation } from "./engine";
import { type AnalyzedResource, type StartedPolicyPack } from "./policyPack";
import { masked, revealed, withSecrets } from "./values";

export interface DeploymentOptions {
    readonly projectName: string;
    readonly stackName: string;
    readonly preview: boolean;
    readonly settings: AwsSettings;
    readonly stack: EmbeddedStack;
    /** By `organization/PROJECT/STACK`, for stack references. */
    readonly stacks: ReadonlyMap<string, EmbeddedStack>;
    readonly config: Readonly<Record<string, string>>;
    readonly onOutput: ((text: string) => void) | undefined;
}

/** A created resource, remembered for updates and for destroy. */
export interface KnownResource {
    readonly urn: string;
    readonly id: string;
    readonly inputs: Properties;
    readonly outputs: Properties;
    readonly provider: Properties;
    readonly retainOnDelete: boolean;
}

export interface Registration {
    readonly type: string;
    readonly name: string;
    readonly parent: string;
    readonly custom: boolean;
    readonly remote: boolean;
    /** `URN::ID` of a provider resource; empty: the default provider, or the parent's. */
    readonly provider: string;
    readonly providers: Readonly<Record<string, string>>;
    readonly properties: Properties;
    readonly dependencies: readonly string[];
    readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
    readonly protect: boolean;
    readonly ignoreChanges: readonly string[];
    readonly retainOnDelete: boolean;
    readonly importId: string;
}

export interface Registered {
    readonly urn: string;
    readonly id: string;
    readonly outputs: Properties;
}

/** The deployment goes no further; why was said already. */
export class StoppedError extends Error {}

const stackType = "pulumi:pulumi:Stack";
const providerTypePrefix = "pulumi:providers:";
const stashType = "pulumi:index:Stash";
const stackReferenceType = "pulumi:pulumi:StackReference";

export class Deployment {
    readonly projectName: string;
    readonly stackName: string;
    readonly config: Readonly<Record<string, string>>;
    rootUrn = "";
    policyPacks: readonly StartedPolicyPack[] = [];

    private readonly startedAtMs = Date.now();
    private readonly steps: ResourceStep[] = [];
    private readonly violations: Violation[] = [];
    private readonly diagnostics: Diagnostic[] = [];
    private readonly changes: Record<string, number> = {};
    private readonly providers = new Map<string, { provider: StandInProvider; configuration: Properties }>();
    private readonly registered = new Map<string, AnalyzedResource>();
    private stdout = "";
    private stderr = "";
    private failed = false;

    constructor(private readonly options: DeploymentOptions) {
        this.projectName = options.projectName;
        this.stackName = options.stackName;
        this.config = options.config;
    }

    say(line: string): void {
        this.stdout += `${line}\n`;
        this.options.onOutput?.(`${line}\n`);
    }

    complain(line: string): void {
        this.stderr += `${line}\n`;
        this.options.onOutput?.(`${line}\n`);
    }

    log(severity: Diagnostic["severity"], colored: string, urn = ""): void {
        const message = stripVTControlCharacters(colored).trim();
        this.diagnostics.push({ severity, message, ...(urn ? { urn } : {}) });
        if (severity === "error") this.failed = true;

        this.complain(`${severity}: ${urn ? `${typeOf(urn)} ${nameOf(urn)}: ` : ""}${message}`);
    }

    fail(message: string, urn = ""): void {
        this.log("error", message, urn);
    }

    refuse(message: string, urn = ""): never {
        this.fail(message, urn);
        throw new StoppedError(message);
    }

    async register(registration: Registration): Promise<Registered> {
        const { type, properties } = registration;
        if (this.failed && !this.options.preview) throw new StoppedError("The update was stopped.");

        const urn = this.urnOf(registration);
        if (this.registered.has(urn)) this.refuse(`Duplicate resource URN '${urn}'; try giving it a unique name`, urn);

        if (registration.remote) this.refuse("Components of other packages need the real engine.", urn);

        const { plain, secrets } = revealed(properties);
        if (type.startsWith(providerTypePrefix))
            return this.registerProvider(urn, type.slice(providerTypePrefix.length), plain);

        if (!registration.custom || type === stashType) return this.registerOwn(urn, registration, plain);

        const { provider, configuration, providerUrn } = this.providerOf(registration, urn);
        const known = this.options.stack.resources.get(urn);
        const given = withIgnored(plain, known?.inputs ?? {}, registration.ignoreChanges);
        const { inputs, failures } = await this.acting(urn, async () =>
            provider.check(urn, known?.inputs ?? {}, given),
        );
        failures.forEach(({ reason, property }) =>
            this.fail(`${reason} Examine values at '${nameOf(urn)}.${property}'.`, urn),
        );
        if (failures.length > 0) throw new StoppedError("The inputs were refused.");

        const analyzed = {
            ...this.analyzed(urn, registration, inputs),
            provider: {
                urn: providerUrn,
                type: `${providerTypePrefix}${packageOf(type)}`,
                name: nameOf(providerUrn),
                properties: configuration,
            },
        };
        await this.judge(analyzed);
        const { id, outputs } = await this.acting(urn, () => this.put(urn, provider, inputs, known, registration));
        this.registered.set(urn, { ...analyzed, properties: outputs });
        if (!this.options.preview) {
            const { retainOnDelete } = registration;
            this.remember(urn, { id, inputs, outputs, provider: configuration, retainOnDelete });
        }
        return { urn, id, outputs: withSecrets(outputs, secrets) };
    }

    /** What exists in the engine alone: components, the stack, and a stash, which keeps the first value that it was given. */
    private async registerOwn(urn: string, registration: Registration, given: Properties): Promise<Registered> {
        const known = this.options.stack.resources.get(urn);
        const inputs = withIgnored(given, known?.inputs ?? {}, registration.ignoreChanges);
        await this.judge(this.analyzed(urn, registration, inputs));
        this.count(
            known === undefined ? "create" : isDeepStrictEqual(known.inputs, inputs) ? "same" : "update",
            urn,
            inputs,
        );
        if (!registration.custom) {
            this.remember(urn, { id: "", inputs, outputs: inputs, provider: {}, retainOnDelete: true });
            return { urn, id: "", outputs: registration.properties };
        }
        const outputs = { ...inputs, output: known === undefined ? inputs.input : known.outputs.output };
        const id = known?.id ?? (this.options.preview ? "" : randomUUID());
        this.remember(urn, { id, inputs, outputs, provider: {}, retainOnDelete: true });
        return { urn, id, outputs };
    }

    registerOutputs(urn: string, outputs: Properties): void {
        const resource = this.registered.get(urn);
        if (resource !== undefined)
            this.registered.set(urn, { ...resource, properties: { ...resource.properties, ...outputs } });

        if (typeOf(urn) === stackType) {
            const known = Object.entries(outputs).filter(([, value]) => value !== unknownValue);
            this.outputs = Object.fromEntries(known);
            if (!this.options.preview) this.options.stack.outputs = this.outputs;
        }
    }

    async read(request: {
        type: string;
        name: string;
        parent: string;
        provider: string;
        id: string;
        properties: Properties;
    }): Promise<{ urn: string; outputs: Properties }> {
        const urn = this.urnOf(request);
        const { plain } = revealed(request.properties);
        if (request.type === stackReferenceType) return { urn, outputs: this.referenced(plain.name as string, urn) };

        if (request.id === unknownValue || request.id === "") return { urn, outputs: plain };

        const { provider } = this.providerOf(request, urn);
        const read = await this.acting(urn, () => provider.read(urn, request.id, plain, {}));
        if (read === undefined) this.refuse(`${request.type} ${request.id} does not exist.`, urn);

        this.count("read", urn, plain);
        return { urn, outputs: read.outputs };
    }

    async invoke(token: string, args: Properties, providerReference: string): Promise<Properties> {
        const { provider } = this.providerOf({ type: token, provider: providerReference, parent: "" }, "");
        return this.acting("", () => provider.invoke(token, revealed(args).plain));
    }

    /** After the program's end: judges the whole stack, removes what it no longer declares, prints the summary. */
    async finish(exitCode: number): Promise<void> {
        const exitCodeAfterMessage = 32;
        if (exitCode !== 0 && !(exitCode === exitCodeAfterMessage && this.failed))
            this.failed ||= this.complainOf(`The program ended with code ${exitCode}.`);

        if (!this.failed) {
            const resources = [...this.registered.values()];
            for (const pack of this.policyPacks)
                (await pack.analyzeStack(resources)).forEach((violation) => this.addViolation(violation));
        }
        if (!this.failed) {
            const gone = [...this.options.stack.resources.keys()].filter((urn) => !this.registered.has(urn));
            await this.removeAll(gone.reverse());
        }
        this.summarize();
    }

    /** In the reverse order of registration: whoever was registered later may depend on the earlier. */
    async destroy(signal: AbortSignal | undefined): Promise<void> {
        await this.removeAll([...this.options.stack.resources.keys()].reverse(), signal);
        if (!this.failed) this.options.stack.outputs = {};

        this.summarize();
    }

    result(): OperationResult {
        return {
            exitCode: this.failed ? 1 : 0,
            stdout: this.stdout,
            stderr: this.stderr,
            violations: this.violations,
            diagnostics: this.diagnostics,
            changes: this.changes,
            steps: this.steps,
            outputs: masked(this.outputs) as Record<string, unknown>,
            milliseconds: Date.now() - this.startedAtMs,
        };
    }

    close(): void {
        this.providers.forEach(({ provider }) => provider.aws.close());
        this.providers.clear();
    }

    private outputs: Properties = {};

    private async put(
        urn: string,
        provider: StandInProvider,
        inputs: Properties,
        known: KnownResource | undefined,
        registration: Registration,
    ): Promise<{ id: string; outputs: Properties }> {
        const { preview } = this.options;
        if (registration.importId !== "") this.refuse("Importing needs the real engine.", urn);

        if (known === undefined) {
            const created = await provider.create(urn, inputs, preview);
            this.count("create", urn, inputs);
            return created;
        }
        const { changed, replaces } = provider.diff(urn, known.inputs, inputs);
        if (changed.length === 0) {
            this.count("same", urn, inputs);
            return known;
        }
        if (replaces.length > 0) {
            if (!preview) await provider.delete(urn, known.id, known.outputs);

            const replaced = await provider.create(urn, inputs, preview);
            this.count("replace", urn, inputs, changed);
            return replaced;
        }
        const update = { state: known.outputs, oldInputs: known.inputs, news: inputs, preview };
        const outputs = await provider.update(urn, known.id, update);
        this.count("update", urn, inputs, changed);
        return { id: known.id, outputs };
    }

    private async removeAll(urns: readonly string[], signal?: AbortSignal): Promise<void> {
        for (const urn of urns) {
            const { id, inputs, outputs, provider, retainOnDelete } = this.options.stack.resources.get(urn)!;
            if (signal?.aborted) this.refuse("Cancelled.");

            if (!this.options.preview) {
                if (!retainOnDelete) {
                    const standIn = this.standIn(packageOf(typeOf(urn)), provider, urn);
                    await this.acting(urn, () => standIn.delete(urn, id, outputs));
                }
                this.options.stack.resources.delete(urn);
            }
            this.count("delete", urn, inputs);
        }
    }

    private async judge(resource: AnalyzedResource): Promise<void> {
        this.registered.set(resource.urn, resource);
        const verdicts = await Promise.all(
            this.policyPacks.map((pack) => this.acting(resource.urn, () => pack.analyze(resource))),
        );
        verdicts.flat().forEach((violation) => this.addViolation(violation));
        // A preview goes on, so that all violations are seen at once.
        if (this.failed && !this.options.preview) throw new StoppedError("A mandatory policy is violated.");
    }

    private addViolation(violation: Violation): void {
        this.violations.push(violation);
        if (violation.level === "mandatory") this.failed = true;
    }

    private summarize(): void {
        if (this.violations.length > 0) {
            this.say("Policies:");
            for (const { level, policyPack, policy, message, urn } of this.violations) {
                const where = urn ? ` (${typeOf(urn)}: ${nameOf(urn)})` : "";
                this.say(`    [${level}]  ${policyPack}  ${policy}${where}`);
                message.split("\n").forEach((line) => this.say(`        ${line}`));
            }
        }
        const outputs = Object.entries(masked(this.outputs) as Properties);
        if (outputs.length > 0) {
            this.say("Outputs:");
            outputs.forEach(([name, value]) => this.say(`    ${name}: ${JSON.stringify(value)}`));
        }
        this.say("Resources:");
        Object.entries(this.changes).forEach(([op, count]) => this.say(`    ${op}: ${count}`));
    }

    private complainOf(message: string): true {
        this.fail(message);
        return true;
    }

    private registerProvider(urn: string, name: string, configuration: Properties): Registered {
        this.standIn(name, configuration, urn);
        const id = this.options.preview ? unknownValue : randomUUID();
        this.explicitProviders.set(urn, { name, configuration });
        return { urn, id, outputs: configuration };
    }

    private readonly explicitProviders = new Map<string, { name: string; configuration: Properties }>();

    /** A resource's own provider, or its package's default one with the stack's configuration. */
    private providerOf({ type, provider }: { type: string; provider: string; parent: string }, urn: string) {
        const name = packageOf(type);
        const providerUrn = provider.slice(0, provider.lastIndexOf("::"));
        const explicit = provider === "" ? undefined : this.explicitProviders.get(providerUrn);
        const configuration = explicit?.configuration ?? this.configurationOf(name);
        return {
            provider: this.standIn(name, configuration, urn),
            configuration,
            providerUrn: explicit ? providerUrn : `${this.urnPrefix}${providerTypePrefix}${name}::default`,
        };
    }

    private configurationOf(name: string): Properties {
        const own = Object.entries(this.config).filter(([key]) => key.startsWith(`${name}:`));
        return Object.fromEntries(own.map(([key, value]) => [key.slice(name.length + 1), value]));
    }

    private standIn(name: string, configuration: Properties, urn: string): StandInProvider {
        if (!(name in tables)) {
            const known = Object.keys(tables).join(" and ");
            this.refuse(`The embedded engine has stand-ins for ${known} only; ${name} needs the real engine.`, urn);
        }
        const key = JSON.stringify([name, configuration]);
        const found = this.providers.get(key);
        if (found !== undefined) return found.provider;

        const aws = new Aws(withConfiguration(this.options.settings, configuration));
        const provider = new StandInProvider(tables[name as ProviderName], aws);
        this.providers.set(key, { provider, configuration });
        return provider;
    }

    private referenced(name: string, urn: string): Properties {
        const stack = this.options.stacks.get(name);
        if (stack === undefined)
            this.refuse(`unknown stack "${name}". The embedded engine knows the stacks of this session.`, urn);

        return { name, outputs: stack.outputs, secretOutputNames: [] };
    }

    private analyzed(urn: string, registration: Registration, properties: Properties): AnalyzedResource {
        const { type, name, parent, dependencies, propertyDependencies, protect, ignoreChanges } = registration;
        return { urn, type, name, parent, properties, dependencies, propertyDependencies, protect, ignoreChanges };
    }

    private remember(urn: string, resource: Omit<KnownResource, "urn">): void {
        if (!this.options.preview) this.options.stack.resources.set(urn, { urn, ...resource });
    }

    private count(op: string, urn: string, inputs: Properties, diffs: readonly string[] = []): void {
        this.changes[op] = (this.changes[op] ?? 0) + 1;
        this.steps.push({ op, urn, type: typeOf(urn), inputs, diffs });
        const sign = { create: "+", update: "~", delete: "-", replace: "+-", same: " ", read: ">" }[op] ?? " ";
        const what = diffs.length > 0 ? ` [${diffs.join(", ")}]` : "";
        this.say(` ${sign.padEnd(2)} ${typeOf(urn)} ${nameOf(urn)} ${op}${what}`);
    }

    private async acting<T>(urn: string, act: () => Promise<T>): Promise<T> {
        try {
            return await act();
        } catch (error) {
            if (error instanceof StoppedError) throw error;

            return this.refuse((error as Error).message, urn);
        }
    }

    private get urnPrefix(): string {
        return `urn:pulumi:${this.stackName}::${this.projectName}::`;
    }

    private urnOf({ type, name, parent }: { type: string; name: string; parent: string }): string {
        const parentTypes = parent === "" || typeOf(parent) === stackType ? "" : `${parent.split("::")[2] ?? ""}$`;
        return `${this.urnPrefix}${parentTypes}${type}::${name}`;
    }
}

function packageOf(token: string): string {
    return token.split(":")[0] ?? "";
}

/** Only whole properties can be ignored here: `shardCount`, not `tags.team`. */
function withIgnored(news: Properties, olds: Properties, ignored: readonly string[]): Properties {
    const kept = ignored.filter((property) => property in olds).map((property) => [property, olds[property]] as const);
    return { ...news, ...Object.fromEntries(kept) };
}
