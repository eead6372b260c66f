// Drives the official Node library, of the folder it is started in, for tests/sdk/node_library.py: a question per line comes in, its answer goes out.
"use strict";

const { createRequire } = require("node:module");
const readline = require("node:readline");
const twilio = createRequire(`${process.cwd()}/`)("twilio");

const kept = []; // what answers referred to, so that a later question can begin there

function keep(thing) {
  return kept.push(thing) - 1;
}

// A client of the library, pointed at parlour. What is kept of it is the API's version 1.
function open({ url, username, password, account }) {
  const client = twilio(username, password, { accountSid: account });
  client.conversations.baseUrl = url;
  return { $kept: keep(client.conversations.v1), fields: {} };
}

// Walks from a kept thing along names and calls: `.services("IS…").roles.create({…})`.
async function walk({ from, steps }) {
  let here = kept[from];
  for (const { name, given } of steps) {
    here = given === null ? part(here, name) : await call(here, name, given.map(read));
  }
  return tell(here);
}

function part(owner, name) {
  // A row has its collections behind methods (`conversation.messages()`), everything else as properties.
  return typeof owner[name] === "function" && "_proxy" in owner ? owner[name]() : owner[name];
}

function call(owner, name, given) {
  if (name !== "each") return owner[name](...given);
  return new Promise((resolve, reject) => {
    const rows = [];
    owner.each({
      ...given[0],
      callback: (row) => rows.push(row),
      done: (error) => (error ? reject(error) : resolve(rows)),
    });
  });
}

function read(value) {
  if (Array.isArray(value)) return value.map(read);
  if (value === null || typeof value !== "object") return value;
  if ("$date" in value) return new Date(value.$date);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, read(each)]));
}

function tell(value) {
  if (value === undefined || value === null) return null;
  if (value instanceof Date) return { $date: value.toISOString() };
  if (Array.isArray(value)) return value.map(tell);
  if (typeof value !== "object") return value;
  if ("_version" in value) return { $kept: keep(value), fields: tell(value.toJSON()) }; // a row, or a page of them
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, tell(each)]));
}

async function answer(question) {
  try {
    return { result: "open" in question ? open(question.open) : await walk(question) };
  } catch (error) {
    const { status, code, message, moreInfo, stack } = error;
    const refused = error.constructor.name === "RestException";
    return refused ? { refusal: { status, code, message, moreInfo } } : { broken: stack };
  }
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
  }
}

main();
