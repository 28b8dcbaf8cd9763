/** What docs/versions.md says works together is what the packages ask for; and what publishes them is pinned and may no more than that. */
import assert from "node:assert/strict";
import { load } from "js-yaml";
import { read, repositoryUrl } from "./pages";

interface Manifest {
    readonly version: string;
    readonly homepage: string;
    readonly bugs: string;
    readonly repository: { readonly url: string; readonly directory?: string };
    readonly engines: { readonly node: string };
    readonly peerDependencies: Readonly<Record<string, string>>;
}

interface Workflow {
    readonly permissions: object;
    readonly jobs: Readonly<Record<string, Job>>;
}

interface Job {
    readonly needs?: string;
    readonly permissions?: object;
    readonly steps: readonly { readonly uses?: string; readonly run?: string }[];
}

const manifestOf = (file: string) => JSON.parse(read(file)) as Manifest;
const manifests = { ".": manifestOf("package.json"), "packages/sandbox": manifestOf("packages/sandbox/package.json") };
const workflowOf = (name: string) => load(read(`.github/workflows/${name}.yml`)) as Workflow;
const runs = ({ steps }: Job) => steps.flatMap(({ run }) => (run === undefined ? [] : [run]));

describe("docs/versions.md", () => {
    const page = read("docs/versions.md");
    const { engines, peerDependencies } = manifests["."];

    it("has the Node.js that package.json asks for", () => {
        assert.equal(engines.node, ">=20");
        assert.match(page, /^\| Node\.js +\| 20 or later;/m);
    });

    for (const [name, range] of Object.entries(peerDependencies)) {
        it(`has ${name} ${range}`, () =>
            assert.match(
                page,
                new RegExp(`^\\| \`${name}\` +\\| ${range.replace("^", "\\^").replaceAll(".", "\\.")}[;, ]`, "m"),
            ));
    }

    it("has the oldest Pulumi CLI that this project takes", () => {
        const [, oldest] = /oldestVersion = "(.+)"/.exec(read("engine/places.ts"))!;
        assert.ok(page.includes(`| ${oldest} or later `), oldest);
        assert.equal(peerDependencies["@pulumi/pulumi"], `^${oldest}`);
    });
});

describe("the packages", () => {
    for (const [directory, { homepage, bugs, repository }] of Object.entries(manifests)) {
        it(`${directory} names its repository`, () => {
            assert.deepEqual(
                [repository.url, repository.directory ?? ".", bugs],
                [`git+${repositoryUrl}.git`, directory, `${repositoryUrl}/issues`],
            );
            assert.ok(homepage.startsWith(repositoryUrl), homepage);
        });
    }

    it("have one version", () => assert.equal(manifests["."].version, manifests["packages/sandbox"].version));
});

describe("the workflows", () => {
    for (const name of ["ci", "release"]) {
        it(`${name} takes actions at a commit, and may read the repository`, () => {
            const { permissions, jobs } = workflowOf(name);
            assert.deepEqual(permissions, { contents: "read" });
            const used = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ uses }) => uses ?? []));
            assert.ok(used.length > 0);
            for (const action of used) assert.match(action, /^actions\/[a-z-]+@[0-9a-f]{40}$/);
        });
    }

    it("ci runs what has to pass, on each Node.js", () =>
        assert.ok(runs(workflowOf("ci").jobs.test!).includes(".ci/run")));

    it("release tests the tag, and publishes both packages with provenance; only that job may name itself to others", () => {
        const { test, publish } = workflowOf("release").jobs as { test: Job; publish: Job };
        assert.equal(test.permissions, undefined);
        assert.ok(runs(test).includes(".ci/run"));
        assert.equal(publish.needs, "test");
        assert.deepEqual(publish.permissions, { contents: "read", "id-token": "write" });
        assert.deepEqual(
            runs(publish).filter((line) => line.includes("publish")),
            [
                "npm publish --provenance --access public",
                "npm publish --provenance --access public --workspace sharded-stream-sandbox",
            ],
        );
    });
});
