/** Which pages that a browser has open are answered by the local AWS. */
import * as assert from "node:assert/strict";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";

import { type Sandbox, startSandbox } from "../../../sandbox/index";

describe("a page in a browser", () => {
    const asked: string[] = [];
    let sandbox: Sandbox;
    before(async () => {
        sandbox = await startSandbox();
        sandbox.guards.push(({ operation }) => void asked.push(operation));
    });
    after(() => sandbox.stop());
    beforeEach(() => void (asked.length = 0));

    const credential = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=anybody/20261101/us-east-1";
    /** Needs no leave from the other side: a form, signed in the query. fetch() of Node.js may set what a browser sets itself. */
    const listRoles = async (headers: Record<string, string>) => {
        const body = new URLSearchParams({ Action: "ListRoles", Version: "2010-05-08" });
        const url = `${sandbox.endpoint}/?${credential}/iam/aws4_request`;
        const answer = await fetch(url, { method: "POST", headers, body });
        return { status: answer.status, message: /<Message>(.*)<\/Message>/.exec(await answer.text())?.[1] };
    };
    const refusal = (page: string) => ({
        status: 403,
        message: `The sandbox answers no calls of ${page}, only those of this machine.`,
    });
    const rows: [title: string, headers: Record<string, string>, page: string | undefined][] = [
        ["of another site", { origin: "https://evil.example" }, "a page of https://evil.example"],
        [
            "of a site whose name leads to this machine",
            { origin: "http://evil.example:4566", "sec-fetch-site": "same-origin" },
            "a page of http://evil.example:4566",
        ],
        [
            "of a site whose name begins like this machine's",
            { origin: "http://localhost.evil.example" },
            "a page of http://localhost.evil.example",
        ],
        ["that tells no origin, such as a file or a frame", { origin: "null" }, "a page of another site"],
        ["of another site, as the source of an image", { "sec-fetch-site": "cross-site" }, "a page of another site"],
        ["of this machine", { origin: "http://localhost:5173", "sec-fetch-site": "cross-site" }, undefined],
        ["of this machine, which only looks", { "sec-fetch-site": "same-origin" }, undefined],
        ["of this machine, over TLS", { origin: "https://127.0.0.1:8443" }, undefined],
        ["whose address was typed", { "sec-fetch-site": "none" }, undefined],
    ];
    for (const [title, headers, page] of rows) {
        it(`${title} is ${page === undefined ? "answered" : "refused before anything is done"}`, async () => {
            const expected = page === undefined ? { status: 200, message: undefined } : refusal(page);
            assert.deepEqual(await listRoles(headers), expected);
            assert.deepEqual(asked, page === undefined ? ["ListRoles"] : []);
        });
    }

    it("of a site whose name leads to this machine may not look either", async () => {
        // fetch() sets this header itself.
        const headers = { host: "evil.example:4566", "sec-fetch-site": "same-origin" };
        const [answer] = (await once(get(sandbox.endpoint, { headers }), "response")) as [IncomingMessage];
        assert.equal(answer.statusCode, 403);
        assert.match(await text(answer), /answers no calls of a page of http:\/\/evil\.example:4566, only/);
    });

    it("of another site makes no function", async () => {
        const url = `${sandbox.endpoint}/2015-03-31/functions?${credential}/lambda/aws4_request`;
        const answer = await fetch(url, { method: "POST", headers: { origin: "https://evil.example" }, body: "{}" });
        assert.deepEqual(
            [answer.status, await answer.json()],
            [
                403,
                {
                    __type: "AccessDeniedException",
                    message: refusal("a page of https://evil.example").message,
                },
            ],
        );
    });
});
