/**
 * Queries that compute what `keys analyze` computes, over data in a lake: each key's shard by MD5, the load of each shard, the heaviest keys.
 *
 * SQL has no 128-bit integers in common, but MD5 in hexadecimal sorts as the integer does: a shard's range becomes a comparison of text.
 */
import { limits } from "../limits";
import { type HashRing } from "./hashRing";
import { recordWeights } from "./sample";

/** The dialects of SQL that a query can be had in. */
export const sqlDialects = {
    athena: "Amazon Athena (Trino)",
    spark: "Spark SQL 3.4 or later",
    duckdb: "DuckDB 1.0 or later",
} as const;

/** A dialect of SQL: `athena`, `spark` or `duckdb`. */
export type SqlDialect = keyof typeof sqlDialects;

/** What a query over a lake is to count. */
export interface KeyQuery {
    /** Who runs it. */
    readonly dialect: SqlDialect;
    /** The shards to count for. */
    readonly ring: HashRing;
    /** A table, or what the dialect takes in its place, such as read_csv('events.csv') in DuckDB. Put into the query as it is. */
    readonly table: string;
    /** The column of the partition key, as an expression. */
    readonly column: string;
    /** The column of the weight, as an expression; undefined: every record counts 1. */
    readonly weight?: string | undefined;
    /** Heaviest keys to list for each shard. */
    readonly keys: number;
}

/** How each dialect writes what they do not have in common. */
interface DialectRow {
    /** MD5 of a text's UTF-8 bytes as 32 lowercase hexadecimal digits. */
    readonly md5: (text: string) => string;
    readonly text: string;
    readonly double: string;
    /** Rows of values as a table with those columns. */
    readonly values: (rows: readonly string[], columns: readonly string[]) => string;
}

const dialects: Readonly<Record<SqlDialect, DialectRow>> = {
    athena: {
        md5: (text) => `lower(to_hex(md5(to_utf8(${text}))))`,
        text: "varchar",
        double: "double",
        values: (rows, columns) => `SELECT * FROM (VALUES\n${rows.join(",\n")}\n  ) AS ranges (${columns.join(", ")})`,
    },
    spark: {
        md5: (text) => `md5(encode(${text}, 'UTF-8'))`,
        text: "string",
        double: "double",
        values: (rows, columns) => `SELECT * FROM VALUES\n${rows.join(",\n")}\n  AS ranges (${columns.join(", ")})`,
    },
    duckdb: {
        md5: (text) => `md5(${text})`,
        text: "varchar",
        double: "double",
        values: (rows, columns) => `SELECT * FROM (VALUES\n${rows.join(",\n")}\n  ) AS ranges (${columns.join(", ")})`,
    },
};

/**
 * The query: a row for each shard (`shard_id`, `records`, `weight`, `share`, `over_average`), hit or not, and for each of its heaviest
 * keys (`partition_key`, `key_records`, `key_weight`, `key_share`).
 */
export function keyQuery({ dialect, ring, table, column, weight, keys }: KeyQuery): string {
    const { md5, text, double, values } = dialects[dialect];
    const rows = ring.starts.map((start, index) => {
        // The first hash key of each shard and of the next, in hexadecimal; "g" sorts after every digit.
        const next = ring.starts[index + 1];
        return `    ('${ring.shardIds[index]}', '${hex(start)}', '${next === undefined ? "g" : hex(next)}')`;
    });
    const key = `CAST(${column} AS ${text})`;
    const load = `CAST(${weight ?? "1"} AS ${double})`;
    const { least, most } = recordWeights;
    const isWeighed = weight === undefined ? "" : `\n    AND (${load} = 0 OR ${load} BETWEEN ${least} AND ${most})`;
    // What reads the table comes first: a table may have the name of any of the others.
    return `-- The load of each shard and its heaviest partition keys: MD5 of the key, looked up in the shards' hash key ranges.
WITH keys AS (
  SELECT ${key} AS partition_key,
         COUNT(*) AS key_records,
         SUM(${load}) AS key_weight
  FROM ${table}
  WHERE LENGTH(${key}) BETWEEN 1 AND ${limits.partitionKeyCharactersMax}${isWeighed}
  GROUP BY 1
),
ranges AS (
  ${values(rows, ["shard_id", "first_hash", "next_hash"])}
),
hashed AS (
  SELECT partition_key, key_records, key_weight, ${md5("partition_key")} AS hash
  FROM keys
),
placed AS (
  SELECT ranges.shard_id, partition_key, key_records, key_weight,
         ROW_NUMBER() OVER (PARTITION BY ranges.shard_id ORDER BY key_weight DESC, partition_key) AS place
  FROM hashed
  JOIN ranges ON hashed.hash >= ranges.first_hash AND hashed.hash < ranges.next_hash
),
shards AS (
  SELECT ranges.shard_id,
         COALESCE(SUM(placed.key_records), 0) AS records,
         COALESCE(SUM(placed.key_weight), 0) AS weight
  FROM ranges LEFT JOIN placed ON placed.shard_id = ranges.shard_id
  GROUP BY ranges.shard_id
),
total AS (
  SELECT NULLIF(SUM(weight), 0) AS weight, COUNT(*) AS shard_count FROM shards
)
SELECT shards.shard_id,
       shards.records,
       shards.weight,
       shards.weight / total.weight AS share,
       shards.weight / total.weight * total.shard_count AS over_average,
       placed.partition_key,
       placed.key_records,
       placed.key_weight,
       placed.key_weight / total.weight AS key_share
FROM shards
CROSS JOIN total
LEFT JOIN placed ON placed.shard_id = shards.shard_id AND placed.place <= ${keys}
ORDER BY shards.shard_id, placed.place;
`;
}

function hex(hashKey: bigint): string {
    return hashKey.toString(16).padStart(32, "0");
}
