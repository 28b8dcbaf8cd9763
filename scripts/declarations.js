"use strict";
/*
 * Of the declarations that the compiler makes, those that users read: what the entries of a package export, and what that is made of. What
 * is inside has no types for anybody else, and weighs nothing in the packages.
 */
const fs = require("node:fs");
const path = require("node:path");
const { root } = require("./run");

/** What to publish of a folder that has all declarations: names of files and their texts. Explained is only what the entries export. */
exports.publicDeclarations = function publicDeclarations(folder, entries) {
  const read = new Map();
  const statementsOf = (file) => {
    if (!read.has(file)) read.set(file, parsed(file, fs.readFileSync(path.join(folder, `${file}.d.ts`), "utf8")));
    return read.get(file);
  };
  const declaring = (file, { from, original }) => {
    const target = path.join(path.dirname(file), from);
    const found = fs.existsSync(path.join(folder, `${target}.d.ts`)) ? target : path.join(target, "index");
    if (statementsOf(found).some(({ name }) => name === original)) return found;
    throw new Error(`${found}.d.ts declares no ${original}, which ${file}.d.ts names.`);
  };
  const kept = new Set();
  const keep = (file, name) => {
    for (const statement of statementsOf(file)) {
      if (statement.name !== name || kept.has(statement)) continue;
      kept.add(statement);
      for (const elsewhere of statement.named) keep(declaring(file, elsewhere), elsewhere.original);
      for (const word of statement.words) keep(file, word);
    }
  };
  const explained = new Set(entries);
  for (const entry of entries)
    for (const statement of statementsOf(entry).filter(({ isExported }) => isExported)) {
      keep(entry, statement.name);
      for (const elsewhere of statement.named) explained.add(declaring(entry, elsewhere));
    }
  return [...read]
    .filter(([, statements]) => statements.some((statement) => kept.has(statement)))
    .map(([file, statements]) => {
      const text = printed(statements.filter((each) => kept.has(each) || each.name === undefined));
      return [`${file}.d.ts`, takingUndefined(explained.has(file) ? text : withoutComments(text))];
    });
};

/**
 * What may be left out may be given as undefined, also to a compiler that tells the two apart (`exactOptionalPropertyTypes`). Not in the
 * sources: what reads them for the schema of the components takes no enumeration or undefined.
 */
function takingUndefined(text) {
  return text.replace(/^( +(?:readonly )?\w+\?: )(?!.*\bundefined\b)(.+);$/gm, (_, name, type) =>
    type.includes("=>") ? `${name}(${type}) | undefined;` : `${name}${type} | undefined;`,
  );
}

/** The statements of a file, as the compiler writes them: each begins at the start of a line. A list of names is one for each of them. */
function parsed(file, declarations) {
  const text = withoutHeader(file, declarations);
  const statements = text.match(/(?:^\/\*\*[^]*?\*\/\n)*^[a-z](?:.|\n(?![a-z/]))*\n/gm) ?? [];
  if (statements.join("") !== text) throw new Error(`${file}.d.ts has what is no statement that is known here.`);
  return statements.flatMap((text) => {
    const isExported = /^export /m.test(text);
    const [, opening, list, closing, from] = /^(\w+ (?:type )?\{) (.+?),? (\}(?: from "(.*)")?;\n)/m.exec(text) ?? [];
    if (list === undefined)
      return { text, isExported, name: nameOf(text), words: wordsOf(text), named: namedElsewhere(text) };
    return list.split(", ").map((item) => {
      const [, original, name = original] = /^(?:type )?(\w+)(?: as (\w+))?$/.exec(item);
      const named = from?.startsWith(".") ? [{ from, original }] : [];
      return { text: `${opening} ${item} ${closing}`, isExported, name, words: from ? [] : [original], named };
    });
  });
}

/** Undefined for the statement that says that a file exports nothing else. */
function nameOf(statement) {
  if (statement === "export {};\n") return undefined;
  const named =
    /^(?:import (?:type )?\* as|(?:export )?(?:declare )?(?:abstract )?(?:class|const|enum|function|interface|type)) (\w+)/m;
  const name = named.exec(statement)?.[1];
  if (name === undefined) throw new Error(`A statement that is not known here: ${statement}`);
  return name;
}

/** The words that may be names of other statements: all but those in comments and texts, and the names of properties. */
function wordsOf(statement) {
  return (
    withoutComments(statement)
      .replace(/"(?:[^"\\]|\\.)*"|\b\w+\??:/g, "")
      .match(/\b\w+\b/g) ?? []
  );
}

/** What a statement names of other files without an import. */
function namedElsewhere(statement) {
  return [...statement.matchAll(/import\("(\.[^"]+)"\)\.(\w+)/g)].map(([, from, original]) => ({ from, original }));
}

/** The text of statements; names of one file that follow each other are a list again. */
function printed(statements) {
  const text = statements.map((each) => each.text).join("");
  return text.replace(/(?<=^(\w+ \{) [\w ]+) \} from ("[^"]+");\n\1(?= [\w ]+ \} from \2;)/gm, ",");
}

function withoutComments(text) {
  return text.replace(/^ *\/\*\*[^]*?\*\/\n/gm, "");
}

/** What a file is for is for those who read its source. Where the compiler has left that out, the first comment is a declaration's. */
function withoutHeader(file, text) {
  const source = fs.readFileSync(path.join(root, `${file}.ts`), "utf8");
  const [header] = /^\/\*\*[^]*?\*\/\n/.exec(source) ?? [""];
  return text.startsWith(header) ? text.slice(header.length) : text;
}
