// Drives one release of the official client SDK, named by the first argument, for tests/sdk/client_process.py.
// A question per line comes in; answers and what the SDK tells by itself go out, a line each.
"use strict";

for (const name of ["log", "info", "debug"]) console[name] = console.error; // standard output is for answers alone

const readline = require("node:readline");
const { Client } = require(`conversations-${process.argv[2]}`);
const { telling } = require("./tell.js");

const { kept, keep, tell, read } = telling();

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
    return tell(await kept[on][name](...given.map(read)));
  },
  async call_class({ name, given }) {
    const made = await Client[name](...given.map(read));
    if (made instanceof Client) listen(made, "Client");
    return tell(made);
  },
  // Several calls, each on what the one before gave.
  async chain({ on, calls }) {
    let here = kept[on];
    for (const { name, given } of calls) here = await here[name](...given.map(read));
    return tell(here);
  },
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
