/**
 * A page in a real browser, driven through Chromium's own pipe: no port, no library.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Readable, type Writable } from "node:stream";
import { leaveOut } from "../leaveOut";

const programs = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

function findBrowser(test: Mocha.Context): string {
    const found = programs.find((program) => spawnSync(program, ["--version"], { stdio: "ignore" }).status === 0);
    return found ?? leaveOut(test, "The page is looked at in a browser", "there is no Chromium on this machine.");
}

export interface InBrowser {
    readonly browser: string;
    /** Of the files that it opens. */
    readonly folder: string;
}

/** A browser and a folder for the tests of a `describe`; both are there once they run. */
export function inBrowser(): InBrowser {
    let browser = "";
    let folder = "";
    before(function () {
        browser = findBrowser(this);
        folder = mkdtempSync(path.join(tmpdir(), "pages-"));
    });
    after(() => rmSync(folder, { recursive: true, force: true }));
    return {
        get browser() {
            return browser;
        },
        get folder() {
            return folder;
        },
    };
}

export interface Page {
    /** The value of an expression in the page. */
    evaluate<Value>(expression: string): Promise<Value>;
    mouse(type: "mouseMoved" | "mousePressed" | "mouseReleased", x: number, y: number): Promise<void>;
    /** Fingers at these places, in their order; none lifts them all. Each of them moves. Done when the page has heard of it. */
    touch(
        type: "touchStart" | "touchMove" | "touchEnd",
        ...places: readonly (readonly [x: number, y: number])[]
    ): Promise<void>;
    /** A picture of what is seen, as PNG. */
    picture(): Promise<Buffer>;
    /** As the user's system asks for it. */
    colours(scheme: "light" | "dark"): Promise<void>;
    /** What went wrong in the page, and what it asked the network for. */
    readonly complaints: readonly string[];
    close(): Promise<void>;
}

interface Message {
    readonly id?: number;
    readonly method?: string;
    readonly params?: Readonly<Record<string, unknown>>;
    readonly result?: Readonly<Record<string, unknown>>;
    readonly error?: { readonly message: string };
}

export async function openPage(browser: string, file: string, width = 1000): Promise<Page> {
    const folder = mkdtempSync(path.join(tmpdir(), "browser-"));
    const child = spawn(
        browser,
        ["--headless", "--no-sandbox", "--disable-gpu", `--user-data-dir=${folder}`, "--remote-debugging-pipe"],
        { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] },
    );
    const [send, receive] = [child.stdio[3] as Writable, child.stdio[4] as Readable];
    const waiting = new Map<number, { resolve: (message: Message) => void; reject: (error: Error) => void }>();
    const heard: ((message: Message) => void)[] = [];
    let rest = "";
    receive.setEncoding("utf8").on("data", (text: string) => {
        const messages = (rest + text).split("\0");
        rest = messages.pop()!;
        for (const message of messages.map((json) => JSON.parse(json) as Message)) {
            if (message.id === undefined) heard.forEach((hear) => hear(message));
            else if (message.error) waiting.get(message.id)?.reject(new Error(message.error.message));
            else waiting.get(message.id)?.resolve(message);
        }
    });
    const closed = new Promise<void>((resolve) => child.on("close", () => resolve()));
    child.on("close", () => waiting.forEach(({ reject }) => reject(new Error("The browser ended."))));
    let id = 0;
    const call = async (method: string, params: object = {}, sessionId?: string) => {
        send.write(`${JSON.stringify({ id: ++id, method, params, sessionId })}\0`);
        const { result } = await new Promise<Message>((resolve, reject) => waiting.set(id, { resolve, reject }));
        return result!;
    };
    const { targetId } = await call("Target.createTarget", { url: "about:blank" });
    const { sessionId } = (await call("Target.attachToTarget", { targetId, flatten: true })) as { sessionId: string };
    const inPage = (method: string, params: object = {}) => call(method, params, sessionId);
    const complaints: string[] = [];
    const loaded = new Promise<void>((resolve) =>
        heard.push(({ method, params }) => {
            if (method === "Page.loadEventFired") resolve();
            if (method === "Runtime.exceptionThrown") complaints.push(JSON.stringify(params!.exceptionDetails));
            const request = params?.request as { url: string } | undefined;
            if (method === "Network.requestWillBeSent" && !request!.url.startsWith("file:"))
                complaints.push(request!.url);
        }),
    );
    for (const domain of ["Page", "Runtime", "Network"]) await inPage(`${domain}.enable`);
    const size = { width, height: 900, deviceScaleFactor: 1, mobile: false };
    await inPage("Emulation.setDeviceMetricsOverride", size);
    await inPage("Page.navigate", { url: `file://${file}` });
    await loaded;
    return {
        evaluate: async <Value>(expression: string) => {
            const { result, exceptionDetails } = await inPage("Runtime.evaluate", { expression, returnByValue: true });
            if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
            return (result as { value: Value }).value;
        },
        mouse: async (type, x, y) => {
            const button = type === "mouseMoved" ? "none" : "left";
            await inPage("Input.dispatchMouseEvent", { type, x, y, button, clickCount: 1 });
        },
        touch: async (type, ...places) => {
            const touchPoints = places.map(([x, y], id) => ({ x, y, id }));
            const moves = type === "touchMove" ? places.length : 0;
            // The page hears of moves with its next frame, of each finger apart.
            const heard = `window.heard = new Promise((resolve) => { let left = ${moves}; if (left === 0) resolve(); addEventListener("pointermove", () => --left === 0 && resolve(), true); })`;
            await inPage("Runtime.evaluate", { expression: `${heard}; undefined` });
            await inPage("Input.dispatchTouchEvent", { type, touchPoints });
            await inPage("Runtime.evaluate", { expression: "window.heard", awaitPromise: true });
        },
        colours: async (value) => {
            await inPage("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value }] });
        },
        picture: async () => {
            const { data } = await inPage("Page.captureScreenshot");
            return Buffer.from(data as string, "base64");
        },
        complaints,
        close: async () => {
            await call("Browser.close").catch(() => undefined);
            await closed;
            rmSync(folder, { recursive: true, force: true });
        },
    };
}
