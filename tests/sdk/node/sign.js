// Prints access tokens as a JSON object, for tests/sdk/test_tokens.py: one by the official library, one by jose, which
// knows nothing of it. Its one argument is JSON: account, key, secret, service, identity, ttl in seconds.
"use strict";

const { createRequire } = require("node:module");
const twilio = createRequire(`${process.cwd()}/`)("twilio");

function official({ account, key, secret, service, identity, ttl }) {
  const { AccessToken } = twilio.jwt;
  const token = new AccessToken(account, key, secret, { identity, ttl });
  token.addGrant(new AccessToken.ChatGrant({ serviceSid: service }));
  return token.toJwt();
}

async function independent({ account, key, secret, service, identity, ttl }) {
  const { SignJWT } = await import("jose");
  return new SignJWT({ grants: { identity, chat: { service_sid: service } } })
    .setProtectedHeader({ alg: "HS256", typ: "JWT", cty: "twilio-fpa;v=1" })
    .setJti(`${key}-1`)
    .setIssuer(key)
    .setSubject(account)
    .setIssuedAt()
    .setExpirationTime(`${ttl}s`)
    .sign(new TextEncoder().encode(secret));
}

async function main() {
  const asked = JSON.parse(process.argv[2]);
  process.stdout.write(JSON.stringify({ twilio: official(asked), jose: await independent(asked) }));
}

main();
