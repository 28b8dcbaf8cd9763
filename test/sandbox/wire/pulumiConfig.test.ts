/** What points Pulumi's aws provider at the sandbox, in a stack's file of its own or beside a program's settings. */
import { deepEqual, equal } from "node:assert/strict";
import { load } from "js-yaml";

import { pulumiConfig } from "../../../sandbox/wire/pulumiConfig";

const sandbox = {
    endpoint: "http://127.0.0.1:4566",
    region: "eu-west-1",
    services: { sns: 1, kinesis: 1, monitoring: 1 },
};

const own = {
    "aws:region": "eu-west-1",
    "aws:accessKey": "AKIASANDBOX000000000",
    "aws:secretKey": "sandbox",
    "aws:skipCredentialsValidation": "true",
    "aws:skipMetadataApiCheck": "true",
    "aws:skipRegionValidation": "true",
    "aws:endpoints": [{ cloudwatch: sandbox.endpoint, kinesis: sandbox.endpoint, sns: sandbox.endpoint }],
};

const rows: readonly (readonly [title: string, existing: string, wanted: object])[] = [
    ["is a whole file where there was none", "", { config: own }],
    [
        "leaves the settings of the program as they are",
        "encryptionsalt: v1:abc\nconfig:\n  aws:region: us-east-1\n  shop:topics:\n    - one\n    - two\n  shop:size: 3\nenvironment:\n  - base\n",
        {
            encryptionsalt: "v1:abc",
            config: { ...own, "shop:topics": ["one", "two"], "shop:size": 3 },
            environment: ["base"],
        },
    ],
    [
        "takes another indent and a list that is not indented",
        "config:\n    aws:endpoints:\n    - kinesis: http://127.0.0.1:1\n    shop:size: 3\n    aws:profile: production\n",
        { config: { ...own, "shop:size": 3 } },
    ],
    ["fills an empty map", "config: {}\n", { config: own }],
];

describe("the configuration for Pulumi's aws provider", () => {
    for (const [title, existing, wanted] of rows)
        it(title, () => deepEqual(load(pulumiConfig(sandbox, existing)), wanted));

    it("is the same the second time, and follows the sandbox to another port", () => {
        const once = pulumiConfig(sandbox, "config:\n  shop:size: 3\n");
        equal(pulumiConfig(sandbox, once), once);
        const moved = pulumiConfig({ ...sandbox, endpoint: "http://127.0.0.1:4567" }, once);
        equal(moved, once.replaceAll("4566", "4567"));
    });
});
