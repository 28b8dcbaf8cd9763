/** Regions and partitions are those that the SDK of AWS knows. */
import assert from "node:assert/strict";
import { partition as knownPartition } from "@aws-sdk/core/client";
import { dnsSuffixOf, isRegion, partitionOf } from "../../capacity/regions";

const rows: readonly [region: string, partition: string, dnsSuffix: string][] = [
    ["us-east-1", "aws", "amazonaws.com"],
    ["ap-southeast-7", "aws", "amazonaws.com"],
    ["mx-central-1", "aws", "amazonaws.com"],
    ["cn-northwest-1", "aws-cn", "amazonaws.com.cn"],
    ["us-gov-west-1", "aws-us-gov", "amazonaws.com"],
    ["eusc-de-east-1", "aws-eusc", "amazonaws.eu"],
    ["us-iso-east-1", "aws-iso", "c2s.ic.gov"],
    ["us-isob-east-1", "aws-iso-b", "sc2s.sgov.gov"],
    ["eu-isoe-west-1", "aws-iso-e", "cloud.adc-e.uk"],
    ["us-isof-south-1", "aws-iso-f", "csp.hci.ic.gov"],
];

describe("a region", () => {
    for (const [region, name, dnsSuffix] of rows) {
        it(`${region} is in the partition ${name}, and its endpoints end in ${dnsSuffix}`, () => {
            assert.equal(isRegion(region), true);
            const { name: inPartition, dnsSuffix: ends } = partitionOf(region);
            assert.deepEqual([inPartition, ends, dnsSuffixOf(name)], [name, dnsSuffix, dnsSuffix]);
            const { name: known, dnsSuffix: knownSuffix } = knownPartition(region);
            assert.deepEqual([known, knownSuffix], [name, dnsSuffix]);
        });
    }

    for (const text of ["", "Ireland", "local", "us-east", "US-EAST-1", "us-east-1 ", " us-east-1", "europe-west-1"])
        it(`is not ${JSON.stringify(text)}`, () => assert.equal(isRegion(text), false));
});
