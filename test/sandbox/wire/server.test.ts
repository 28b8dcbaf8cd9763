/** The door of the local AWS: both HTTP versions on one port, dispatch, errors in each protocol's shape, guards, and an end. */
import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { KinesisClient, ListStreamsCommand } from "@aws-sdk/client-kinesis";
import * as assert from "node:assert/strict";
import { once } from "node:events";
import * as http from "node:http";
import * as net from "node:net";
import { gzipSync } from "node:zlib";

import {
    AwsError,
    ManualClock,
    type RequestContext,
    type Sandbox,
    type Service,
    startSandbox,
    StreamingAnswer,
} from "../../../sandbox/index";
import { refusal } from "../kinesis/streams";

const clock = new ManualClock();
const poured = { events: 0, of: 64, eventBytes: 1 << 20 };
const echo: Service = {
    name: "echo",
    targetPrefix: "Echo_1",
    xmlNamespace: "http://echo.amazonaws.com/",
    operations: {
        Echo: (input: object, { accessKeyId, region, protocol }: RequestContext) => ({
            input,
            accessKeyId,
            region,
            protocol,
        }),
        Nothing: () => undefined,
        Pour: () => {
            const events = async function* () {
                for (poured.events = 0; poured.events < poured.of; poured.events++)
                    yield { type: "Drop", payload: { text: "x".repeat(poured.eventBytes) } };
            };
            return new StreamingAnswer(events());
        },
        Refuse: () => {
            throw new AwsError("EchoException", "No echo.", 400, "NoEcho", { depth: 3 });
        },
        Break: () => {
            throw new TypeError("broken");
        },
    },
};
const rest: Service = {
    name: "rest",
    operations: {},
    fetch: async ({ method, url, body }, context) => {
        await context.guard("Fetch", { url });
        return { status: 202, headers: { "x-method": method }, body: `${url} ${body.toString()}` };
    },
};

describe("the sandbox's server", () => {
    let sandbox: Sandbox;
    before(async () => {
        sandbox = await startSandbox({ clock, services: () => [echo, rest] });
    });
    after(() => sandbox.stop());

    const signedFor = (service: string) => ({
        authorization: `AWS4-HMAC-SHA256 Credential=anybody/20261101/eu-west-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
    });
    const ask = async (headers: Record<string, string>, body: string | Buffer = "", path = "/") => {
        const answer = await fetch(sandbox.endpoint + path, {
            method: "POST",
            headers,
            body: new Uint8Array(Buffer.from(body)),
        });
        const text = await answer.text();
        return { status: answer.status, text, headers: answer.headers };
    };
    const askJson = async (operation: string, body: string | Buffer = "{}", headers: Record<string, string> = {}) => {
        const { status, text } = await ask(
            { ...signedFor("echo"), "x-amz-target": `Echo_1.${operation}`, ...headers },
            body,
        );
        return { status, body: text === "" ? "" : (JSON.parse(text) as unknown) };
    };

    const askUnsigned = async (headers: Record<string, string>, body: string, path = "") => {
        const { status, text } = await ask({ "x-amz-target": "Echo_1.Echo", ...headers }, body, path);
        return { status, body: JSON.parse(text) as unknown };
    };

    it("tells an operation who calls, in which region, by which protocol", async () => {
        assert.deepEqual(await askJson("Echo", '{"a":[1]}'), {
            status: 200,
            body: { input: { a: [1] }, accessKeyId: "anybody", region: "eu-west-1", protocol: "json" },
        });
    });

    it("opens bodies that a client has compressed", async () => {
        const { body } = await askJson("Echo", gzipSync('{"a":"b"}'), { "content-encoding": "gzip" });
        assert.deepEqual((body as { input: object }).input, { a: "b" });
    });

    it("refuses a body that says it is compressed and is not, and one that is far larger than it looks", async () => {
        const gzip = { "content-encoding": "gzip" };
        const refused = { status: 400, body: { __type: "SerializationException" } };
        assert.deepEqual(await askJson("Echo", "no gzip at all", gzip), refused);
        const headers = { ...signedFor("echo"), "x-amz-target": "Echo_1.Echo", ...gzip };
        const { status, text } = await ask(headers, gzipSync(Buffer.alloc(64 * 1024 * 1024 + 1)));
        assert.deepEqual([status, text], [413, "A request may have 67108864 bytes."]);
    });

    it("takes a path behind two slashes as one behind one: an endpoint may end in a slash", async () => {
        const { status, text } = await ask({ ...signedFor("echo"), "x-amz-target": "Echo_1.Echo" }, "{}", "//");
        assert.deepEqual([status, (JSON.parse(text) as { input: object }).input], [200, {}]);
    });

    it("takes an optional member that is null as one that is not there", async () => {
        const kinesis = { ...signedFor("kinesis"), "x-amz-target": "Kinesis_20131202.ListStreams" };
        const sent = `{"Limit":null,"NextToken":null,"ExclusiveStartStreamName":null}`;
        const { status, text } = await ask(kinesis, sent);
        const none = { StreamNames: [], HasMoreStreams: false, StreamSummaries: [] };
        assert.deepEqual([status, JSON.parse(text)], [200, none]);
    });

    it("answers an operation without output with an empty body", async () => {
        assert.deepEqual(await askJson("Nothing"), { status: 200, body: "" });
    });

    it("puts the sandbox's time on every answer", async () => {
        const { headers } = await ask({ ...signedFor("echo"), "x-amz-target": "Echo_1.Nothing" }, "{}");
        assert.equal(headers.get("date"), new Date(clock.nowMs()).toUTCString());
    });

    const refusals: [string, () => Promise<{ status: number; body: unknown }>, number, object][] = [
        ["a refusal", () => askJson("Refuse"), 400, { __type: "EchoException", message: "No echo.", depth: 3 }],
        [
            "an operation that is missing, by its name",
            () => askJson("Sing"),
            400,
            { __type: "UnknownOperationException", message: `The sandbox's echo has no operation "Sing".` },
        ],
        [
            "an operation that only sounds like one",
            () => askJson("constructor"),
            400,
            { __type: "UnknownOperationException", message: `The sandbox's echo has no operation "constructor".` },
        ],
        ["a body that is no JSON", () => askJson("Echo", "{"), 400, { __type: "SerializationException" }],
        ["a call without a body", () => askJson("Echo", ""), 400, { __type: "SerializationException" }],
        [
            "a body that cannot be read before a signature that is missing",
            () => askUnsigned({}, "["),
            400,
            { __type: "SerializationException" },
        ],
        ...(
            [
                [{}, "", "MissingAuthenticationTokenException", "Missing Authentication Token"],
                [
                    { authorization: "X" },
                    "",
                    "IncompleteSignatureException",
                    "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=X",
                ],
                [
                    { authorization: "AWS4- Signature=b,Credential=a", "x-amz-date": "a" },
                    "",
                    "IncompleteSignatureException",
                    "Authorization header requires 'SignedHeaders' parameter. Authorization=AWS4- Signature=b,Credential=a",
                ],
                [
                    {},
                    "/?X-Amz-Algorithm=a&X-Amz-Credential=b&X-Amz-Signature=c&X-Amz-Date=d",
                    "IncompleteSignatureException",
                    "AWS query-string parameters must include 'X-Amz-SignedHeaders'. Re-examine the query-string parameters.",
                ],
                [
                    { authorization: "X" },
                    "/?X-Amz-Algorithm",
                    "InvalidSignatureException",
                    "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
                ],
            ] as const
        ).map(([headers, path, __type, message]): (typeof refusals)[number] => [
            `a signature of ${JSON.stringify(headers)} at "${path}"`,
            () => askUnsigned(headers, "{}", path),
            400,
            { __type, message },
        ]),
    ];
    for (const [title, call, status, body] of refusals) {
        it(`answers ${title} in AWS's shape`, async () => {
            assert.deepEqual(await call(), { status, body });
        });
    }

    it("names the service that it does not have, and those that it has", async () => {
        const { status, text } = await ask({ ...signedFor("s3"), "x-amz-target": "S3.Get" }, "{}");
        const { __type, message } = JSON.parse(text) as { __type: string; message: string };
        assert.deepEqual([status, __type], [400, "UnknownService"]);
        assert.match(message, /^The sandbox has no service "s3"\. It has: .*echo, .*kinesis, /);
    });

    it("says where it failed itself, with AWS's 500", async () => {
        const { status, body } = await askJson("Break");
        const { __type, message } = body as { __type: string; message: string };
        assert.deepEqual([status, __type], [500, "InternalFailure"]);
        assert.match(message, /^The sandbox failed: TypeError: broken\n/);
    });

    it("gives the query protocol's code where a client asks for it", async () => {
        const target = { ...signedFor("echo"), "x-amz-target": "Echo_1.Refuse", "x-amzn-query-mode": "true" };
        assert.equal((await ask(target, "{}")).headers.get("x-amzn-query-error"), "NoEcho;Sender");
    });

    it("speaks the query protocol, in answers and in errors", async () => {
        const form = { ...signedFor("echo"), "content-type": "application/x-www-form-urlencoded" };
        const echoed = await ask(form, "Action=Echo&Version=1&Name=orders");
        assert.equal(echoed.status, 200);
        assert.match(echoed.text, /<EchoResponse xmlns="http:\/\/echo\.amazonaws\.com\/">.*<Name>orders<\/Name>/s);
        const refused = await ask(form, "Action=Refuse&Version=1");
        assert.equal(refused.status, 400);
        assert.match(refused.text, /<Code>NoEcho<\/Code>.*<Message>No echo\.<\/Message>/s);
    });

    it("hands the request itself to a service that wants it", async () => {
        const { status, text, headers } = await ask(signedFor("rest"), "body", "/things/1?x=y");
        assert.deepEqual([status, text, headers.get("x-method")], [202, "/things/1?x=y body", "POST"]);
    });

    it("asks for the next event of a stream no sooner than the one before is taken", async () => {
        const headers = { ...signedFor("echo"), "x-amz-target": "Echo_1.Pour" };
        const request = http.request(sandbox.endpoint, { method: "POST", headers }).end("{}");
        const [answer] = (await once(request, "response")) as [http.IncomingMessage];
        let bytes = 0;
        for await (const chunk of answer) {
            // What the system keeps on the way is some MiB.
            if (bytes === 0) assert.ok(poured.events < poured.of / 2, `${poured.events} of ${poured.of} events`);
            bytes += (chunk as Buffer).length;
        }
        assert.equal(poured.events, poured.of);
        assert.ok(bytes > poured.of * poured.eventBytes);
    });

    it("asks its guards before each call, whatever the protocol, as long as they are there", async () => {
        const seen: string[] = [];
        sandbox.guards.push(({ service, operation, request }) => {
            seen.push(`${service} ${operation} by ${request.accessKeyId}`);
            if (operation !== "Nothing") throw new AwsError("AccessDeniedException", "Not you.");
        });
        try {
            const denied = { status: 400, body: { __type: "AccessDeniedException", message: "Not you." } };
            assert.deepEqual(await askJson("Echo"), denied);
            assert.equal((await ask(signedFor("rest"), "", "/x")).status, 400);
            assert.equal((await askJson("Nothing")).status, 200);
        } finally {
            sandbox.guards.pop();
        }
        assert.deepEqual(seen, ["echo Echo by anybody", "rest Fetch by anybody", "echo Nothing by anybody"]);
        assert.equal((await askJson("Echo")).status, 200);
    });

    it("is spoken to in HTTP/2 and in HTTP/1.1 on the same port, by the real clients", async () => {
        const { endpoint, region, credentials } = sandbox;
        const options = { endpoint, region, credentials };
        const kinesis = new KinesisClient(options);
        const cloudWatch = new CloudWatchClient(options);
        assert.deepEqual((await kinesis.send(new ListStreamsCommand({}))).StreamNames, []);
        assert.deepEqual((await cloudWatch.send(new DescribeAlarmsCommand({}))).MetricAlarms, []);
        kinesis.destroy();
        cloudWatch.destroy();
    });

    it("recognizes HTTP/2 when its preface comes in pieces", async () => {
        const socket = net.connect(Number(new URL(sandbox.endpoint).port), "127.0.0.1").setNoDelay(true);
        const emptySettings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
        const answer = new Promise<Buffer>((resolve) => socket.once("data", resolve));
        for (const piece of ["P", "RI * HTTP/2.0\r\n", "\r\nSM\r\n\r\n"]) {
            await new Promise((resolve) => socket.write(piece, resolve));
            await new Promise((resolve) => setImmediate(resolve));
        }
        socket.write(emptySettings);
        const frameType = (await answer)[3];
        socket.destroy();
        assert.equal(frameType, emptySettings[3]);
    });

    it("leaves nothing listening and no connection open when it stops", async () => {
        const other = await startSandbox({ clock });
        const { endpoint, region, credentials } = other;
        const client = new KinesisClient({ endpoint, region, credentials, maxAttempts: 1 });
        await client.send(new ListStreamsCommand({}));
        const idle = net.connect(Number(new URL(endpoint).port), "127.0.0.1");
        await new Promise((resolve) => idle.once("connect", resolve));
        const closed = new Promise((resolve) => idle.once("close", resolve));
        await other.stop();
        await closed;
        assert.match((await refusal(client.send(new ListStreamsCommand({})))).message, /ECONNREFUSED|closed|canceled/);
        client.destroy();
    });
});
