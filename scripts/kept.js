"use strict";
/*
 * What one process made and the next would make again, in a folder under node_modules/.cache, by the hash of what it was made of.
 */
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");

exports.hashOf = (...parts) => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part).update("\0");
  return hash.digest("hex");
};

exports.keptIn = (name) => {
  const folder = path.join(__dirname, "../node_modules/.cache", name);
  return {
    /** The bytes; undefined where nobody has written them. */
    read(hash) {
      try {
        return fs.readFileSync(path.join(folder, hash));
      } catch (error) {
        if (error.code !== "ENOENT") throw error;
        return undefined;
      }
    },
    /** Whole or not at all, whoever writes the same at the same time. */
    write(hash, content) {
      fs.mkdirSync(folder, { recursive: true });
      const unfinished = path.join(folder, `${hash}.${process.pid}`);
      fs.writeFileSync(unfinished, content);
      fs.renameSync(unfinished, path.join(folder, hash));
    },
  };
};
