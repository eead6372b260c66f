// What tests/sdk/test_browser.py asks of a page that holds the SDK's browser bundle.
"use strict";

const told = []; // what the SDK told by itself: [event, text]
let waiting = [];
let client;

// The most recent rejection that nobody could have caught, for the test to see.
addEventListener("unhandledrejection", (event) => note("rejected", String(event.reason?.stack ?? event.reason)));

function note(event, text) {
  told.push([event, text]);
  for (const look of waiting) look();
}

// A client whose conversations have all been loaded.
async function logIn(token, uri) {
  client = new Twilio.Conversations.Client(token, { Twilsock: { uri }, logLevel: "silent" });
  client.on("messageAdded", (message) => note("messageAdded", message.body));
  client.on("messageUpdated", ({ message }) => note("messageUpdated", message.body));
  client.on("typingStarted", (participant) => note("typingStarted", participant.identity));
  client.on("connectionStateChanged", (state) => note("connection", state));
  client.on("initialized", () => note("initialized", client.user.identity));
  await heard("initialized");
  return (await client.getSubscribedConversations()).items.map((each) => each.sid);
}

// Resolves as soon as *event* was told with *text*, or with any; it is taken out of what was told.
function heard(event, text) {
  return new Promise((resolve) => {
    const look = () => {
      const place = told.findIndex(([name, what]) => name === event && (text === undefined || what === text));
      if (place < 0) return;
      waiting = waiting.filter((each) => each !== look);
      resolve(told.splice(place, 1)[0][1]);
    };
    waiting.push(look);
    look();
  });
}

const left = (event) => told.filter(([name]) => name === event).map(([, text]) => text);
const conversation = (sid) => client.getConversationBySid(sid);
const bodies = async (sid) => (await (await conversation(sid)).getMessages()).items.map((each) => each.body);
