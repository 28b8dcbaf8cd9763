/**
 * Where REST requests lead, and what of them is an operation's input.
 */
import { deepEqual, rejects } from "node:assert/strict";

import { type AwsError, type RawRequest, type RequestContext } from "../../../sandbox/service";
import { restFetch } from "../../../sandbox/wire/rest";

describe("a REST request leads to its operation", () => {
    const guarded: unknown[] = [];
    const context = { guard: async (...call: unknown[]) => void guarded.push(call) } as unknown as RequestContext;
    const raw = (method: string, url: string, body = ""): RawRequest => ({
        method,
        url,
        headers: {},
        body: Buffer.from(body),
    });
    const fetch = restFetch(
        "shop",
        {
            PutItem: (input: object) => ({ input }),
            DeleteItem: () => undefined,
            UntagItem: (input: object) => ({ status: 202, headers: {}, body: JSON.stringify(input) }),
        },
        {
            PutItem: { at: "PUT /v1/items/{Name}/of/{Shelf}", status: 201 },
            DeleteItem: { at: "DELETE /v1/items/{Name}" },
            UntagItem: {
                at: "DELETE /v1/tags/{Name}",
                members: (_raw, query) => ({ Keys: query.getAll("key") }),
                answersRaw: true,
            },
        },
    );
    beforeEach(() => guarded.splice(0));

    const json = { "content-type": "application/json" };
    const put = `{"input":{"Name":"a:b","Count":1,"Shelf":"top"}}`;
    const rows: [RawRequest, unknown][] = [
        [raw("PUT", "/v1/items/a%3Ab/of/top", `{"Name":"other","Count":1}`), { status: 201, headers: json, body: put }],
        [raw("DELETE", "/v1/items/a/"), { status: 204, headers: json, body: "" }],
        [raw("DELETE", "//v1/items/a"), { status: 204, headers: json, body: "" }],
        [raw("DELETE", "/v1/tags/%E0%A4?key=x"), { status: 202, headers: {}, body: `{"Keys":["x"],"Name":"%E0%A4"}` }],
        [raw("DELETE", "/v1/tags/a?key=x&key=y"), { status: 202, headers: {}, body: `{"Keys":["x","y"],"Name":"a"}` }],
    ];
    for (const [request, answer] of rows)
        it(`${request.method} ${request.url}`, async () => deepEqual(await fetch(request, context), answer));

    it("once the guards have seen the operation and its input", async () => {
        await fetch(raw("DELETE", "/v1/items/a"), context);
        deepEqual(guarded, [["DeleteItem", { Name: "a" }]]);
    });

    const nowhere = "UnknownOperationException";
    const refusals: [RawRequest, string, number][] = [
        [raw("GET", "/v1/items/a"), `${nowhere}: The sandbox's shop has no operation "GET /v1/items/a".`, 404],
        [raw("DELETE", "/v1/items/a/of/top"), `${nowhere}: The sandbox's shop has no operation "DELETE /v1/items/a/of/top".`, 404],
        [raw("DELETE", "/v1/items/a", "{"), "InvalidRequestContentException: Could not parse request body into json: ", 400],
    ]; // prettier-ignore
    for (const [request, expected, expectedStatus] of refusals) {
        it(`or nowhere: ${request.method} ${request.url} ${request.body.toString()}`, () =>
            rejects(
                async () => fetch(request, context),
                ({ code, message, status }: AwsError) => {
                    // The end of the sentence about JSON is the engine's own.
                    deepEqual([`${code}: ${message}`.slice(0, expected.length), status], [expected, expectedStatus]);
                    return true;
                },
            ));
    }
});
