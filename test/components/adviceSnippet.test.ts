/** The program that `advise` prints is one that deploys what was advised: each kind of it runs as it stands. */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import ts from "typescript";
import { type Deployment } from "../../capacity/advice/choices";
import { snippetOf, type SnippetInput } from "../../capacity/advice/snippet";
import { type Requirements } from "../../capacity/requirements";
import * as shardedStream from "../../index";
import { run } from "./mocks";

/** Runs a program as a module of its own, and gives what it exports. */
function runProgram(program: string): Record<string, unknown> {
    const { outputText, diagnostics } = ts.transpileModule(program, {
        compilerOptions: { module: ts.ModuleKind.CommonJS },
        reportDiagnostics: true,
    });
    assert.deepEqual(diagnostics, []);
    const exported: Record<string, unknown> = {};
    const installed = createRequire(__filename);
    const find = (id: string): unknown => (id === "sharded-stream" ? shardedStream : installed(id));
    (new Function("require", "exports", outputText) as (find: unknown, exports: object) => void)(find, exported);
    return exported;
}

const requirements: Requirements = { writeMiBPerSecond: 9.07, recordsPerSecond: 5_010, headroom: 0.2 };

describe("the program that is advised", () => {
    const rows: readonly [
        title: string,
        deployment: Deployment,
        more: Partial<SnippetInput>,
        args: readonly string[],
        stream: Record<string, unknown>,
    ][] = [
        [
            "a static size that carries the peak",
            { kind: "static", shards: 12 },
            { requirements: { ...requirements, sharedConsumers: 2, fanOutConsumers: 1 } },
            [
                "  requirements: { writeMiBPerSecond: 9.07, recordsPerSecond: 5010, headroom: 0.2, sharedConsumers: 2, fanOutConsumers: 1 },",
            ],
            { shardCount: 12, retentionPeriod: 24 },
        ],
        [
            "a smaller one, which declares what it carries",
            { kind: "static", shards: 8 },
            { retentionHours: 168 },
            [
                "  requirements: { writeMiBPerSecond: 8, recordsPerSecond: 5010, headroom: 0 },",
                "  retentionHours: 168,",
            ],
            { shardCount: 8, retentionPeriod: 168 },
        ],
        [
            "a count that no headroom makes of the declaration",
            { kind: "static", shards: 133 },
            { requirements },
            [
                "  requirements: { writeMiBPerSecond: 9.07, recordsPerSecond: 5010, headroom: 10 },",
                "  shardCount: 133,",
            ],
            { shardCount: 133, retentionPeriod: 24 },
        ],
        [
            "a scaled stream",
            { kind: "scaled", mode: "predictive", minShards: 2, maxShards: 24 },
            { refusedShareSlo: 0.0001, maxReshardsPerDay: 0 },
            [
                "  requirements: { writeMiBPerSecond: 9.07, recordsPerSecond: 5010, headroom: 0.2 },",
                '  scaling: { mode: "predictive", minShards: 2, maxShards: 24, maxReshardsPerDay: 0, refusedShareSlo: 0.0001 },',
            ],
            { shardCount: 12, retentionPeriod: 24 },
        ],
        [
            "an on-demand stream",
            { kind: "onDemandStandard" },
            {},
            [
                "  requirements: { writeMiBPerSecond: 9.07, recordsPerSecond: 5010, headroom: 0.2 },",
                '  capacityMode: "on-demand",',
            ],
            { shardCount: undefined, retentionPeriod: 24 },
        ],
    ];
    for (const [title, deployment, more, args, stream] of rows) {
        it(title, async () => {
            const program = snippetOf({ name: "orders-live", requirements, retentionHours: 24, deployment, ...more });
            const [head, , ...lines] = program.split("\n");
            assert.equal(head, 'import { ShardedStream } from "sharded-stream";');
            const declared = lines.filter((line) => !line.startsWith("//"));
            assert.deepEqual(declared, [
                'export const ordersLive = new ShardedStream("orders-live", {',
                ...args,
                "});",
            ]);
            const { find } = await run(() => runProgram(program));
            const { shardCount, retentionPeriod } = find("aws:kinesis/stream:Stream").inputs;
            assert.deepEqual({ shardCount, retentionPeriod }, stream);
        });
    }

    it("says what it refuses on purpose, what it leaves no room for, and what is not of this program", () => {
        const comments = (deployment: Deployment) =>
            snippetOf({ name: "orders", requirements, retentionHours: 24, deployment })
                .split("\n")
                .filter((line) => line.startsWith("//"));
        assert.deepEqual(comments({ kind: "static", shards: 8 }), [
            "// Its busiest minute was 9.07 MiB/s and 5010 records/s; what is above this declaration is refused.",
        ]);
        assert.deepEqual(comments({ kind: "static", shards: 10 }), [
            "// headroom: 0 was enough for these days; headroom: 0.2, which their scatter asks for, is 12 shards.",
        ]);
        assert.deepEqual(comments({ kind: "static", shards: 12 }), []);
        assert.deepEqual(comments({ kind: "onDemandAdvantage" }), [
            "// On-demand Advantage is switched on for the whole account, beside this program.",
        ]);
    });

    const variableOf = (name: string): string => {
        const program = snippetOf({
            name,
            requirements,
            retentionHours: 24,
            deployment: { kind: "onDemandStandard" },
        });
        return /^export const (\w+) = /m.exec(program)![1]!;
    };

    it("calls the variable by the stream's name, where that is one", () => {
        const rows: readonly [name: string, variable: string][] = [
            ["orders", "orders"],
            ["Orders_eu.v2", "ordersEuV2"],
            ["2026-orders", "stream2026Orders"],
            ["delete", "streamDelete"],
        ];
        for (const [name, variable] of rows) assert.equal(variableOf(name), variable);
    });

    it("calls no variable by a word that TypeScript keeps, whatever the stream's name", () => {
        const keywords = Array.from({ length: ts.SyntaxKind.LastKeyword - ts.SyntaxKind.FirstKeyword + 1 }, (_, at) =>
            ts.tokenToString(ts.SyntaxKind.FirstKeyword + at)!,
        );
        const names = [...keywords, "arguments", "eval", "exports", "globalThis"];
        const program = names.map((name) => `export const ${variableOf(name)} = "${name}";\n`).join("");
        for (const module of [ts.ModuleKind.CommonJS, ts.ModuleKind.ESNext])
            assert.deepEqual(complaints(program, module), []);
        assert.deepEqual(complaints("export const public = 1;\nexport const orders = 1;\n", ts.ModuleKind.CommonJS), [
            "Identifier expected. 'public' is a reserved word in strict mode. Modules are automatically in strict mode.",
        ]);
    });
});

/** What TypeScript says of a module, without looking at types. */
function complaints(text: string, module: ts.ModuleKind): string[] {
    const name = "program.ts";
    const host: ts.CompilerHost = {
        getSourceFile: (file, options) => (file === name ? ts.createSourceFile(file, text, options) : undefined),
        getDefaultLibFileName: () => "",
        writeFile: () => undefined,
        getCurrentDirectory: () => "",
        getCanonicalFileName: (file) => file,
        useCaseSensitiveFileNames: () => true,
        getNewLine: () => "\n",
        fileExists: (file) => file === name,
        readFile: () => undefined,
    };
    const program = ts.createProgram([name], { module, target: ts.ScriptTarget.ES2022, noLib: true, types: [] }, host);
    const source = program.getSourceFile(name);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "));
}
