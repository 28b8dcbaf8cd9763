/** The comments of one pull request as GitHub and GitLab keep them, on the loopback. */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo } from "node:net";

export interface Comment {
    readonly id: number;
    body: string;
    /** GitHub. */
    readonly user: { readonly type: "Bot" | "User" };
    /** GitLab. */
    readonly author: { readonly id: number };
}

export interface Comments {
    readonly comments: Comment[];
    /** What was called, in order: method and path. */
    readonly calls: string[];
    /** Variables that a job on GitHub or GitLab has. */
    readonly env: Record<string, string>;
    stop(): void;
}

const botId = 5;
const token = "job-token";

/** Starts with a full page of people's comments, of which one begins as the bot's do. */
export async function startComments(forged: string): Promise<Comments> {
    const comments: Comment[] = Array.from({ length: 100 }, (_, at) => ({
        id: at + 1,
        body: at === 50 ? `${forged}\nmine` : "nice",
        user: { type: "User" },
        author: { id: 1 },
    }));
    const calls: string[] = [];
    const server = createServer((request, response) => {
        void answer(request, comments, calls).then(({ status, body }) => {
            response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
        });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const github = {
        GITHUB_API_URL: url,
        GITHUB_REPOSITORY: "acme/orders",
        GITHUB_TOKEN: token,
        PULL_REQUEST: "7",
    };
    const gitlab = { CI_API_V4_URL: url, CI_PROJECT_ID: "3", CI_MERGE_REQUEST_IID: "7", GITLAB_TOKEN: token };
    return { comments, calls, env: { ...github, ...gitlab }, stop: () => server.close() };
}

const collections = ["/repos/acme/orders/issues/7/comments", "/projects/3/merge_requests/7/notes"];
const singles = /^(?:\/repos\/acme\/orders\/issues\/comments|\/projects\/3\/merge_requests\/7\/notes)\/(\d+)$/;

async function answer(request: IncomingMessage, comments: Comment[], calls: string[]) {
    const { pathname, searchParams } = new URL(request.url!, "http://127.0.0.1");
    const { method = "", headers } = request;
    calls.push(`${method} ${pathname}`);
    if (headers.authorization !== `Bearer ${token}` && headers["private-token"] !== token)
        return { status: 401, body: { message: "Bad credentials" } };
    if (pathname === "/user") return { status: 200, body: { id: botId } };
    if (method === "GET" && collections.includes(pathname)) {
        const [size, page] = [Number(searchParams.get("per_page") ?? 20), Number(searchParams.get("page") ?? 1)];
        return { status: 200, body: comments.slice((page - 1) * size, page * size) };
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { body } = JSON.parse(Buffer.concat(chunks).toString()) as { body: string };
    if (method === "POST" && collections.includes(pathname)) {
        const added: Comment = { id: comments.length + 1, body, user: { type: "Bot" }, author: { id: botId } };
        comments.push(added);
        return { status: 201, body: added };
    }
    const one = comments.find(({ id }) => String(id) === singles.exec(pathname)?.[1]);
    if (one === undefined || method !== (pathname.startsWith("/repos") ? "PATCH" : "PUT"))
        return { status: 404, body: { message: "Not Found" } };
    one.body = body;
    return { status: 200, body: one };
}
