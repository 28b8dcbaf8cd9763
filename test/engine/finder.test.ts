/** How an engine is found on the machine, downloaded or built, and what is said where it cannot be. */
import * as assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import { scrubbedEnvironment } from "../../engine/environment";
import { embeddedBanner, findEngine } from "../../engine/find";
import { removeFolder, removeStaleFolders, temporaryFolder } from "../../engine/folders";
import { installEngine } from "../../engine/install";
import { engineFolder, engineVersion, executable } from "../../engine/release";
import { type InstallTools, installTools } from "../../engine/tools";

/** A machine: what is in its PATH and cache, and what its commands do. */
interface Machine {
    /** The version that `pulumi` on PATH says; "broken" does not start. */
    readonly onPath?: string;
    readonly inCache?: string;
    readonly go?: "works" | "fails";
    /** Undefined: there is no connection. */
    readonly downloads?: "works" | "fails" | "stale";
}

const none = "PATH has no pulumi.";
const noCache = "The cache has no pulumi.";
const unreachable = "Pulumi's download site cannot be reached: getaddrinfo ENOTFOUND get.pulumi.com.";
const embedded = { kind: "embedded" };
const downloading = `Downloading pulumi v${engineVersion} with the npm package "pulumi" ...`;
const building = `Building pulumi v${engineVersion} from the Go module proxy; the first time takes some minutes ...`;
const downloadSeconds = 59;
const buildSeconds = 185;
const downloaded = `pulumi v${engineVersion} is in the cache (59 s).`;
const built = `pulumi v${engineVersion} is in the cache (3 min 5 s).`;
const noGo = "Go is not installed, so pulumi cannot be built (https://go.dev/dl).";
const noEngine =
    "No Pulumi CLI could be had. Everything but the tests of the real engine works with the embedded engine.";

describe("the engine finder takes what the machine has", () => {
    let folder: string;
    let environment: Record<string, string>;
    beforeEach(() => {
        folder = temporaryFolder();
        environment = { PATH: path.join(folder, "bin"), XDG_CACHE_HOME: path.join(folder, "cache") };
    });
    afterEach(() => removeFolder(folder));

    const rows: [title: string, machine: Machine, lines: string[], found: object][] = [
        [
            "pulumi on PATH, of whatever newer version",
            { onPath: "3.300.1", inCache: engineVersion },
            ["Using pulumi v3.300.1 from PATH."],
            { kind: "real", version: "3.300.1", source: "from PATH" },
        ],
        [
            "pulumi on PATH that is too old gives way to the cache",
            { onPath: "3.209.9", inCache: engineVersion },
            [
                "pulumi on PATH is v3.209.9; v3.210.0 or newer is needed.",
                `Using pulumi v${engineVersion} from the cache.`,
            ],
            { kind: "real", version: engineVersion, source: "from the cache" },
        ],
        [
            "pulumi on PATH that does not start gives way, too",
            { onPath: "broken", inCache: engineVersion },
            [
                "pulumi on PATH (PATH/pulumi) does not work: cannot execute",
                `Using pulumi v${engineVersion} from the cache.`,
            ],
            { kind: "real", version: engineVersion, source: "from the cache" },
        ],
        [
            "nothing here, but a connection",
            { downloads: "works" },
            [none, noCache, downloading, downloaded],
            { kind: "real", version: engineVersion, source: "downloaded" },
        ],
        ["nothing here and no connection", {}, [none, noCache, unreachable, embeddedBanner], embedded],
        [
            "a download that fails",
            { downloads: "fails" },
            [none, noCache, downloading, "The download failed: curl: (22) 404", embeddedBanner],
            embedded,
        ],
        [
            "a download of something else",
            { downloads: "stale" },
            [none, noCache, downloading, "The download gave no working pulumi: it says v3.1.0", embeddedBanner],
            embedded,
        ],
        [
            "a half-written cache and no connection",
            { inCache: "broken" },
            [none, "The cached pulumi does not work and is set aside: cannot execute", unreachable, embeddedBanner],
            embedded,
        ],
        [
            "a half-written cache is healed by a download",
            { inCache: "broken", downloads: "works" },
            [none, "The cached pulumi does not work and is set aside: cannot execute", downloading, downloaded],
            { kind: "real", version: engineVersion, source: "downloaded" },
        ],
    ];
    for (const [title, machine, lines, expected] of rows) {
        it(title, async () => {
            const said: string[] = [];
            const found = await findEngine({
                environment,
                say: (line) => said.push(line.replace(environment.PATH ?? "", "PATH")),
                tools: toolsOf(machine, environment),
            });
            assert.deepEqual(said, lines);
            const { executable: file, ...rest } = { executable: undefined, ...found };
            assert.deepEqual(rest, expected);
            assert.equal(file === undefined, expected === embedded);
        });
    }

    it("asks nothing of the network when it may not download", async () => {
        const said: string[] = [];
        const tools = { ...toolsOf({}, environment), unreachable: () => assert.fail("asked") };
        const options = { environment, mayDownload: false, tools, say: (line: string) => said.push(line) };
        assert.deepEqual(await findEngine(options), embedded);
        assert.deepEqual(said, [none, noCache, embeddedBanner]);
    });

    it("looks for nothing when the embedded engine is asked for, and fails when only the real one will do", async () => {
        const tools = toolsOf({ onPath: engineVersion }, environment);
        assert.deepEqual(await findEngine({ prefer: "embedded", environment, tools }), embedded);
        fs.rmSync(environment.PATH ?? "", { recursive: true });
        await assert.rejects(findEngine({ prefer: "real", environment, tools, mayDownload: false }), {
            message:
                "There is no Pulumi CLI. Install one (https://www.pulumi.com/docs/install), or in a checkout `npm run engine`.",
        });
    });

    const installs: [title: string, machine: Machine, done: boolean, lines: string[]][] = [
        ["is content with PATH", { onPath: "3.300.1" }, true, ["Using pulumi v3.300.1 from PATH."]],
        [
            "is content with the cache",
            { inCache: engineVersion },
            true,
            [none, `Using pulumi v${engineVersion} from the cache.`],
        ],
        ["downloads", { downloads: "works", go: "works" }, true, [none, noCache, downloading, downloaded]],
        ["builds where it cannot download", { go: "works" }, true, [none, noCache, unreachable, building, built]],
        ["says that Go is missing", {}, false, [none, noCache, unreachable, noGo, noEngine]],
        [
            "says why the build failed",
            { go: "fails" },
            false,
            [none, noCache, unreachable, building, "The build failed: modules.example: 503", noEngine],
        ],
        [
            "heals a half-written cache",
            { inCache: "broken", go: "works" },
            true,
            [none, "The cached pulumi does not work and is set aside: cannot execute", unreachable, building, built],
        ],
    ];
    for (const [title, machine, done, lines] of installs) {
        it(`npm run engine ${title}`, async () => {
            const said: string[] = [];
            const outcome = await installEngine((line) => said.push(line), environment, toolsOf(machine, environment));
            assert.deepEqual([outcome.done, ...said, outcome.line], [done, ...lines]);
            const parent = path.dirname(engineFolder(environment));
            const left = fs.existsSync(parent) ? fs.readdirSync(parent) : [];
            assert.deepEqual(
                left,
                left.filter((name) => !name.startsWith("sharded-stream-")),
                "no staging folder is left",
            );
            if (done && machine.onPath === undefined)
                assert.equal(fs.existsSync(executable(engineFolder(environment))), true);
        });
    }

    it("puts a language host beside a CLI that it builds, which brings none", async () => {
        await installEngine(() => undefined, environment, toolsOf({ go: "works" }, environment));
        const host = path.join(engineFolder(environment), "pulumi-language-nodejs");
        assert.notEqual(fs.statSync(host).mode & 0o100, 0);
        const alone = spawnSync(process.execPath, [host], { encoding: "utf8", env: {} });
        assert.deepEqual(
            [alone.status, alone.stderr],
            [1, "This language host works inside the sharded-stream sandbox; install Pulumi for anything else.\n"],
        );
    });
});

describe("the tools that the finder works with", () => {
    it("say that a command cannot be started, or took too long", async () => {
        const options = { environment: {}, secondsMax: 0.05 };
        const absent = await installTools.run("/no/such/command", [], options);
        assert.deepEqual(absent, { exitCode: undefined, output: "spawn /no/such/command ENOENT" });
        const slow = await installTools.run(process.execPath, ["-e", "setInterval(() => 0, 1000)"], options);
        assert.deepEqual(slow, { exitCode: undefined, output: "\nit took more than 0.05 s" });
    });

    it("say why a site does not answer", async () => {
        assert.match(
            (await installTools.unreachable("http://127.0.0.1:9/", 5)) ?? "",
            /^(connect ECONNREFUSED|bad port)/,
        );
    });
});

describe("temporary folders do not outlive their process", () => {
    it("a folder of a killed process is removed by the next start, a living one's is kept", async () => {
        const parent = temporaryFolder();
        const child = spawn(process.execPath, ["-e", "setInterval(() => 0, 1000)"]);
        const [dead, living, foreign] = ["sharded-stream-dead", "sharded-stream-living", "sharded-stream-foreign"].map(
            (name) => path.join(parent, name),
        ) as [string, string, string];
        for (const folder of [dead, living, foreign]) fs.mkdirSync(folder);

        fs.writeFileSync(path.join(dead, "owner.pid"), String(child.pid));
        fs.writeFileSync(path.join(living, "owner.pid"), String(process.pid));
        assert.deepEqual(removeStaleFolders(parent), []);
        child.kill("SIGKILL");
        await once(child, "exit");
        assert.deepEqual(removeStaleFolders(parent), [dead]);
        assert.deepEqual(fs.readdirSync(parent).sort(), ["owner.pid", path.basename(foreign), path.basename(living)]);
        removeFolder(parent);
    });
});

describe("what the sandbox starts knows nothing of the caller's accounts", () => {
    it("Pulumi, AWS, Node.js and proxy settings are left out", () => {
        const environment = scrubbedEnvironment(
            {
                PATH: "/bin",
                HOME: "/home/me",
                AWS_PROFILE: "production",
                PULUMI_ACCESS_TOKEN: "secret",
                NODE_OPTIONS: "--inspect",
                TS_NODE_PROJECT: "x",
                HTTPS_PROXY: "http://proxy",
                no_proxy: "example.com",
                UNSET: undefined,
            },
            { AWS_REGION: "us-east-1" },
        );
        assert.deepEqual(environment, {
            PATH: "/bin",
            HOME: "/home/me",
            NO_PROXY: "127.0.0.1,localhost,::1",
            no_proxy: "127.0.0.1,localhost,::1",
            AWS_REGION: "us-east-1",
        });
    });
});

function toolsOf(machine: Machine, environment: Record<string, string>): InstallTools {
    const places = [
        [environment.PATH ?? "", machine.onPath],
        [engineFolder(environment), machine.inCache],
    ] as const;
    for (const [folder, version] of places) if (version !== undefined) write(folder, version);

    let nowMs = 0;
    return {
        nowMs: () => nowMs,
        unreachable: async () =>
            machine.downloads === undefined ? "getaddrinfo ENOTFOUND get.pulumi.com." : undefined,
        run: async (command, args, options) => {
            if (path.basename(command).startsWith("pulumi")) {
                const version = fs.readFileSync(command, "utf8");
                return version === "broken"
                    ? { exitCode: undefined, output: "cannot execute" }
                    : { exitCode: 0, output: `v${version}\n` };
            }
            if (command === "go" && machine.go === undefined) return { exitCode: undefined, output: "spawn go ENOENT" };

            if (command === "go" && args[0] === "version")
                return { exitCode: 0, output: "go version go1.26 linux/amd64" };

            if (command === "go") {
                nowMs += buildSeconds * 1_000;
                write(path.dirname(args[args.indexOf("-o") + 1] ?? ""), engineVersion);
                return machine.go === "works"
                    ? { exitCode: 0, output: "" }
                    : { exitCode: 1, output: "\nmodules.example: 503\n" };
            }
            assert.deepEqual(args.slice(-6), [
                "exec",
                "--yes",
                `--package=pulumi@${engineVersion}`,
                "--",
                "pulumi",
                "version",
            ]);
            if (machine.downloads === "fails") return { exitCode: 1, output: "curl: (22) 404\n" };

            nowMs += downloadSeconds * 1_000;
            const home = options.environment.PULUMI_HOME ?? "";
            write(
                path.join(home, "versions", engineVersion, "bin"),
                machine.downloads === "stale" ? "3.1.0" : engineVersion,
            );
            return { exitCode: 0, output: "" };
        },
    };
}

/** A pulumi whose only content is the version that it tells. */
function write(folder: string, version: string): void {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(executable(folder), version, { mode: 0o755 });
}
