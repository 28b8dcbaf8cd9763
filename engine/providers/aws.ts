/**
 * What the stand-in providers act on: one AWS account and region behind an endpoint, as real SDK clients. IAM, STS and
 * CloudWatch Logs are not among the installed clients; the few calls to them are made by hand.
 */
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { KinesisClient } from "@aws-sdk/client-kinesis";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { SchedulerClient } from "@aws-sdk/client-scheduler";
import { SNSClient } from "@aws-sdk/client-sns";
import { partitionOf } from "../../capacity/regions";
import { sandboxCredentials } from "../../sandbox/wire/credentials";
import { type Properties } from "../values";
import { untilTaken } from "./patience";

export interface AwsSettings {
    readonly endpoint: string;
    readonly region: string;
    readonly accountId: string;
    readonly defaultTags?: Readonly<Record<string, string>>;
}

/** A provider's configuration comes as properties, of which everything but a string is JSON in a string. */
export function withConfiguration(settings: AwsSettings, configuration: Properties): AwsSettings {
    const { region, defaultTags: given } = configuration;
    const defaultTags = (typeof given === "string" ? JSON.parse(given) : given) as { tags?: object } | undefined;
    return {
        ...settings,
        ...(typeof region === "string" && region !== "" ? { region } : {}),
        ...(defaultTags?.tags ? { defaultTags: defaultTags.tags as Record<string, string> } : {}),
    };
}

export class Aws {
    readonly defaultTags: Readonly<Record<string, string>>;
    readonly partition: string;
    readonly urlSuffix: string;
    private readonly open = new Map<unknown, Client>();
    private readonly elsewhere = new Map<string, Aws>();

    constructor(readonly settings: AwsSettings) {
        this.defaultTags = settings.defaultTags ?? {};
        const { region } = settings;
        ({ name: this.partition, dnsSuffix: this.urlSuffix } = partitionOf(region));
    }

    /** The same account in the region that a resource names, or here where it names none. */
    inRegion(region: unknown): Aws {
        if (typeof region !== "string" || region === "" || region === this.settings.region) return this;
        const there = this.elsewhere.get(region) ?? new Aws({ ...this.settings, region });
        this.elsewhere.set(region, there);
        return there;
    }

    get kinesis(): KinesisClient {
        return this.client(KinesisClient, ({ middlewareStack }) =>
            middlewareStack.add((next) => (args) => untilTaken(() => next(args)), { step: "initialize" }),
        );
    }

    get cloudwatch(): CloudWatchClient {
        return this.client(CloudWatchClient);
    }

    get sns(): SNSClient {
        return this.client(SNSClient);
    }

    get lambda(): LambdaClient {
        return this.client(LambdaClient);
    }

    get dynamodb(): DynamoDBClient {
        return this.client(DynamoDBClient);
    }

    get scheduler(): SchedulerClient {
        return this.client(SchedulerClient);
    }

    arn(service: string, resource: string): string {
        const { region, accountId } = this.settings;
        return `arn:${this.partition}:${service}:${region}:${accountId}:${resource}`;
    }

    /** One call of the query protocol: flat parameters in, the text of the asked elements out. */
    async query(service: string, version: string, action: string, parameters: Record<string, string>): Promise<Xml> {
        const body = new URLSearchParams({ Action: action, Version: version, ...parameters }).toString();
        const answer = await this.post(service, "application/x-www-form-urlencoded; charset=utf-8", {}, body);
        const xml = new Xml(answer.text);
        if (!answer.ok) throw awsError(xml.text("Code") ?? `HTTP ${answer.status}`, xml.text("Message") ?? answer.text);
        return xml;
    }

    /** One call of the awsJson1_1 protocol. */
    async json(service: string, target: string, input: object): Promise<Record<string, unknown>> {
        const body = JSON.stringify(input);
        const answer = await this.post(service, "application/x-amz-json-1.1", { "x-amz-target": target }, body);
        const output = JSON.parse(answer.text || "{}") as Record<string, unknown>;
        if (!answer.ok) {
            const code = String(output.__type ?? `HTTP ${answer.status}`)
                .split("#")
                .pop();
            throw awsError(code ?? "", String(output.message ?? output.Message ?? ""));
        }
        return output;
    }

    close(): void {
        this.open.forEach((client) => client.destroy());
        this.open.clear();
        this.elsewhere.forEach((there) => there.close());
    }

    private async post(service: string, contentType: string, headers: Record<string, string>, body: string) {
        // The sandbox checks no signature, but it reads service and region from the credential's scope.
        const scope = `${sandboxCredentials.accessKeyId}/20260101/${this.settings.region}/${service}/aws4_request`;
        const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`;
        const response = await fetch(this.settings.endpoint, {
            method: "POST",
            headers: { "content-type": contentType, authorization, ...headers },
            body,
        });
        return { ok: response.ok, status: response.status, text: await response.text() };
    }

    private client<T extends Client>(
        Made: new (configuration: ClientConfiguration) => T,
        prepare: (made: T) => void = () => undefined,
    ): T {
        const opened = this.open.get(Made) as T | undefined;
        if (opened !== undefined) return opened;
        const { endpoint, region } = this.settings;
        const client = new Made({ endpoint, region, credentials: sandboxCredentials });
        prepare(client);
        this.open.set(Made, client);
        return client;
    }
}

type Client = { destroy(): void };
type ClientConfiguration = { endpoint: string; region: string; credentials: typeof sandboxCredentials };

/** Enough of an XML reader for IAM's answers: the text of elements by their name. */
export class Xml {
    constructor(private readonly source: string) {}

    text(element: string): string | undefined {
        return this.texts(element)[0];
    }

    texts(element: string): string[] {
        const matches = this.source.matchAll(new RegExp(`<${element}>([\\s\\S]*?)</${element}>`, "g"));
        return [...matches].map((match) => unescaped(match[1] ?? ""));
    }
}

function unescaped(text: string): string {
    const entities: Record<string, string> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
    return text.replace(/&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));/g, (all, hex?: string, decimal?: string, name?: string) =>
        hex !== undefined
            ? String.fromCodePoint(parseInt(hex, 16))
            : decimal !== undefined
              ? String.fromCodePoint(Number(decimal))
              : (entities[name ?? ""] ?? all),
    );
}

/** What AWS answers, or undefined where it says that there is no such thing. */
export async function orGone<T>(ask: () => Promise<T>): Promise<T | undefined> {
    try {
        return await ask();
    } catch (error) {
        const { name = "" } = error as { name?: string };
        if (
            /^(ResourceNotFound(Exception)?|ResourceNotFoundFault|NotFound(Exception)?|NoSuchEntity(Exception)?|QueueDoesNotExist)$/.test(
                name,
            )
        )
            return undefined;
        throw error;
    }
}

function awsError(name: string, message: string): Error {
    const error = new Error(message);
    error.name = name;
    return error;
}
