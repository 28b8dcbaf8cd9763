/**
 * How regions of AWS are spelled, and which partition each is in: the text that its ARNs begin with, and what its endpoints end in.
 *
 * Source: partitions of the AWS SDK for JavaScript, read 2026-11; test/capacity/regions.test.ts holds the table to it.
 */

/** Two letters and more words, such as us-gov-west-1; the European Sovereign Cloud has four, eusc-de-east-1. */
export const regionSpelling = "[a-z]{2,4}(?:-[a-z]+)+-\\d+";

const wholeRegion = new RegExp(`^${regionSpelling}$`);

export function isRegion(text: string): boolean {
    return wholeRegion.test(text);
}

export interface Partition {
    readonly name: string;
    readonly dnsSuffix: string;
}

/** The partition of a region; of one that nobody knows yet it is `aws`. */
export function partitionOf(region: string): Partition {
    return partitions.find(({ begins }) => region.startsWith(begins)) ?? everywhereElse;
}

/** What the endpoints of a partition end in. */
export function dnsSuffixOf(partition: string): string {
    return (partitions.find(({ name }) => name === partition) ?? everywhereElse).dnsSuffix;
}

const everywhereElse: Partition = { name: "aws", dnsSuffix: "amazonaws.com" };

/** By what their regions begin with, and no others do. */
const partitions: readonly (Partition & { readonly begins: string })[] = [
    { begins: "cn-", name: "aws-cn", dnsSuffix: "amazonaws.com.cn" },
    { begins: "us-gov-", name: "aws-us-gov", dnsSuffix: "amazonaws.com" },
    { begins: "eusc-", name: "aws-eusc", dnsSuffix: "amazonaws.eu" },
    { begins: "us-iso-", name: "aws-iso", dnsSuffix: "c2s.ic.gov" },
    { begins: "us-isob-", name: "aws-iso-b", dnsSuffix: "sc2s.sgov.gov" },
    { begins: "eu-isoe-", name: "aws-iso-e", dnsSuffix: "cloud.adc-e.uk" },
    { begins: "us-isof-", name: "aws-iso-f", dnsSuffix: "csp.hci.ic.gov" },
];
