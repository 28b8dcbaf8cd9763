/**
 * A policy pack as the embedded engine uses it: the pack's own process, asked over pulumirpc.Analyzer.
 */
import { type ChildProcess } from "node:child_process";
import * as path from "node:path";
import * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import * as rpc from "@pulumi/pulumi/proto/analyzer_pb";
import { type Properties } from "./values";
import { type EnforcementLevel, type PolicyPack, type Violation } from "./engine";
import { properties, struct } from "./grpc";
import { startPolicyPack } from "./languageHost";

/** A resource as policies see it: inputs after the provider's check, or outputs once the stack is complete. */
export interface AnalyzedResource {
    readonly urn: string;
    readonly type: string;
    readonly name: string;
    readonly parent: string;
    readonly properties: Properties;
    readonly dependencies: readonly string[];
    readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
    readonly protect: boolean;
    readonly ignoreChanges: readonly string[];
    readonly provider?: {
        readonly urn: string;
        readonly type: string;
        readonly name: string;
        readonly properties: Properties;
    };
}

export interface StartedPolicyPack {
    readonly name: string;
    readonly version: string;
    /** What the policies at the level `remediate` make of the resource; the others see the result. */
    remediate(resource: AnalyzedResource): Promise<Remediated>;
    analyze(resource: AnalyzedResource): Promise<Violation[]>;
    analyzeStack(resources: readonly AnalyzedResource[]): Promise<Violation[]>;
    kill(): void;
}

export interface Remediated {
    readonly properties: Properties;
    /** The policies that changed something, in their order. */
    readonly policies: readonly string[];
    /** Why one could not. */
    readonly diagnostics: readonly string[];
}

const levels: readonly EnforcementLevel[] = ["advisory", "mandatory", "disabled", "remediate"];
const startSecondsMax = 60;

export async function openPolicyPack(
    pack: PolicyPack,
    engineAddress: string,
    environment: NodeJS.ProcessEnv,
): Promise<StartedPolicyPack> {
    const directory = path.resolve(pack.directory);
    const child = startPolicyPack(directory, [engineAddress], environment);
    const port = await portOf(child, directory);
    const client = new AnalyzerClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    const kill = () => {
        client.close();
        child.kill();
    };
    try {
        const info = await call<Empty, rpc.AnalyzerInfo>(client.getAnalyzerInfo.bind(client), new Empty());
        const configured = configuration(info, pack.config ?? {});
        await call(client.configure.bind(client), configured);
        const violations = (response: rpc.AnalyzeResponse, urn: string): Violation[] =>
            response.getDiagnosticsList().map((diagnostic) => ({
                policy: diagnostic.getPolicyname(),
                policyPack: diagnostic.getPolicypackname() || info.getName(),
                level: levels[diagnostic.getEnforcementlevel()] ?? "mandatory",
                message: diagnostic.getMessage().trim(),
                urn: diagnostic.getUrn() || urn,
            }));
        return {
            name: info.getName(),
            version: info.getVersion(),
            remediate: async (resource) => {
                if (!remediates(configured)) return { properties: resource.properties, policies: [], diagnostics: [] };
                const request = described(new rpc.AnalyzeRequest(), resource);
                return remediated(await call(client.remediate.bind(client), request), resource);
            },
            analyze: async (resource) => {
                const request = described(new rpc.AnalyzeRequest(), resource);
                return violations(await call(client.analyze.bind(client), request), resource.urn);
            },
            analyzeStack: async (resources) => {
                const request = new rpc.AnalyzeStackRequest().setResourcesList(resources.map(stackResource));
                return violations(await call(client.analyzeStack.bind(client), request), "");
            },
            kill,
        };
    } catch (error) {
        kill();
        throw error;
    }
}

/** The pack prints its port on the first line. */
function portOf(child: ChildProcess, directory: string): Promise<number> {
    return new Promise((resolve, reject) => {
        let stdout = "";
        let stderr = "";
        const fail = (reason: string) => {
            clearTimeout(limit);
            child.kill();
            reject(new Error(`The policy pack in ${directory} did not start: ${reason}`));
        };
        const limit = setTimeout(() => fail(`no port within ${startSecondsMax} s.`), startSecondsMax * 1000);
        child.stdout?.setEncoding("utf8").on("data", (text: string) => {
            stdout += text;
            const port = /^(\d+)\r?\n/.exec(stdout)?.[1];
            if (port !== undefined) {
                clearTimeout(limit);
                resolve(Number(port));
            }
        });
        child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
        child.on("error", (error) => fail(error.message));
        child.on("exit", (code) => fail(stderr.trim() || stdout.trim() || `it ended with code ${code}.`));
    });
}

/** Defaults of each policy's configSchema, then the pack's own initial configuration, then what the caller gives. */
function configuration(info: rpc.AnalyzerInfo, given: Readonly<Record<string, unknown>>): rpc.ConfigureAnalyzerRequest {
    const request = new rpc.ConfigureAnalyzerRequest();
    const everywhere = configOf(given.all);
    for (const policy of info.getPoliciesList()) {
        const name = policy.getName();
        const initial = info.getInitialconfigMap().get(name);
        const own = configOf(given[name]);
        const schema = (policy.getConfigschema()?.getProperties()?.toJavaScript() ?? {}) as Record<string, Properties>;
        const defaults = Object.entries(schema)
            .filter(([, property]) => property.default !== undefined)
            .map(([property, { default: value }]) => [property, value] as const);
        const properties = {
            ...Object.fromEntries(defaults),
            ...(initial?.getProperties()?.toJavaScript() as Properties | undefined),
            ...own.properties,
        };
        const missing = policy
            .getConfigschema()
            ?.getRequiredList()
            .filter((property) => properties[property] === undefined);
        if (missing?.length)
            throw new Error(`Policy ${name} of pack ${info.getName()} needs configuration: ${missing.join(", ")}.`);
        const level = own.level ?? everywhere.level;
        const config = new rpc.PolicyConfig()
            .setProperties(struct(properties))
            .setEnforcementlevel(
                level === undefined
                    ? (initial?.getEnforcementlevel() ?? policy.getEnforcementlevel())
                    : (levels.indexOf(level) as rpc.EnforcementLevel),
            );
        request.getPolicyconfigMap().set(name, config);
    }
    return request;
}

/** `"mandatory"`, or `{ "enforcementLevel": "mandatory", ... }`. */
function configOf(value: unknown): { level?: EnforcementLevel; properties: Properties } {
    if (typeof value === "string") return { level: value as EnforcementLevel, properties: {} };
    const { enforcementLevel, ...properties } = (value ?? {}) as Properties & { enforcementLevel?: EnforcementLevel };
    return { ...(enforcementLevel ? { level: enforcementLevel } : {}), properties };
}

function remediates(configured: rpc.ConfigureAnalyzerRequest): boolean {
    let any = false;
    configured.getPolicyconfigMap().forEach((config) => (any ||= levels[config.getEnforcementlevel()] === "remediate"));
    return any;
}

/** The last one that changed something had what the others made of it before. */
function remediated(response: rpc.RemediateResponse, { properties: given }: AnalyzedResource): Remediated {
    const remediations = response.getRemediationsList();
    const changed = remediations.filter((remediation) => remediation.hasProperties());
    const last = changed[changed.length - 1];
    return {
        properties: last === undefined ? given : properties(last.getProperties()),
        policies: changed.map((remediation) => remediation.getPolicyname()),
        diagnostics: remediations.map((remediation) => remediation.getDiagnostic()).filter((text) => text !== ""),
    };
}

/** What a policy sees of a resource, and of a resource of a stack. */
function described<Message extends rpc.AnalyzeRequest | rpc.AnalyzerResource>(
    message: Message,
    { urn, type, name, parent, properties, protect, ignoreChanges, provider }: AnalyzedResource,
): Message {
    const options = new rpc.AnalyzerResourceOptions()
        .setProtect(protect)
        .setIgnorechangesList([...ignoreChanges])
        .setParent(parent)
        .setCustomtimeouts(new rpc.AnalyzerResourceOptions.CustomTimeouts());
    message.setUrn(urn).setType(type).setName(name).setProperties(struct(properties)).setOptions(options);
    if (provider !== undefined) {
        const { urn, type, name, properties } = provider;
        const described = new rpc.AnalyzerProviderResource().setUrn(urn).setType(type).setName(name);
        message.setProvider(described.setProperties(struct(properties)));
    }
    return message;
}

function stackResource(resource: AnalyzedResource): rpc.AnalyzerResource {
    const message = described(new rpc.AnalyzerResource(), resource)
        .setParent(resource.parent)
        .setDependenciesList([...resource.dependencies]);
    for (const [property, urns] of Object.entries(resource.propertyDependencies)) {
        message
            .getPropertydependenciesMap()
            .set(property, new rpc.AnalyzerPropertyDependencies().setUrnsList([...urns]));
    }
    return message;
}

type Method<Request, Response> = (
    request: Request,
    callback: (error: grpc.ServiceError | null, response: Response) => void,
) => unknown;

function call<Request, Response>(method: Method<Request, Response>, request: Request): Promise<Response> {
    return new Promise((resolve, reject) =>
        method(request, (error, response) =>
            error ? reject(new Error(error.details || error.message)) : resolve(response),
        ),
    );
}
