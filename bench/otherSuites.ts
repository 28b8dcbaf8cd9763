/**
 * The suites that others wrote for their own Kinesis, against this sandbox: kinesalite's (`npx mocha`) and moto's (`pytest`, boto3).
 *
 *     node --require ./test/setup.js bench/otherSuites.ts kinesalite [FOLDER]
 *     node --require ./test/setup.js bench/otherSuites.ts moto PYTHON [FOLDER]
 *     node --require ./test/setup.js bench/otherSuites.ts moto-cloudwatch PYTHON [FOLDER]
 *
 * FOLDER is a checkout; without it one is cloned from GitHub. PYTHON is an interpreter that has `moto[server] pytest freezegun`. Prints what passed of
 * all, and the names of what did not; what these mean stands in RESULTS.md. Nothing of the suites stays here.
 */
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import * as http from "node:http";
import { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import * as path from "node:path";

import { type Sandbox, startSandbox } from "../sandbox/index";

interface Suite {
    readonly repository: string;
    /** How long a change of a stream takes: as the suite's own emulator. */
    readonly changeSeconds: number;
    /** What takes the place of the suite's own emulator, by its path in the checkout. */
    readonly stub: { readonly file: string; readonly text: string };
    /** Commands to run, one after the other, in the checkout. The last prints the report. */
    readonly commands: (python: string) => readonly string[][];
    /** The names of the tests that passed, and of those that failed. */
    readonly read: (report: string) => { readonly passed: readonly string[]; readonly failed: readonly string[] };
}

/** Hands each connection on to the sandbox, and signs for Kinesis although the host is none of AWS's. */
const kinesaliteStub = `
const net = require("net");
const aws4 = require("aws4");
const { sign } = aws4;
aws4.sign = (options, credentials) => sign(Object.assign(options, { service: "kinesis", region: "us-east-1" }), credentials);
module.exports = () => net.createServer((socket) => {
    const sandbox = net.connect(+new URL(process.env.AWS_ENDPOINT_URL).port, "127.0.0.1");
    socket.on("error", () => sandbox.destroy());
    sandbox.on("error", () => socket.destroy());
    socket.pipe(sandbox).pipe(socket);
});
`;

/** Instead of a mock in the process, a sandbox that is as new as a mock. */
const motoStub = `
import contextlib, os, urllib.request
import moto

class Fresh(contextlib.ContextDecorator):
    def __enter__(self):
        urllib.request.urlopen(os.environ["RESET_URL"]).read()
        return self
    def __exit__(self, *_):
        return False
    def start(self, *_, **__):
        self.__enter__()
    def stop(self):
        pass

moto.mock_aws = lambda func=None, config=None: Fresh() if func is None else Fresh()(func)
`;

const suites: Readonly<Record<string, Suite>> = {
    kinesalite: {
        repository: "mhart/kinesalite",
        changeSeconds: 0.5,
        stub: { file: "index.js", text: kinesaliteStub },
        commands: () => [
            ["npm", "install", "--omit=optional", "--ignore-scripts", "--no-audit", "--no-fund"],
            // One test waits five minutes for an iterator to expire.
            "npx mocha --exit --require should -t 8s --invert --fgrep expired --reporter json".split(" "),
        ],
        read: (report) => {
            type Tests = readonly { readonly fullTitle: string }[];
            const { passes, failures } = JSON.parse(report.slice(report.indexOf("{"))) as Record<string, Tests>;
            const titles = (of: Tests = []): string[] => of.map(({ fullTitle }) => fullTitle);
            return { passed: titles(passes), failed: titles(failures) };
        },
    },
    moto: moto("tests/test_kinesis"),
    "moto-cloudwatch": moto("tests/test_cloudwatch"),
};

/** One folder of moto's tests. */
function moto(tests: string): Suite {
    return {
        repository: "getmoto/moto",
        changeSeconds: 0,
        stub: { file: "conftest.py", text: motoStub },
        commands: (python) => [[python, ..."-m pytest -q -rA --tb=no".split(" "), tests]],
        read: (report) => {
            const named = (outcome: RegExp): string[] => [...report.matchAll(outcome)].map(([, name]) => name!);
            return { passed: named(/^PASSED (\S+)/gm), failed: named(/^(?:FAILED|ERROR) (\S+)/gm) };
        },
    };
}

async function main(): Promise<void> {
    const [name = "", ...rest] = process.argv.slice(2);
    const suite = suites[name];
    if (!suite) throw new Error(`Say which suite: ${Object.keys(suites).join(" or ")}.`);
    const [python = "", from] = name.startsWith("moto") ? rest : ["", ...rest];
    const folder = mkdtempSync(path.join(tmpdir(), "other-suite-"));
    const server = await resettable(suite.changeSeconds);
    try {
        if (from) cpSync(from, folder, { recursive: true });
        else await run(["git", "clone", "--depth", "1", `https://github.com/${suite.repository}.git`, folder], "/", {});
        writeFileSync(path.join(folder, suite.stub.file), suite.stub.text);
        let report = "";
        for (const command of suite.commands(python)) report = await run(command, folder, server.env());
        const { passed, failed } = suite.read(report);
        process.stdout.write(`${[...failed].sort().join("\n")}\n\n`);
        process.stdout.write(`${name}: ${passed.length} of ${passed.length + failed.length} passed.\n`);
    } finally {
        await server.stop();
        rmSync(folder, { recursive: true, force: true });
    }
}

/** A sandbox at one port, and a URL that puts a new one in its place. */
async function resettable(changeSeconds: number) {
    const start = (port: number): Promise<Sandbox> =>
        startSandbox({
            port,
            limitsCallRates: false,
            accountShardsMax: 200,
            durations: {
                createSeconds: changeSeconds,
                deleteSeconds: changeSeconds,
                splitOrMergeSeconds: changeSeconds,
                changeSeconds: 0,
                updateSeconds: () => changeSeconds,
            },
        });
    let sandbox = await start(0);
    const port = Number(new URL(sandbox.endpoint).port);
    const reset = http.createServer((_request, response) => {
        void sandbox.stop().then(async () => {
            sandbox = await start(port);
            response.end();
        });
    });
    await new Promise<void>((resolve) => reset.listen(0, "127.0.0.1", resolve));
    return {
        env: () => ({ ...sandbox.env, RESET_URL: `http://127.0.0.1:${(reset.address() as AddressInfo).port}` }),
        stop: async () => {
            reset.close();
            reset.closeAllConnections();
            await sandbox.stop();
        },
    };
}

/** What a command prints. Tests that fail are no fault of the command. */
async function run([command = "", ...args]: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    await new Promise((resolve, reject) => child.once("close", resolve).once("error", reject));
    return output;
}

main().catch((error: unknown) => {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
});
