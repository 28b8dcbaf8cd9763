"use strict";
/*
 * `npm run schema`: writes plugin/schema.json, which tells every Pulumi language of the components. Types, descriptions and what is plain come
 * from Pulumi's own analysis of the sources; what TypeScript cannot say (whole numbers, the names that a text may be) from the checks that the
 * arguments pass through, and the defaults from the sentence of each argument. It takes seconds, so the file is kept, and a test compares.
 */
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { root } = require("./run");

const packageName = "sharded-stream";
const file = path.join(root, "plugin", "schema.json");

/** The checks of each component's arguments: its exported function, and where. */
const checks = {
  ShardedStream: ["capacity/streamArgs", "shardedStreamProblems"],
  StreamAlarms: ["capacity/streamArgs", "streamAlarmsProblems"],
  StreamAutoscaler: ["capacity/streamArgs", "streamAutoscalerProblems"],
  StreamConsumerFunction: ["capacity/consumerFunctionArgs", "consumerFunctionProblems"],
  StreamDashboard: ["capacity/streamArgs", "streamDashboardProblems"],
};

/** What the names are called that the checks admit of a text, and what is said of them, by the property. */
const enums = {
  architecture: ["Architecture", "Processor of the scaler's function."],
  mode: ["ScalingMode", "How the scaler decides."],
  shardLevelMetrics: ["ShardLevelMetric", "A metric that is published per shard."],
  treatMissingData: ["MissingData", "What a period without a data point is for an alarm."],
};

/** Arguments that mean something else when they are given than when they are left out, so that no SDK may fill them in. */
const withoutDefault = ["architecture", "processingMillisecondsPerBatch"];

/** The schema as it stands in the file. */
function makeSchema() {
  const analysis = analyze();
  const schema = {
    ...identity(),
    types: Object.fromEntries(
      Object.entries(analysis.types).map(([name, type]) => [tokenOf(name), typeOf(type, analysis.comments[name])]),
    ),
    resources: Object.fromEntries(
      Object.entries(analysis.components).map(([name, component]) => [tokenOf(name), resourceOf(component)]),
    ),
  };
  const { types, resources } = schema;
  for (const [name, [module, exported]] of Object.entries(checks))
    askChecks(schema, resources[tokenOf(name)], require(path.join(root, module))[exported]);
  const withoutDefaults = demandedTypes(schema);
  for (const owner of [...Object.values(types), ...Object.values(resources)])
    for (const [name, property] of Object.entries(owner.inputProperties ?? owner.properties ?? {})) {
      for (const told of [property, property.items ?? {}]) settle(told, types);
      const isValue = !typeBehind(schema, property)?.properties && !property.items;
      if (isValue && !withoutDefaults.includes(owner) && !withoutDefault.includes(name)) addDefault(property);
    }
  // An output is what the input of its name is.
  for (const { inputProperties, properties } of Object.values(resources))
    for (const [name, output] of Object.entries(properties))
      if (output.type === "number") output.type = inputProperties[name]?.type ?? "number";
  return { ...schema, types: byName(types), resources: byName(resources) };
}

/** What is said of the package as a whole. Its version is the package's, added when the schema is served. */
function identity() {
  const { description, license, keywords, homepage, repository } = require(path.join(root, "package.json"));
  const url = (repository?.url ?? repository)?.replace(/^git\+/, "").replace(/\.git$/, "");
  const language = Object.fromEntries(
    ["csharp", "go", "java", "nodejs", "python"].map((name) => [name, { respectSchemaVersion: true }]),
  );
  language.python.pyproject = { enabled: true };
  return {
    name: packageName,
    displayName: "Sharded Stream",
    description,
    keywords: [...keywords, "category/cloud", "kind/component"],
    license,
    ...(homepage && { homepage }),
    ...(url && { repository: url }),
    // An SDK in Go is then a module of its own.
    meta: { supportPack: true },
    language,
  };
}

/** Pulumi's analysis of index.ts and what it imports. */
function analyze() {
  const { Analyzer } = require("@pulumi/pulumi/provider/experimental/analyzer");
  const ts = require("typescript");
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "sharded-stream-schema-"));
  try {
    const compilerOptions = {
      rootDir: root,
      types: ["node"],
      typeRoots: [path.join(root, "node_modules/@types")],
      // No argument and no output has a type of theirs, and to read them all takes most of the time.
      paths: Object.fromEntries(
        ["@pulumi/aws/*", "@pulumi/aws-native/*"].map((name) => [name, [path.join(folder, "any")]]),
      ),
    };
    fs.writeFileSync(path.join(folder, "any.d.ts"), "declare const any: any;\nexport = any;\n");
    const config = {
      extends: path.join(root, "tsconfig.json"),
      compilerOptions,
      include: [],
      files: [path.join(root, "index.ts")],
    };
    fs.writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify(config));
    const entry = { main: path.join(root, "index.js") };
    const analyzer = new Analyzer(folder, packageName, entry, new Set(Object.keys(checks)));
    const { components, typeDefinitions } = analyzer.analyze();
    return { components, types: typeDefinitions, comments: interfaceComments(ts, analyzer.program) };
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** What is said above each interface: the analysis keeps it of some alone. */
function interfaceComments(ts, program) {
  const own = program.getSourceFiles().filter(({ fileName }) => !fileName.includes("node_modules"));
  const said = {};
  for (const source of own)
    source.forEachChild((node) => {
      const comment = ts.isInterfaceDeclaration(node) && node.jsDoc?.[0]?.comment;
      if (typeof comment === "string") said[node.name.text] = comment;
    });
  return said;
}

/** A type's name is what it is in the languages, which add Args to it where it is an input. */
function tokenOf(name) {
  return `${packageName}:index:${name.replace(/Args$/, "")}`;
}

function typeOf({ enum: values, type, properties, description }, comment) {
  const told = description ?? comment;
  const sentence = told && { description: oneLine(told) };
  if (values === undefined) return { type: "object", ...sentence, ...members(properties, "properties", "required") };
  const described = values.map((value) => ({
    ...value,
    ...(value.description && { description: oneLine(value.description) }),
  }));
  return { type, ...sentence, enum: described };
}

function resourceOf({ description, inputs, outputs }) {
  return {
    isComponent: true,
    description: oneLine(description),
    ...members(inputs, "inputProperties", "requiredInputs"),
    ...members(outputs, "properties", "required"),
  };
}

function members(properties, name, requiredName) {
  const named = Object.entries(properties).map(([key, property]) => [key, propertyOf(property)]);
  const required = Object.keys(properties).filter((key) => !properties[key].optional);
  return { [name]: Object.fromEntries(named), ...(required.length > 0 && { [requiredName]: required }) };
}

function propertyOf({ type, plain, description, $ref, items, additionalProperties }) {
  return {
    ...(type && { type }),
    ...(plain && { plain }),
    ...($ref && { $ref: `#/types/${tokenOf($ref.split(":").at(-1))}` }),
    ...(items && { items: propertyOf(items) }),
    ...(additionalProperties && { additionalProperties: propertyOf(additionalProperties) }),
    ...(description && { description: oneLine(description) }),
  };
}

function oneLine(text) {
  return text.replace(/\s*\n\s*/g, " ");
}

/** Asks the checks of what each number and each text may be: about something that it is not, they say what it is. */
function askChecks(schema, { inputProperties }, problemsOf) {
  const allowedAt = (place, value) => {
    const args = place.reduceRight((inner, key) => (key === 0 ? [inner] : { [key]: inner }), value);
    const name = place.map((key) => (key === 0 ? "[0]" : `.${key}`)).join("");
    const problems = problemsOf(args).map(({ property, allowed }) => ({ property: `.${property}`, allowed }));
    // Of what is not there, nothing can be asked.
    const isAbsent = problems.some(({ property }) => name.startsWith(`${property}.`));
    return isAbsent ? undefined : (problems.find(({ property }) => property === name)?.allowed ?? "");
  };
  const ask = (property, place) => {
    const inner = Object.entries(typeBehind(schema, property)?.properties ?? {});
    for (const [key, member] of inner) ask(member, [...place, key]);
    if (property.items) ask(property.items, [...place, 0]);
    if (property.type === "number") noteWhole(property, allowedAt(place, 0.5));
    if (property.type === "string") noteNames(property, place, allowedAt(place, "\0"));
  };
  for (const [name, property] of Object.entries(inputProperties)) ask(property, [name]);
}

/** Of a type that stands in several places a number is whole where it is in all. */
function noteWhole(property, allowed) {
  if (allowed === undefined) return;
  property.whole = (property.whole ?? true) && /^(a whole number|a multiple of|one of \d)/.test(allowed);
}

function noteNames(property, place, allowed = "") {
  const names = /^one of (.+)$/.exec(allowed)?.[1].split(", ") ?? [];
  // Where there is no such property, the checks tell of those that there are.
  if (names.length === 0 || names.some((name) => name.includes("."))) return;
  const called = place.findLast((key) => key !== 0);
  if (!enums[called]) throw new Error(`scripts/schema.js: give the values of ${called} a name in enums.`);
  property.names = [...new Set([...(property.names ?? []), ...names])];
  property.called = enums[called];
}

/** What the checks said, in the words of a schema. A text that has names may come from elsewhere, too, and be any. */
function settle(property, types) {
  const { whole, names, called: [name, description] = [] } = property;
  delete property.whole;
  delete property.names;
  delete property.called;
  if (whole) property.type = "integer";
  if (names === undefined) return;
  delete property.type;
  property.oneOf = [{ type: "string" }, { type: "string", $ref: `#/types/${tokenOf(name)}` }];
  types[tokenOf(name)] = { type: "string", description, enum: names.map((value) => ({ value })) };
}

/** The types of what is plain and cannot be left out: with a default in one of them Pulumi's SDK in Go does not compile (November 2026). */
function demandedTypes(schema) {
  return Object.values(schema.resources).flatMap(({ inputProperties, requiredInputs = [] }) =>
    requiredInputs
      .filter((name) => inputProperties[name].plain)
      .map((name) => typeBehind(schema, inputProperties[name])),
  );
}

/** A default that the sentence of an argument ends with, such as `Default: 24.`, where it is a value. */
function addDefault(property) {
  const [, text, flag, number] =
    /Default: (?:`([^`]+)`|(true|false)|(-?\d[\d,]*(?:\.\d+)?))(?=[.,;]( |$))/.exec(property.description ?? "") ?? [];
  if (text !== undefined) property.default = text;
  else if (flag !== undefined) property.default = flag === "true";
  else if (number !== undefined) property.default = Number(number.replaceAll(",", ""));
}

function typeBehind(schema, { $ref }) {
  return $ref && schema.types[$ref.replace("#/types/", "")];
}

function byName(record) {
  return Object.fromEntries(Object.entries(record).sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** The text of the file. */
function schemaText() {
  require("./transpiler").runSources();
  return `${JSON.stringify(makeSchema(), null, 2)}\n`;
}

module.exports = { file, schemaText };

if (require.main === module) fs.writeFileSync(file, schemaText());
