/**
 * The code of the scaler's Lambda: serialised once per program, one archive shared by every StreamAutoscaler.
 *
 * The handler is bundled into one factory function (scripts/bundle-scaler.js): a closure over this package's own modules would be
 * serialised as `require("sharded-stream/...")`, which no zip contains. A build makes the bundle and serialises it; where this runs from
 * TypeScript sources (tests, a plugin installed from git) both happen on demand.
 *
 * The text brings its own request handler (stream/connection.ts) and takes the SDK from Lambda's runtime: a program's state holds the text
 * once for each scaled stream, and the SDK would make 93 kB of it 1 MB. It is tried with SDKs since June 2024.
 */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";

/** How the one file of the archive and its export are named to Lambda. */
export const scalerHandlerName = "index.handler";

let archive: pulumi.Output<pulumi.asset.Archive> | undefined;

/** The archive of the scaler's code: the same object, and the same bytes, for every stream of a program. */
export function scalerArchive(): pulumi.Output<pulumi.asset.Archive> {
    archive ??= pulumi.output(
        scalerText().then((text) => new pulumi.asset.AssetArchive({ "index.js": new pulumi.asset.StringAsset(text) })),
    );
    return archive;
}

const builtFolder = path.join(__dirname, "..", "scaler");

/** The text of the archive's one file: as the build serialised it, or, where there is no build of this bundle, as Pulumi does now. */
export async function scalerText(): Promise<string> {
    // The package has the text alone, and no source that could be newer.
    if (!fs.existsSync(path.join(builtFolder, "bundle.js")) && fs.existsSync(serializedFile(builtFolder)))
        return serialized(builtFolder).text;
    const bundle = bundleFile();
    return builtText(bundle) ?? serializedText(bundle);
}

/** The text as Pulumi serialises the bundle's factory, which takes a fifth of a second: Pulumi parses it all. */
export async function serializedText(bundle = bundleFile()): Promise<string> {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { createScalerHandler } = require(bundle) as { createScalerHandler: () => unknown };
    // The factory itself: an arrow function around it would capture the package that it comes from.
    const serialized = await pulumi.runtime.serializeFunction(createScalerHandler, {
        exportName: "handler",
        isFactoryFunction: true,
    });
    return serialized.text;
}

/** What the build serialised, if it was this very bundle. */
function builtText(bundle: string): string | undefined {
    const folder = path.dirname(bundle);
    if (!fs.existsSync(serializedFile(folder))) return undefined;
    const { hash, text } = serialized(folder);
    return hash === hashOf(bundle) ? text : undefined;
}

function serializedFile(folder: string): string {
    return path.join(folder, "serialized.txt");
}

/** The first line holds the hash of the bundle. */
function serialized(folder: string): { readonly hash: string; readonly text: string } {
    const content = fs.readFileSync(serializedFile(folder), "utf8");
    const firstLine = content.indexOf("\n");
    return { hash: content.slice(0, firstLine), text: content.slice(firstLine + 1) };
}

function hashOf(file: string): string {
    return createHash("sha256").update(fs.readFileSync(file)).digest("hex");
}

function bundleFile(): string {
    const built = path.join(builtFolder, "bundle.js");
    return fs.existsSync(built) ? built : bundleFromSources();
}

function bundleFromSources(): string {
    const script = path.join(__dirname, "..", "scripts", "bundle-scaler.js");
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    return (require(script) as { bundleScaler: () => string }).bundleScaler();
}
