/**
 * The code of the scaler's Lambda: serialised once per program, one archive shared by every StreamAutoscaler.
 *
 * The handler is bundled into one factory function (scripts/bundle-scaler.js): a closure over this package's own modules would be
 * serialised as `require("sharded-stream/...")`, which no zip contains. A build makes the bundle; where this runs from TypeScript
 * sources (tests, a plugin installed from git) it is made on demand.
 */
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

/** The text of the archive's one file, as Pulumi serialises the factory. */
export async function scalerText(): Promise<string> {
    // The factory itself: an arrow function around it would capture the package that it comes from.
    const serialized = await pulumi.runtime.serializeFunction(loadFactory(), {
        exportName: "handler",
        isFactoryFunction: true,
    });
    return serialized.text;
}

function loadFactory(): () => unknown {
    const built = path.join(__dirname, "..", "scaler", "bundle.js");
    const file = fs.existsSync(built) ? built : bundleFromSources();
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    return (require(file) as { createScalerHandler: () => unknown }).createScalerHandler;
}

function bundleFromSources(): string {
    const script = path.join(__dirname, "..", "scripts", "bundle-scaler.js");
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    return (require(script) as { bundleScaler: () => string }).bundleScaler();
}
