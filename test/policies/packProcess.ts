/**
 * The real pack process, spoken to as the engine does: `cmd/run-policy-pack` is started in the pack's folder and prints the port on which it
 * serves pulumirpc.Analyzer.
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import * as grpc from "@grpc/grpc-js";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import * as analyzer from "@pulumi/pulumi/proto/analyzer_pb";

/** What the engine sends in the place of a value that a preview does not know yet. */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export interface PackResource {
    readonly type: string;
    readonly name?: string;
    readonly urn?: string;
    readonly props?: object;
    readonly ignoreChanges?: readonly string[];
    readonly parent?: string;
    readonly propertyDependencies?: Readonly<Record<string, readonly string[]>>;
}

export interface Diagnostic {
    readonly policy: string;
    readonly level: "advisory" | "mandatory" | "other";
    /** Without the description, which the pack puts before it. */
    readonly message: string;
    /** Of a stack policy; the engine knows the resource that it had analyzed. */
    readonly urn?: string;
}

export interface PackProcess {
    readonly stderr: () => string;
    info(): Promise<analyzer.AnalyzerInfo.AsObject>;
    configure(
        config: Readonly<
            Record<string, { level?: "advisory" | "mandatory" | "disabled" | "remediate"; properties?: object }>
        >,
    ): Promise<void>;
    analyze(resource: PackResource): Promise<Diagnostic[]>;
    /** The policies that changed the resource, each with the properties that came of it. */
    remediate(resource: PackResource): Promise<{ policy: string; properties: unknown }[]>;
    analyzeStack(resources: readonly PackResource[]): Promise<Diagnostic[]>;
    stop(): Promise<void>;
}

const levels = {
    advisory: analyzer.EnforcementLevel.ADVISORY,
    mandatory: analyzer.EnforcementLevel.MANDATORY,
    disabled: analyzer.EnforcementLevel.DISABLED,
    remediate: analyzer.EnforcementLevel.REMEDIATE,
} as const;

export async function startPack(directory: string): Promise<PackProcess> {
    const main = require.resolve("@pulumi/pulumi/cmd/run-policy-pack", { paths: [directory] });
    const child = spawn(process.execPath, [main, "127.0.0.1:1", "."], { cwd: directory, env: cleanEnvironment() });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    const port = await new Promise<string>((resolve, reject) => {
        createInterface({ input: child.stdout }).once("line", resolve);
        child.once("exit", (code) =>
            reject(new Error(`The policy pack ended with ${code} before it served:\n${stderr}`)),
        );
    });
    const client = new AnalyzerClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    const call = <Request, Response>(
        method: (request: Request, done: (error: grpc.ServiceError | null, response: Response) => void) => unknown,
        request: Request,
    ) =>
        new Promise<Response>((resolve, reject) =>
            method.call(client, request, (error, response) => (error ? reject(error) : resolve(response))),
        );
    return {
        stderr: () => stderr,
        info: async () => (await call<Empty, analyzer.AnalyzerInfo>(client.getAnalyzerInfo, new Empty())).toObject(),
        configure: async (config) => {
            const request = new analyzer.ConfigureAnalyzerRequest();
            for (const [name, { level = "advisory", properties = {} }] of Object.entries(config)) {
                const policy = new analyzer.PolicyConfig();
                policy.setEnforcementlevel(levels[level]);
                policy.setProperties(struct(properties));
                request.getPolicyconfigMap().set(name, policy);
            }
            await call<analyzer.ConfigureAnalyzerRequest, Empty>(client.configure, request);
        },
        analyze: async (resource) =>
            diagnostics(
                await call<analyzer.AnalyzeRequest, analyzer.AnalyzeResponse>(client.analyze, analyzeRequest(resource)),
            ),
        remediate: async (resource) => {
            const response = await call<analyzer.AnalyzeRequest, analyzer.RemediateResponse>(
                client.remediate,
                analyzeRequest(resource),
            );
            return response.getRemediationsList().map((remediation) => ({
                policy: remediation.getPolicyname(),
                properties: remediation.getProperties()?.toJavaScript() ?? remediation.getDiagnostic(),
            }));
        },
        analyzeStack: async (resources) => {
            const request = new analyzer.AnalyzeStackRequest();
            request.setResourcesList(resources.map(stackResource));
            return diagnostics(
                await call<analyzer.AnalyzeStackRequest, analyzer.AnalyzeResponse>(client.analyzeStack, request),
            );
        },
        stop: async () => {
            client.close();
            child.kill();
            await ended;
        },
    };
}

/** A pack that a test starts sees neither the credentials nor the settings of the shell. */
function cleanEnvironment(): NodeJS.ProcessEnv {
    return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(AWS|PULUMI|TS_NODE)_/.test(name)));
}

function complete(resource: PackResource) {
    const { type, name = "orders", props = {}, ignoreChanges = [], parent = "" } = resource;
    return { type, name, urn: resource.urn ?? urnOf(type, name), props, ignoreChanges, parent };
}

export function urnOf(type: string, name: string): string {
    return `urn:pulumi:dev::shop::${type}::${name}`;
}

function analyzeRequest(resource: PackResource): analyzer.AnalyzeRequest {
    const { type, name, urn, props, ignoreChanges, parent } = complete(resource);
    const request = new analyzer.AnalyzeRequest();
    request.setType(type).setName(name).setUrn(urn).setProperties(struct(props));
    return request.setOptions(options(ignoreChanges, parent));
}

function stackResource(resource: PackResource): analyzer.AnalyzerResource {
    const { type, name, urn, props, ignoreChanges, parent } = complete(resource);
    const message = new analyzer.AnalyzerResource();
    message.setType(type).setName(name).setUrn(urn).setProperties(struct(props)).setParent(parent);
    message.setOptions(options(ignoreChanges, parent));
    for (const [property, urns] of Object.entries(resource.propertyDependencies ?? {})) {
        const dependencies = new analyzer.AnalyzerPropertyDependencies();
        dependencies.setUrnsList([...urns]);
        message.getPropertydependenciesMap().set(property, dependencies);
    }
    return message;
}

function options(ignoreChanges: readonly string[], parent: string): analyzer.AnalyzerResourceOptions {
    const message = new analyzer.AnalyzerResourceOptions();
    message.setIgnorechangesList([...ignoreChanges]);
    message.setParent(parent);
    return message;
}

function struct(value: object): Struct {
    return Struct.fromJavaScript(JSON.parse(JSON.stringify(value)));
}

function diagnostics(response: analyzer.AnalyzeResponse): Diagnostic[] {
    return response.getDiagnosticsList().map((diagnostic) => {
        const level = diagnostic.getEnforcementlevel();
        return {
            policy: diagnostic.getPolicyname(),
            level: level === levels.advisory ? "advisory" : level === levels.mandatory ? "mandatory" : "other",
            message: withoutDescription(diagnostic),
            ...(diagnostic.getUrn() !== "" && { urn: diagnostic.getUrn() }),
        };
    });
}

function withoutDescription(diagnostic: analyzer.AnalyzeDiagnostic): string {
    const description = `${diagnostic.getDescription()}\n`;
    return diagnostic.getMessage().replace(description, "");
}
