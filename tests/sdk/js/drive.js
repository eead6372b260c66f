// Drives one release of the official client SDK, named by the first argument, for tests/sdk/client_process.py.
// A question per line comes in; answers and what the SDK tells by itself go out, a line each.
"use strict";

for (const name of ["log", "info", "debug"]) console[name] = console.error; // standard output is for answers alone

const readline = require("node:readline");
const sdk = require(`conversations-${process.argv[2]}`);
const { telling } = require("./tell.js");

const { Client } = sdk;
const classes = Object.entries(sdk).filter(([, type]) => typeof type === "function");
const { kept, keep, kindOf, tell, read } = telling(classes);
const called = new Set(); // "Conversation.sendMessage", as soon as it has been called

// What an object may tell by itself, by the name of its class.
const EVENTS = {
  Client: `conversationAdded conversationJoined conversationLeft conversationRemoved conversationUpdated participantJoined
    participantLeft participantUpdated messageAdded messageRemoved messageUpdated tokenAboutToExpire tokenExpired typingEnded
    typingStarted pushNotification userSubscribed userUnsubscribed userUpdated stateChanged initialized initFailed
    connectionStateChanged connectionError`,
  Conversation: `participantJoined participantLeft participantUpdated messageAdded messageRemoved messageUpdated typingEnded
    typingStarted updated removed`,
  Message: "updated",
  Participant: "typingEnded typingStarted updated",
  User: "updated userSubscribed userUnsubscribed",
};

function call(owner, name, given) {
  called.add(`${kindOf(owner)}.${name}`);
  return owner[name](...given.map(read));
}

// The public methods and getters of the classes that the package exports.
function members() {
  const found = [];
  for (const [kind, type] of classes) {
    for (let here = type.prototype; isOfTheSdk(here); here = Object.getPrototypeOf(here)) {
      const names = Object.getOwnPropertyNames(here).filter((name) => name !== "constructor" && !name.startsWith("_"));
      found.push(...names.map((name) => `${kind}.${name}`));
    }
  }
  return found;
}

function isOfTheSdk(prototype) {
  return prototype !== Object.prototype && !/Emitter|Promise/.test(prototype.constructor.name);
}

function say(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function listen(thing, kind) {
  const on = keep(thing);
  for (const event of EVENTS[kind].split(/\s+/)) {
    thing.on(event, (told) => say({ on, event, told: tell(told) }));
  }
}

const ACTS = {
  // A client of its own, which tells everything.
  open({ token, options }) {
    const client = new Client(token, { logLevel: "silent", ...options });
    listen(client, "Client");
    return tell(client);
  },
  async call({ on, name, given }) {
    return tell(await call(kept[on], name, given));
  },
  async call_class({ name, given }) {
    const made = await Client[name](...given.map(read));
    if (made instanceof Client) listen(made, "Client");
    return tell(made);
  },
  // Several calls, each on what the one before gave.
  async chain({ on, calls }) {
    let here = kept[on];
    for (const { name, given } of calls) here = await call(here, name, given);
    return tell(here);
  },
  members,
  called: () => [...called],
  look: ({ on }) => tell(kept[on]),
  listen: ({ on, kind }) => listen(kept[on], kind),
};

async function answer({ number, act, ...question }) {
  try {
    say({ number, result: (await ACTS[act](question)) ?? null });
  } catch (error) {
    const { name, message, status, code, body } = error ?? { message: String(error) };
    say({ number, thrown: { name, message, status: status ?? null, code: code ?? null, body: body ?? null } });
  }
}

process.on("unhandledRejection", (error) => say({ unhandled: error?.stack ?? String(error) }));
readline.createInterface({ input: process.stdin }).on("line", (line) => answer(JSON.parse(line))).on("close", () => process.exit());
