// What objects of the client SDK look like to a test: their public properties, as JSON.
"use strict";

// *classes* are those that the SDK exports, with their names.
function telling(classes) {
  const kept = [];
  const numbers = new Map();

  function keep(thing) {
    if (!numbers.has(thing)) numbers.set(thing, kept.push(thing) - 1);
    return numbers.get(thing);
  }

  // A page of messages is an object without a class, but with methods.
  function isPlain(value) {
    const hasClass = ![Object.prototype, null].includes(Object.getPrototypeOf(value));
    return !hasClass && !Object.values(value).some((each) => typeof each === "function");
  }

  // Some classes are wrapped, so that their own name says nothing.
  function kindOf(thing) {
    return (classes.find(([, type]) => thing instanceof type) ?? [thing.constructor.name])[0];
  }

  function tell(value, depth = 3) {
    if (value === undefined || value === null) return null;
    if (typeof value !== "object") return typeof value === "function" ? null : value;
    if (value instanceof Date) return { $date: value.toISOString() };
    if (Array.isArray(value)) return value.map((each) => tell(each, depth));
    if (value instanceof Map) return Object.fromEntries([...value].map(([name, each]) => [name, tell(each, depth)]));
    if (value instanceof Error) return { name: value.name, message: value.message };
    if (isPlain(value)) return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, tell(each, depth)]));
    return { $kept: keep(value), kind: kindOf(value), fields: depth === 0 ? {} : fields(value, depth - 1) };
  }

  // An object's getters, and those of its own properties that are not what the SDK has inside.
  function fields(thing, depth) {
    const names = new Set(Object.keys(thing).filter((name) => isPublic(name) && (name === "data" || isSimple(thing[name]))));
    for (let type = Object.getPrototypeOf(thing); type && type !== Object.prototype; type = Object.getPrototypeOf(type)) {
      for (const [name, { get }] of Object.entries(Object.getOwnPropertyDescriptors(type))) {
        if (get && isPublic(name)) names.add(name);
      }
    }
    return Object.fromEntries([...names].map((name) => [name, tell(peek(thing, name), depth)]));
  }

  // The getters of a client that has not logged in yet throw.
  function peek(thing, name) {
    try {
      return thing[name];
    } catch {
      return null;
    }
  }

  function isPublic(name) {
    return !name.startsWith("_");
  }

  function isSimple(value) {
    return value === null || !["object", "function"].includes(typeof value) || Array.isArray(value) || value instanceof Map || value instanceof Date;
  }

  // What a test gives: JSON in which `{"$kept": 7}` is the object that was told with this number.
  function read(value) {
    if (Array.isArray(value)) return value.map(read);
    if (value === null || typeof value !== "object") return value;
    if ("$kept" in value) return kept[value.$kept];
    if ("$undefined" in value) return undefined;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, read(each)]));
  }

  return { kept, keep, kindOf, tell, read };
}

module.exports = { telling };
